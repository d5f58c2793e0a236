"""What differs between two lists of rows, cell by cell."""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import msgspec

from processor.values import Json, Row

from .keys import Key, identity, require_key

EXAMPLES: Final = 3
"""As many cells of a column, and as many rows that only one side has, are shown."""
LONGEST_KEY: Final = 200
"""Of a key as it is shown, in characters: it stands beside every cell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One value and its JSON type; `absent` where the row has no such column."""

    value: Json
    type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One cell before and after; `row` is the row's position before, counted from 0."""

    row: int
    key: str | None
    """The values of the key as JSON, perhaps cut; None where rows are compared by position."""
    before: Cell
    after: Cell


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnDifference:
    """How many cells of a column differ, and the first of them."""

    column: str
    differing: int
    examples: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Surplus:
    """Rows that only one side has: how many, the position of the first, and the first few."""

    count: int
    first: int | None
    examples: tuple[Row, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What differs between two lists of rows."""

    key: Key | None
    """The columns by which rows were matched; None where it was their position."""
    columns: tuple[ColumnDifference, ...]
    """Those that differ, in the order in which they are met."""
    removed_rows: Surplus
    added_rows: Surplus
    changed_rows: int
    same_rows: int
    repeated_keys: int
    """How many rows have the key of an earlier one of their side; they are matched in order."""

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.columns or self.removed_rows.count or self.added_rows.count)


class _Matches(NamedTuple):
    pairs: list[tuple[int, int]]
    removed: list[int]
    added: list[int]
    repeated: int


@dataclass(kw_only=True, slots=True)
class _Tally:
    """What of a column differs so far."""

    differing: int = 0
    examples: list[Change] = field(default_factory=list)


def compare(before: Sequence[Row], after: Sequence[Row], key: Key | None) -> Difference:
    """
    Compare rows that have the same key, or the same position, each cell by value and JSON type.

    Where a key stands several times, its rows are matched in their order. The time it takes grows
    with the cells. Raises InvalidRequest where no row has a column of the key.

    >>> found = compare([{"id": 1, "a": 1}], [{"id": 2, "a": 1}, {"id": 1, "a": 1.0}], ("id",))
    >>> found.columns[0].examples[0].after, found.added_rows.count
    (Cell(value=1.0, type='number'), 1)
    """
    if key is not None:
        require_key(key, before, after)
    matches = _by_position(before, after) if key is None else _by_key(before, after, key)
    tallies: defaultdict[str, _Tally] = defaultdict(_Tally)
    changed = 0
    for one, other in matches.pairs:
        changed += _count_changes(one, before[one], after[other], key, tallies)
    return Difference(
        key=key,
        columns=tuple(
            ColumnDifference(column=name, differing=each.differing, examples=tuple(each.examples))
            for name, each in tallies.items()
        ),
        removed_rows=_surplus(before, matches.removed),
        added_rows=_surplus(after, matches.added),
        changed_rows=changed,
        same_rows=len(matches.pairs) - changed,
        repeated_keys=matches.repeated,
    )


def _by_position(before: Sequence[Row], after: Sequence[Row]) -> _Matches:
    both = min(len(before), len(after))
    return _Matches(
        pairs=[(position, position) for position in range(both)],
        removed=[*range(both, len(before))],
        added=[*range(both, len(after))],
        repeated=0,
    )


def _by_key(before: Sequence[Row], after: Sequence[Row], key: Key) -> _Matches:
    waiting: defaultdict[bytes, deque[int]] = defaultdict(deque)
    for position, row in enumerate(after):
        waiting[identity(row, key)].append(position)
    distinct = len(waiting)
    seen: set[bytes] = set()
    pairs, removed = [], []
    for position, row in enumerate(before):
        found = identity(row, key)
        seen.add(found)
        if waiting.get(found):
            pairs.append((position, waiting[found].popleft()))
        else:
            removed.append(position)
    added = sorted(position for left in waiting.values() for position in left)
    repeated = len(before) - len(seen) + len(after) - distinct
    return _Matches(pairs, removed, added, repeated)


def _count_changes(
    position: int, old: Row, new: Row, key: Key | None, tallies: defaultdict[str, _Tally]
) -> bool:
    """Add the cells that differ in one row; tell whether there are any."""
    changed = False
    for name in _columns_of(old, new):
        if _same(old, new, name):
            continue
        changed = True
        tally = tallies[name]
        tally.differing += 1
        if len(tally.examples) < EXAMPLES:
            tally.examples.append(
                Change(
                    row=position,
                    key=None if key is None else _shown(old, key),
                    before=_cell(old, name),
                    after=_cell(new, name),
                )
            )
    return changed


def _columns_of(old: Row, new: Row) -> Iterator[str]:
    yield from old
    yield from (name for name in new if name not in old)


def _same(old: Row, new: Row, name: str) -> bool:
    if name not in old or name not in new:
        return False
    one, other = old[name], new[name]
    if type(one) is not type(other):
        return False
    return written(one) == written(other) if isinstance(one, list | dict) else one == other


def _shown(row: Row, key: Key) -> str:
    values = [row.get(name) for name in key]
    text = written(values[0] if len(values) == 1 else values)
    return text if len(text) <= LONGEST_KEY else f"{text[: LONGEST_KEY - 1]}…"


def _cell(row: Row, column: str) -> Cell:
    if column not in row:
        return Cell(value=None, type="absent")
    return Cell(value=row[column], type=_JSON_TYPES[type(row[column])])


def _surplus(rows: Sequence[Row], positions: list[int]) -> Surplus:
    return Surplus(
        count=len(positions),
        first=positions[0] if positions else None,
        examples=tuple(rows[position] for position in positions[:EXAMPLES]),
    )


_JSON_TYPES: Final = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def written(value: Json) -> str:
    """
    Write a value so that two are the same text where they are equal and of the same type.

    >>> written({"b": 1, "a": 1.0})
    '{"a":1.0,"b":1}'
    """
    return msgspec.json.encode(value, order="deterministic").decode()
