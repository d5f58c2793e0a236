"""
What a child does of a run ahead of it, on rows of our own.

The first call of anything costs several times what the second does: a forked process copies each
page of memory that it writes to, counters of references among them. A child that waits for its run
pays that while nobody waits for it. It keeps nothing of it but an event loop.
"""

import asyncio
import json
import sys
from typing import Any, Final

from .calling import Caller
from .encode import Encoder
from .journal import Journal
from .main import function_of
from .names import names_of

STATEMENT: Final = """
import json
rows = [{**row, "b": f"{row['a']}"} for row in INPUT_DATA or []]
return json.loads(json.dumps(rows))
"""
ROWS: Final = 20
NOWHERE: Final = -1
"""No descriptor: nothing is logged."""
HEADER: Final = {
    "statement": STATEMENT,
    "imports": ["json"],
    "type_hints": "reject",
    "variables": {},
}


def prime() -> asyncio.AbstractEventLoop:
    """Run a statement of our own, and give the event loop that it ran on, for the next."""
    loop = asyncio.new_event_loop()
    rows = [{"a": number, "c": number / 2} for number in range(ROWS)]
    inputs = {"INPUT_DATA": json.loads(json.dumps(rows)), "DATA_CHECKPOINT": None}
    names = {**names_of(inputs, ()), "log": None}
    caller = Caller(function_of(HEADER, names), Journal(NOWHERE), loop)
    Encoder(frozenset()).encode(caller.call(names, _drop))
    if "pandas" in sys.modules:
        _frame(sys.modules["pandas"], rows)
    return loop


def _frame(pandas: Any, rows: list[dict[str, Any]]) -> None:
    """Do what most statements do that use pandas."""
    frame = pandas.DataFrame([{**row, "b": str(row["a"] % 3)} for row in rows])
    frame["d"] = frame["a"] + frame["c"]
    chosen = frame[frame["a"] > 1].sort_values("c")
    chosen.groupby("b")["a"].sum().to_dict()
    Encoder(frozenset()).encode(chosen)


def _drop(_rows: list[Any]) -> None:
    """Take rows that are yielded, of which there are none."""
