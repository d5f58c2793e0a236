"""Which row of one side is which of the other: by the values of a key, or by position."""

import difflib
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, TypeAlias

import msgspec

from processor.schema import as_iso, is_date
from processor.step import refused
from processor.values import Json, Row

Key: TypeAlias = tuple[str, ...]
"""The columns that tell rows apart."""

MOST_COLUMNS: Final = 32
"""Of a key: each is looked at in every row."""

_LIKELY: Final = ("id", "key", "uuid", "number", "code")
"""What columns that identify something are called, or end with."""
_LOOKED_AT: Final = 1000
_SHOWN: Final = 10
_LONGEST_DATE: Final = 40
_NAME: Final = 200


def identity(row: Row, key: Key) -> bytes:
    """
    Give what tells a row from others: the same for 1 and 1.0, and however a date is written.

    A column that the row lacks is null.

    >>> identity({"id": 1.0, "name": "x"}, ("id",)) == identity({"id": 1}, ("id",))
    True
    """
    return msgspec.json.encode([_plain(row.get(name)) for name in key], order="deterministic")


def _plain(value: Json) -> Json:
    match value:
        case float() if value.is_integer():
            return int(value)
        case str() if value[:1].isdigit() and len(value) <= _LONGEST_DATE and is_date(value):
            return as_iso(value)
        case _:
            return value


def found_key(before: Sequence[Row], after: Sequence[Row]) -> Key | None:
    """
    Find the one column that tells rows apart on both sides: there in every row, never null, no
    value twice. Of several, the one with most values in common, then the likeliest name.

    >>> found_key([{"name": "a", "id": 1}], [{"name": "b", "id": 1}])
    ('id',)
    """
    if not before or not after:
        return _likeliest(dict.fromkeys(_distinct(before or after), 0))
    one, other = _distinct(before), _distinct(after)
    return _likeliest({name: len(one[name] & other[name]) for name in one if name in other})


def shared_key(inputs: Sequence[Row], outputs: Sequence[Row]) -> Key | None:
    """
    Find the one column that tells input rows apart and that every output row has.

    Output rows may repeat it. Of several, the one with most rows that come from the input, then
    the likeliest name.
    """
    known = _distinct(inputs)
    shared = {
        name: sum(1 for row in outputs if identity(row, (name,)) in values)
        for name, values in known.items()
        if all(row.get(name) is not None for row in outputs)
    }
    return _likeliest({name: count for name, count in shared.items() if count})


def _likeliest(shared: dict[str, int]) -> Key | None:
    """Choose by the values in common; the leftmost of equals."""
    best = max(shared, key=lambda name: (shared[name], _likelihood(name)), default=None)
    return None if best is None else (best,)


def _likelihood(name: str) -> int:
    lowered = name.lower()
    return 2 * (lowered in _LIKELY) or int(lowered.endswith(_LIKELY))


def _distinct(rows: Sequence[Row]) -> dict[str, set[bytes]]:
    """Give the values of the columns that tell these rows apart, each as an identity."""
    if not rows:
        return {}
    seen: dict[str, set[bytes]] = {name: set() for name in rows[0]}
    for row in rows:
        # Every turn of the inner loop meets a cell or drops a column: hostile rows cost their size.
        for name in [*seen]:
            value = row.get(name)
            if value is None or isinstance(value, list | dict):
                del seen[name]
                continue
            found = identity(row, (name,))
            if found in seen[name]:
                del seen[name]
            else:
                seen[name].add(found)
    return seen


def require_key(key: Key, *sides: Iterable[Row], pointer: str = "/key") -> None:
    """
    Raise InvalidRequest for a key of too many columns, or of one that no row has.

    The message has the nearest column that there is; looked for among the first thousand, since
    rows and key are anybody's.
    """
    if len(key) > MOST_COLUMNS:
        raise refused(pointer, f"a key has at most {MOST_COLUMNS} columns, not {len(key):,}")
    known = dict.fromkeys(name for rows in sides for row in rows for name in row)
    for number, name in enumerate(key):
        if known and name not in known:
            short = [each[:_NAME] for each in islice(known, _LOOKED_AT)]
            near = difflib.get_close_matches(name[:_NAME], short, n=1) or short[:_SHOWN]
            told = ", ".join(map(repr, near))
            message = f"no row has a column {name[:_NAME]!r}; there is {told}"
            raise refused(f"{pointer}/{number}", message)
