"""The benign run after each attack: what it finds must be as if there had been none."""

from typing import Final

STATEMENT: Final = """
import json, random, time, datetime, io
import numpy as np
import pandas as pd
import yaml
import httpx
import matplotlib.pyplot as plt

os = json.codecs.builtins.__import__("os")
sys = json.codecs.builtins.__import__("sys")

def listed(path):
    try:
        return sorted(os.listdir(path))
    except OSError as error:
        return type(error).__name__

checked = (
    json.loads, json.dumps, json.JSONEncoder.encode, json.JSONEncoder.default, random.random,
    pd.DataFrame, pd.read_csv, yaml.safe_load, httpx.get, plt.imread, io.StringIO, time.sleep,
    json.codecs.builtins.open, json.codecs.builtins.__import__, print, sys.setrecursionlimit,
)
return [{
    "functions": [f"{each.__module__}.{each.__qualname__}" for each in checked],
    "code": [each.__code__.co_name for each in checked if hasattr(each, "__code__")],
    "works": [json.dumps({"a": [1.5, None]}), int(pd.DataFrame({"a": [1, 2]})["a"].sum())],
    "random": str(np.random.rand),
    "tmp": listed("/tmp"),
    "environment": sorted(os.environ),
    "modules_path": [*map(str, sys.path)],
    "finders": [str(each) for each in sys.meta_path][:1],
    "recursion": sys.getrecursionlimit(),
    "switching": sys.getswitchinterval(),
    "figures": plt.get_fignums(),
    "allowlist": [type(__builtins__["__import__"]).__name__],
    "numbers": [
        str(random.random()), str(np.random.rand()), os.urandom(12).hex(), str(np.random.bytes(12)),
    ],
}]
"""
