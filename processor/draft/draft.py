"""From sample rows to a step that runs over them, slice by slice where a column allows it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from processor.comparison import found_key
from processor.inference import Inferred, infer, source_of
from processor.step import refused
from processor.values import Json, Row, Rows

from .files import EDITOR, PRELUDE, README, RUFF, TASKS
from .written import written_step

SLICE: Final = 1000
"""Rows that a drafted statement takes at a time."""
SAMPLE: Final = 10_000
"""Rows of the sample that go into the folder."""
_NUMBERED: Final = ("id", "key", "no", "nr", "number", "seq", "sequence")
"""What columns that grow with every row are called, or end with."""
_CHANGED: Final = ("updated", "changed", "modified")
DEMO: Final[Rows] = [
    {"id": 1, "state": "paid", "amount": 10.5, "changed": "2026-01-05T09:00:00Z"},
    {"id": 2, "state": "open", "amount": 99.0, "changed": "2026-01-05T09:30:00Z"},
    {"id": 3, "state": "paid", "amount": 7.25, "changed": "2026-01-06T11:15:00Z"},
]
"""What a step is drafted from where nobody has rows at hand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A step before anybody has worked on it."""

    found: Inferred
    column: str | None
    """The data checkpoint column."""
    repeats: bool
    """Whether several rows of the sample have the same value in it."""
    rows: Sequence[Row]
    """The sample."""


def drafted(rows: Sequence[Row], *, spelled: bool, column: str | None) -> Draft:
    """
    Draft a step that gives every row once; without `column` its checkpoint is the one that fits.

    Raises InvalidRequest where the rows have no schema or no such column.

    >>> drafted(DEMO, spelled=False, column=None).column
    'id'
    """
    found = infer(rows, spelled=spelled)
    names = [each.name for each in found.columns]
    if column is not None and column not in names:
        raise refused("/column", f"no row has a column {column!r}; there is {', '.join(names)}")
    column = column or _column(found, rows)
    values = [row.get(column or "") for row in rows]
    return Draft(
        found=found,
        column=column,
        repeats=len({*map(repr, values)}) < len(values),
        rows=rows[:SAMPLE],
    )


def _column(found: Inferred, rows: Sequence[Row]) -> str | None:
    """
    Choose a number or date that tells rows apart and seems to grow with them, else any date.

    A whole number in the first column, or with a name such as `order_id`, is taken to grow. A date
    may repeat: the statement that is drafted for it takes rows that share one together.
    """
    kinds = {each.name: each.type for each in found.columns if not each.nullable}
    dates = [name for name, kind in kinds.items() if kind == "Date"]
    growing = [
        name
        for position, (name, kind) in enumerate(kinds.items())
        if (kind == "Integer" and (position == 0 or name.lower().endswith(_NUMBERED)))
        or (kind in ("Integer", "Date") and _grows(kind, [str(row[name]) for row in rows]))
    ]
    key = found_key(*([{name: row[name] for name in growing} for row in rows] for _ in range(2)))
    if key is not None:
        return key[0]
    changed = [name for name in dates if any(word in name.lower() for word in _CHANGED)]
    return next(iter([*changed, *dates]), None)


def _grows(kind: str, texts: list[str]) -> bool:
    """Tell whether each value is greater than the one before, as digits or as dates are."""
    sizes = [(len(text) if kind == "Integer" else 0, text) for text in texts]
    return all(one < other for one, other in pairwise(sizes))


def files_of(draft: Draft, name: str) -> Mapping[str, str]:
    """Give the files of the step's folder by their path in it; the sample is not among them."""
    return {
        "step.py": "\n".join([*_statement(draft), ""]),
        "step.json": _step(draft, name),
        "README.md": README.format(name=name),
        "ruff.toml": RUFF,
        "__builtins__.pyi": PRELUDE,
        ".vscode/settings.json": EDITOR,
        ".vscode/tasks.json": TASKS,
    }


def _statement(draft: Draft) -> Iterator[str]:
    if draft.column is None:
        yield "# No column tells rows apart and has an order, so every run gives all rows."
        yield "rows = INPUT_DATA or []"
        yield 'log.info(f"{len(rows)} rows")'
        yield "return rows"
        return
    value = f"row[{draft.column!r}]"
    yield "# Each run takes the rows after DATA_CHECKPOINT, which is None before the first run."
    nullable = next(each.nullable for each in draft.found.columns if each.name == draft.column)
    if nullable:
        yield f"known = [row for row in INPUT_DATA or [] if {value} is not None]"
    yield "unseen = ["
    yield f"    row for row in {'known' if nullable else 'INPUT_DATA or []'}"
    yield f"    if DATA_CHECKPOINT is None or {value} > DATA_CHECKPOINT"
    yield "]"
    yield ""
    yield "# Oldest first: the checkpoint becomes the value in the last row that is returned."
    yield f"unseen.sort(key=lambda row: {value})"
    yield 'log.info(f"{len(unseen)} rows after {DATA_CHECKPOINT}")'
    if not draft.repeats:
        yield f"return unseen[:{SLICE}]"
        return
    yield f"if len(unseen) > {SLICE}:"
    yield "    # Rows that share the last value stay together: the next run takes those after it."
    yield f"    last = unseen[{SLICE} - 1][{draft.column!r}]"
    yield f"    unseen = [row for row in unseen if {value} <= last]"
    yield "return unseen"


def _step(draft: Draft, name: str) -> str:
    schema = source_of(draft.found)
    members: dict[str, Json] = {"id": name}
    if draft.column is not None:
        members["checkpoint_column"] = draft.column
    return written_step({**members, "input_schema": schema, "output_schema": schema})
