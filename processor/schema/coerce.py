"""
Values turned into what a column takes, where nothing has to be guessed.

One spelling each, JSON's own, in ASCII: no spaces, no plus sign, no leading zeros, no separators.
Nothing becomes a Date: each form that says which day it is matches already.
"""

import math
import re
import sys
from collections.abc import Callable
from typing import Final

import msgspec

from processor.values import Json

_INTEGER: Final = re.compile(r"(-?(?:0|[1-9][0-9]*))(?:\.0+)?")
_DOUBLE: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:(?:\.[0-9]+)?[eE][+-]?[0-9]+|\.[0-9]+)")
_MOST_DIGITS: Final = sys.int_info.default_max_str_digits
_BOOLEANS: Final[dict[str, bool]] = {"true": True, "false": False}


def coerced(value: Json, kind: str) -> Json:
    """
    Give a value as that column type takes it, or unchanged where it cannot be told.

    >>> coerced("12", "Integer"), coerced("1.5", "Double"), coerced(0, "Boolean")
    (12, 1.5, False)
    >>> coerced(1.5, "Text"), coerced("012", "Integer"), coerced(True, "Integer")
    ('1.5', '012', True)
    """
    change = _CHANGES.get(kind)
    return value if change is None else change(value)


def _to_integer(value: Json) -> Json:
    if not isinstance(value, str) or (match := _INTEGER.fullmatch(value)) is None:
        return value
    digits = match[1]
    return int(digits) if len(digits.lstrip("-")) <= _MOST_DIGITS else value


def _to_double(value: Json) -> Json:
    if not isinstance(value, str):
        return value
    if _DOUBLE.fullmatch(value) is None:
        return _to_integer(value)
    number = float(value)
    return number if math.isfinite(number) else value


def _to_boolean(value: Json) -> Json:
    if isinstance(value, str):
        return _BOOLEANS.get(value, value)
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    return value


def _to_text(value: Json) -> Json:
    if isinstance(value, bool | int | float):
        return msgspec.json.encode(value).decode()
    return value


_CHANGES: Final[dict[str, Callable[[Json], Json]]] = {
    "Integer": _to_integer,
    "Double": _to_double,
    "Boolean": _to_boolean,
    "Text": _to_text,
}
