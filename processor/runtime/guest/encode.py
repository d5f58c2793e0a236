"""
What a statement returned, to JSON (rules 20 and 21).

Rows of plain values are encoded as they are; one pass over their types decides that. Whatever else
is found is normalised with its path at hand: numpy and pandas by the shape of their types, since
the statement's packages are not this module's.
"""

import base64
import json
import math
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain
from typing import Any

PART_BYTES = 512 << 10
"""About as large is a part of many rows."""
FIRST_ROWS = 1000
"""As many rows are in the first part, by whose size that of the next is chosen."""
DEEPEST = 100
MOST_DIGITS = 4300
_TOO_LARGE = 10**MOST_DIGITS

_ROW = frozenset({dict})
_KEY = frozenset({str})
_PLAIN = frozenset({str, int, float, bool, type(None)})
_NULLS = frozenset({"NaTType", "NAType"})


class NotAList(Exception):
    """The statement returned something that is not a list of objects."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class NotSerialisable(Exception):
    """A value has no JSON form; the message starts with its path."""

    def __init__(self, path: str, problem: str, hint: str | None = None) -> None:
        super().__init__(f"{path}: {problem}")
        self.hint = hint


class Encoder:
    """
    Turns what a statement returned into JSON, and counts what became null on the way.

    NaN and Infinity become null in the columns of `nullable`, and are an error elsewhere.
    """

    def __init__(self, nullable: frozenset[str]) -> None:
        self._nullable = nullable
        self._nulled: Counter[str] = Counter()

    def encode(self, returned: object, first: int = 0) -> bytes:
        """
        Give rows as one JSON array; raises NotAList or NotSerialisable.

        `first` is the number of the first of them, in what is said of a row.
        """
        rows = rows_of(returned)
        if _are_plain(rows):
            try:
                return _dumps(rows)
            except ValueError:  # NaN, a lone surrogate, an integer of too many digits
                pass
        normaliser = _Normaliser(self._nullable)
        normal = [normaliser.row(row, f"rows[{number}]") for number, row in enumerate(rows, first)]
        self._nulled.update(normaliser.nulled)
        return _dumps(normal)

    def parts(self, returned: object, first: int = 0) -> Iterator[bytes]:
        """
        Give rows as JSON arrays of some PART_BYTES, one after the other; raises as `encode`.

        So whoever takes them need not wait for the last row to begin with the first.
        """
        rows = rows_of(returned)
        start, count = 0, FIRST_ROWS
        while True:
            content = self.encode(rows[start : start + count], first + start)
            yield content
            start += count
            if start >= len(rows):
                return
            count = max(count * PART_BYTES // max(len(content), 1), 1)

    def warnings(self) -> list[str]:
        """Give a sentence for each column in which NaN or Infinity became null."""
        return [
            f"{count} value{'s' * (count > 1)} of column `{column}` "
            "that had no JSON form (NaN or infinite) became null"
            for column, count in self._nulled.items()
        ]


def _dumps(rows: list[Any]) -> bytes:
    return json.dumps(rows, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _are_plain(rows: list[Any]) -> bool:
    """Whether all are dicts of plain values by text; without a step of ours for each value."""
    return (
        set(map(type, rows)) <= _ROW
        and set(map(type, chain.from_iterable(rows))) <= _KEY
        and set(map(type, chain.from_iterable(map(dict.values, rows)))) <= _PLAIN
    )


def rows_of(returned: object) -> list[Any]:
    """Give what a statement returned as a list; raises NotAList."""
    if isinstance(returned, list | tuple):
        return list(returned)
    if _is_a("DataFrame", returned):
        records: list[Any] = returned.to_dict("records")  # type: ignore[attr-defined] # by its shape
        return records
    if returned is None:
        raise NotAList("the statement returned None; end it with `return <list>`")
    message = f"the statement returned {_kind(returned)}, not a list of objects"
    if isinstance(returned, Mapping):
        raise NotAList(message, "return a list with this object in it: `return [row]`")
    if isinstance(returned, Iterable) and not isinstance(returned, str | bytes):
        raise NotAList(message, "make it a list: `return list(rows)`")
    raise NotAList(message, "end the statement with `return <list>`")


class _Normaliser:
    """Turns one row after the other into plain values, and counts what became null."""

    def __init__(self, nullable: frozenset[str]) -> None:
        self._nullable = nullable
        self._column = ""
        self.nulled: dict[str, int] = {}

    def row(self, row: object, path: str) -> dict[str, Any]:
        if not isinstance(row, Mapping):
            raise NotAList(
                f"{path} is {_kind(row)}, not an object", "each row is a dict: column name to value"
            )
        normal = {}
        for key, value in row.items():
            column = self._key(key, path)
            self._column = column
            plain = type(value) is str and value.isascii()
            normal[column] = value if plain else self._value(value, path + step_of(column), 1)
        return normal

    def any(self, value: object, path: str) -> Any:
        return self._value(value, path, 1)

    def _key(self, key: object, path: str) -> str:
        if not isinstance(key, str):
            hint = "name columns by text: `{str(key): value}`"
            raise NotSerialisable(path, f"the key {key!r:.60} is {_kind(key)}, not text", hint)
        return self._text(key, path)

    def _value(self, value: Any, path: str, depth: int) -> Any:
        if depth > DEEPEST:
            raise NotSerialisable(path, f"nested more than {DEEPEST} deep, or in itself")
        match value:
            case None | bool():
                return value
            case list() | tuple():
                return self._items(value, path, depth)
            case Mapping():
                return {
                    self._key(key, path): self._value(inner, path + step_of(str(key)), depth + 1)
                    for key, inner in value.items()
                }
            case str() | int() | float() | Decimal():
                return self._number_or_text(value, path)
            case _:
                return self._value(_unwrapped(value, path), path, depth + 1)

    def _number_or_text(self, value: str | float | Decimal, path: str) -> Any:
        match value:
            case str():
                return self._text(value, path)
            case int():
                return self._integer(value, path)
            case float():
                return self._float(value, path)
            case Decimal():
                return self._decimal(value, path)

    def _items(self, items: Iterable[Any], path: str, depth: int) -> list[Any]:
        return [
            self._value(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(items)
        ]

    def _text(self, value: str, path: str) -> str:
        try:
            value.encode()
        except UnicodeEncodeError:
            hint = 'drop it with `text.encode("utf-8", "ignore").decode()`'
            problem = "the text has a lone surrogate, which JSON cannot carry"
            raise NotSerialisable(path, problem, hint) from None
        return str.__str__(value)  # an enumeration's own gives its name

    def _integer(self, value: int, path: str) -> int:
        value = int(value)
        if abs(value) >= _TOO_LARGE:
            raise NotSerialisable(path, f"the integer has more than {MOST_DIGITS} digits")
        return value

    def _decimal(self, value: Decimal, path: str) -> int | float | None:
        if not value.is_finite():
            return self._float(math.nan if value.is_nan() else float(value), path)
        if value.adjusted() >= MOST_DIGITS:  # before it is written out: 1e999999999 is a short text
            raise NotSerialisable(path, f"the number has more than {MOST_DIGITS} digits")
        whole = value == value.to_integral_value()
        return self._integer(int(value), path) if whole else self._float(float(value), path)

    def _float(self, value: float, path: str) -> float | None:
        value = float(value)
        if math.isfinite(value):
            return value
        if self._column in self._nullable:
            self.nulled[self._column] = self.nulled.get(self._column, 0) + 1
            return None
        hint = "replace it, or let the column be null in the output schema"
        raise NotSerialisable(path, f"{value} has no JSON form", hint)


def _unwrapped(value: Any, path: str) -> Any:
    """Give the plain value that an object of the standard library, numpy or pandas stands for."""
    kind = type(value)
    if kind.__name__ in _NULLS:  # before datetime, whose subclass NaT is
        return None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if kind.__module__ == "numpy" and kind.__name__ != "ndarray":
        return _scalar(value, path)
    raise _no_json_form(value, path)


def _scalar(value: Any, path: str) -> Any:
    """Give what numpy's own value stands for; its `item` falls back to counts and to itself."""
    match getattr(value, "dtype", None) and value.dtype.kind:
        case "b" | "i" | "u":
            return value.item()
        case "f":
            return float(value)
        case "M":
            moment = value.astype("datetime64[us]").item()
            if not isinstance(moment, int):  # a count, where the year has five digits
                return moment
        case _:
            pass
    raise _no_json_form(value, path)


def _no_json_form(value: object, path: str) -> NotSerialisable:
    problem = f"{_kind(value)} has no JSON form"
    return NotSerialisable(path, problem, _HINTS.get(type(value).__name__))


_HINTS = {
    "set": "make it a list: `sorted(values)`",
    "frozenset": "make it a list: `sorted(values)`",
    "ndarray": "make it a list: `array.tolist()`",
    "Series": "make it a list: `series.tolist()`",
    "DataFrame": 'make it a list: `frame.to_dict("records")`',
}


def _is_a(name: str, value: object) -> bool:
    return any(
        kind.__name__ == name and kind.__module__.partition(".")[0] == "pandas"
        for kind in type(value).__mro__
    )


def _kind(value: object) -> str:
    name = type(value).__name__
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"


def step_of(key: str) -> str:
    """Write a member's name as it stands in a path."""
    return f".{key}" if key.isidentifier() else f"[{key!r:.100}]"


def plain_value(value: object, path: str) -> Any:
    """Give any value as JSON has it, where it is no row; raises NotSerialisable with the path."""
    return _Normaliser(frozenset()).any(value, path)
