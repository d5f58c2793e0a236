"""Arrow streams, made and read by the library itself in an interpreter of its own."""

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from processor.environment import build, locate

ROOT = Path(__file__).parents[2]
PLACES = {"environments_dir": ROOT / ".environments", "locks_dir": ROOT / "locks"}
MAKE = """
import base64, datetime, decimal, json, sys
import pyarrow as pa
from pyarrow import ipc
table = eval(sys.stdin.read())
sink = pa.BufferOutputStream()
with ipc.new_stream(sink, table.schema) as stream:
    stream.write_table(table)
sys.stdout.write(base64.b64encode(sink.getvalue()).decode())
"""
READ = """
import base64, json, sys
import pyarrow as pa
from pyarrow import ipc
table = ipc.open_stream(base64.b64decode(sys.stdin.read())).read_all()
types = {field.name: str(field.type) for field in table.schema}
json.dump({"types": types, "rows": table.to_pylist()}, sys.stdout)
"""


def built() -> None:
    build(locate("arrow", **PLACES), environ=os.environ)


def a_stream(table: str) -> bytes:
    """Give the stream of a table, which is an expression."""
    return base64.b64decode(_told(MAKE, table))


def read(stream: bytes) -> Any:
    """Give the types and the rows of a stream."""
    return json.loads(_told(READ, base64.b64encode(stream).decode()))


def _told(program: str, told: str) -> str:
    python = locate("arrow", **PLACES).python
    done = subprocess.run(
        [python, "-c", program], input=told, text=True, capture_output=True, check=True
    )
    return done.stdout
