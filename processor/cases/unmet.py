"""What of a cycle is not as its case says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from processor.comparison import Difference, compare, written
from processor.run import Run

_SHOWN: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Unmet:
    """One member of a cycle that is not as it must be; cycles count from 1."""

    cycle: int
    member: str
    message: str
    rows: Difference | None = None
    """Where rows differ: how."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """How a case went."""

    name: str
    seconds: float
    unmet: tuple[Unmet, ...]


def told(run: Run) -> dict[str, Any]:
    """Give of a run all that a case can say of it."""
    rows = msgspec.json.decode(run.rows)
    error = msgspec.json.decode(run.error)
    entries = msgspec.json.decode(run.logs)
    return {
        "status": run.status.code if run.status else None,
        "rows": rows,
        "row_count": run.row_count,
        "first": rows[0] if rows else None,
        "last": rows[-1] if rows else None,
        "checkpoint": msgspec.json.decode(run.checkpoint.after) if run.checkpoint else None,
        # The product's own words are no part of a case.
        "logs": [[e["level"], e["message"]] for e in entries if e["source"] != "service"],
        "figures": len(msgspec.json.decode(run.figures)),
        "error": error and error["code"],
    }


def unmet(number: int, expected: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Unmet]:
    """Compare one cycle, each member that its case names: 1, 1.0 and true are three values."""
    for member, value in expected.items():
        if written(value) == written(given[member]):
            continue
        message = f"{member} is {_shown(given[member])}, and must be {_shown(value)}"
        difference = None
        if member == "rows" and _are_rows(value) and _are_rows(given[member]):
            difference = compare(value, given[member], None)
            message = "rows differ"
        yield Unmet(cycle=number, member=member, message=message, rows=difference)


def _are_rows(value: Any) -> bool:
    return isinstance(value, Sequence) and all(isinstance(row, dict) for row in value)


def _shown(value: Any) -> str:
    text = written(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
