"""The packages of the statements' own environment do their work behind the filter."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from processor.config import CHECKOUT
from processor.environment import build, locate
from processor.runtime.jail.seccomp import Network
from processor.values import Json

WARM = """
import asyncio, concurrent.futures, datetime, hashlib, io, json, os, pathlib, re, secrets
import socket, sqlite3, ssl, sys, time, uuid, zoneinfo
import deepdiff, httpx, matplotlib, numpy as np, openai, pandas as pd, passlib.hash, yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwt
matplotlib.use("Agg")
from matplotlib import pyplot
sys.path.append(sys.argv[1])
from processor.runtime.jail.process import NoNewPrivileges
from processor.runtime.jail.seccomp import Network, SyscallFilter, policy_for
"""

WORK = r"""
def standard_json(): return json.loads(json.dumps({"a": [1.5, None]})) == {"a": [1.5, None]}
def standard_re(): return re.sub(r"(\w)(\d)", r"\2\1", "a1") == "1a"
def standard_hashlib(): return len(hashlib.scrypt(b"x", salt=b"y", n=2, r=1, p=1)) == 64
def standard_random(): return len({secrets.token_hex(), str(uuid.uuid4()), os.urandom(9)}) == 3
def standard_time(): return time.sleep(0.001) is None and time.localtime().tm_year > 2000
def standard_zoneinfo(): return datetime.datetime.now(zoneinfo.ZoneInfo("UTC")).tzname() == "UTC"
def standard_sqlite(): return sqlite3.connect(":memory:").execute("select 5").fetchone() == (5,)
def standard_ssl(): return ssl.create_default_context().verify_mode == ssl.CERT_REQUIRED
def standard_asyncio(): return asyncio.run(asyncio.wait_for(asyncio.sleep(0.001, 5), 5)) == 5
def standard_thread(): return asyncio.run(asyncio.to_thread(sum, [2, 3])) == 5
def standard_pool():
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(abs, range(-9, 0))) == list(range(9, 0, -1))
def standard_files():
    pathlib.Path("folder").mkdir()
    pathlib.Path("rows").write_text("abc")
    pathlib.Path("rows").rename("folder/rows")
    return [path.read_text() for path in pathlib.Path("folder").iterdir()] == ["abc"]
def numpy_linalg(): return np.allclose(np.linalg.inv(np.eye(200) * 2), np.eye(200) / 2)
def numpy_product(): return (np.ones((300, 300)) @ np.ones((300, 300))).sum() == 300**3
def numpy_random(): return np.random.default_rng().normal(size=1000).shape == (1000,)
def pandas_groupby():
    rows = pd.DataFrame({"k": list("aab"), "n": [1, 2, 3]})
    return rows.groupby("k").n.sum().to_dict() == {"a": 3, "b": 3}
def pandas_csv():
    text = pd.DataFrame({"a": [1, 2]}).to_csv(index=False)
    return pd.read_csv(io.StringIO(text)).a.sum() == 3
def pandas_dates(): return len(pd.date_range("2024", periods=9, tz="Europe/Prague")) == 9
def matplotlib_figure():
    content = io.BytesIO()
    axes = pyplot.figure().add_subplot()
    axes.plot([1, 2], [3, 4])
    axes.set_title("title")
    axes.figure.savefig(content, format="png")
    return len(content.getvalue()) > 1000
def yaml_load(): return yaml.safe_load("a: [1, 2]") == {"a": [1, 2]}
def deepdiff_diff(): return bool(deepdiff.DeepDiff({"a": 1}, {"a": 2}))
def jose_jwt(): return jwt.decode(jwt.encode({"a": 1}, "k"), "k", ["HS256"]) == {"a": 1}
def passlib_hash():
    return passlib.hash.pbkdf2_sha256.verify("a", passlib.hash.pbkdf2_sha256.hash("a"))
def cryptography_key(): return rsa.generate_private_key(65537, 2048).key_size == 2048
def httpx_refused():
    try:
        httpx.get("http://127.0.0.1:1/", timeout=5)
    except httpx.ConnectError:
        return True
def httpx_async_refused():
    async def get():
        async with httpx.AsyncClient() as client:
            await client.get("http://127.0.0.1:1/", timeout=5)
    try:
        asyncio.run(get())
    except httpx.ConnectError:
        return True
def openai_refused():
    openai.api_key, openai.api_base = "key", "http://127.0.0.1:1/v1"
    try:
        openai.Model.list(request_timeout=5)
    except openai.error.APIConnectionError:
        return True
"""
"""What is tried; each gives True."""

FORK = """
matplotlib_figure()  # a warm process has drawn one before it forks
child = os.fork()
if child == 0:
    NoNewPrivileges().apply()
    SyscallFilter(policy_for(Network(sys.argv[2]))).apply()
    for name in sys.argv[3:]:
        try:
            told = [name, bool(globals()[name]())]
        except BaseException as error:
            told = [name, repr(error)]
        print(json.dumps(told), flush=True)
    os._exit(0)
_, status = os.waitpid(child, 0)
print(json.dumps(["ended", os.waitstatus_to_exitcode(status)]))
"""

NAMES = [line.split()[1].split("(")[0] for line in WORK.splitlines() if line.startswith("def ")]


@cache
def python() -> Path:
    """Give the environment's interpreter; the environment is built where nobody has done it yet."""
    places = {"environments_dir": CHECKOUT / ".environments", "locks_dir": CHECKOUT / "locks"}
    house = locate("processor-3.2", **places)
    build(house, environ=os.environ)
    return house.python


@cache
def told(network: Network) -> dict[str, Json]:
    """Do all the work once, in a child forked from a warm process."""
    with TemporaryDirectory() as folder:
        done = subprocess.run(
            [python(), "-I", "-c", WARM + WORK + FORK, CHECKOUT, network, *NAMES],
            capture_output=True,
            text=True,
            check=True,
            timeout=50,
            cwd=folder,
            env={"MPLCONFIGDIR": folder, "OPENBLAS_NUM_THREADS": "1", "PATH": os.defpath},
        )
    return dict(map(json.loads, done.stdout.splitlines()))


@pytest.mark.parametrize("network", Network)
def test_the_child_lives_to_the_end(network: Network) -> None:
    assert told(network)["ended"] == 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("network", Network)
def test_a_package_does_its_work(network: Network, name: str) -> None:
    assert told(network)[name] is True


def test_the_filter_is_imported_by_the_environments_interpreter_alone() -> None:
    code = "import sys; sys.path.append(sys.argv[1]); import processor.runtime.jail.seccomp"
    loaded = "; print(*{name.split('.')[0] for name in sys.modules} - sys.stdlib_module_names)"
    done = subprocess.run(
        [python(), "-I", "-S", "-c", code + loaded, CHECKOUT],
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )

    assert set(done.stdout.split()) == {"__main__", "processor"}
