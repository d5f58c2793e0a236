"""The steps and rows that are measured."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from processor.values import Json

BULK_ROWS: Final = 100_000
STREAMED_ROWS: Final = 1_000_000

_X: Final[Json] = {"columns": [{"name": "x", "type": "Integer", "nullable": False}]}
_TRADE: Final = [
    ("id", "Integer"),
    ("symbol", "Text"),
    ("side", "Text"),
    ("price", "Double"),
    ("amount", "Double"),
    ("fee", "Double"),
    ("taken", "Boolean"),
    ("venue", "Text"),
    ("at", "Text"),
    ("note", "Text"),
]
TRADES: Final[dict[str, Json]] = {
    "columns": [{"name": n, "type": t, "nullable": False} for n, t in _TRADE]
}


def trivial() -> dict[str, Any]:
    """Give the step that does nothing but answer."""
    return {"statement": 'return [{"x": 1}]', "output_schema": _X}


def framed() -> dict[str, Any]:
    """Give the step that makes a DataFrame of 100 rows and sums a column."""
    statement = (
        "import pandas as pd\n"
        'frame = pd.DataFrame([{"x": n, "y": str(n)} for n in range(100)])\n'
        'return [{"x": int(frame["x"].sum())}]'
    )
    return {"statement": statement, "output_schema": _X}


def passing() -> dict[str, Any]:
    """Give the step that returns its input."""
    return {"statement": "return INPUT_DATA", "output_schema": TRADES}


def streaming(rows: int) -> dict[str, Any]:
    """Give the step that yields rows one by one."""
    statement = f'for number in range({rows}):\n    yield {{"x": number}}'
    return {"statement": statement, "output_schema": _X, "limits": {"rows": rows}}


def trades(count: int) -> bytes:
    """Give rows of ten columns, some 170 bytes each, as one JSON array."""
    return msgspec.json.encode(list(_trades(count)))


def _trades(count: int) -> Iterator[Mapping[str, Any]]:
    for number in range(count):
        yield {
            "id": number,
            "symbol": f"SYM{number % 500}",
            "side": "buy" if number % 2 else "sell",
            "price": 100 + number % 997 / 7,
            "amount": number % 89 / 3,
            "fee": number % 13 / 100,
            "taken": number % 3 == 0,
            "venue": "XETR",
            "at": f"2026-01-{1 + number % 28:02}T08:00:00Z",
            "note": "partially filled",
        }
