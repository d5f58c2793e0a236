"""
Where input rows hold what the strict reader refuses: NaN, Infinity, lone surrogates, huge numbers.

The strict reader names a byte at best. The author of a preceding step needs the row.
"""

import json
import math
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

from processor.errors import Mismatch

from .wording import pointer_of, quoted, short

_MOST_DIGITS: Final = sys.int_info.default_max_str_digits


class _Odd(NamedTuple):
    expected: str
    actual: str


def unreadable(content: bytes) -> Iterator[Mismatch]:
    """Give each such value in an array of rows; none where the text is broken in another way."""
    yield from _in_rows(_tolerant(content))


def unreadable_inputs(body: bytes) -> Iterator[tuple[str, Mismatch]]:
    """Give each such value in the rows of a whole request, with the name of their input."""
    request = _tolerant(body)
    inputs = request.get("inputs") if isinstance(request, dict) else None
    for name, rows in inputs.items() if isinstance(inputs, dict) else ():
        for mismatch in _in_rows(rows):
            yield _clean(name), mismatch


def _tolerant(content: bytes) -> object:
    try:
        return json.loads(content, parse_constant=_constant, parse_int=_integer, parse_float=_float)
    except (ValueError, RecursionError):
        return None


def _in_rows(rows: object) -> Iterator[Mismatch]:
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        for path, odd in _odd(row):
            yield _worded(index, path, odd)


def _constant(token: str) -> _Odd:
    return _Odd("a number or null", token)


def _integer(digits: str) -> _Odd | int:
    if len(digits.lstrip("-")) <= _MOST_DIGITS:
        return 0
    return _Odd(f"an integer of at most {_MOST_DIGITS} digits", f"one of {len(digits)}")


def _float(token: str) -> _Odd | float:
    value = float(token)
    return value if math.isfinite(value) else _Odd("a number of double precision", short(token, 80))


def _odd(row: object) -> Iterator[tuple[tuple[str | int, ...], _Odd]]:
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), row)]
    while waiting:
        path, value = waiting.pop()
        match value:
            case _Odd():
                yield path, value
            case str() if _has_surrogate(value):
                yield path, _Odd("Text of whole characters", f"a lone surrogate in {quoted(value)}")
            case list():
                waiting += [((*path, i), item) for i, item in reversed([*enumerate(value)])]
            case dict():
                waiting += [((*path, _clean(k)), v) for k, v in reversed(value.items())]
                waiting += [((*path, _clean(k)), k) for k in value if _has_surrogate(k)]
            case _:
                pass


def _has_surrogate(text: str) -> bool:
    return _clean(text) != text


def _clean(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()


def _worded(index: int, path: tuple[str | int, ...], odd: _Odd) -> Mismatch:
    column = short(str(path[0]), 200) if path else None
    place = f"row {index}" if column is None else f"row {index}, column {quoted(column)}"
    return Mismatch(
        row=index,
        column=column,
        pointer=pointer_of((index, *path)),
        expected=odd.expected,
        actual=odd.actual,
        message=f"{place}: expected {odd.expected}; found {odd.actual}",
    )
