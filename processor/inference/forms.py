"""
Forms that texts may have: formats, dates in the ways people write them, spelled values.

Every pattern is of bounded length and runs in linear time: the texts are anybody's.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from processor.schema import coerced, is_date

Form: TypeAlias = Callable[[str], bool]

LONGEST: Final = 400
"""Of a text that may have a form, in characters."""

_PARTS: Final = {
    "yyyy": "[0-9]{4}",
    "MM": "(?:0[1-9]|1[0-2])",
    "dd": "(?:0[1-9]|[12][0-9]|3[01])",
    "M": "(?:[1-9]|1[0-2])",
    "d": "(?:[1-9]|[12][0-9]|3[01])",
    "HH": "(?:[01][0-9]|2[0-3])",
    "mm": "[0-5][0-9]",
    "ss": "[0-5][0-9]",
}
_DAYS: Final = (
    "dd.MM.yyyy",
    "d.M.yyyy",
    "dd/MM/yyyy",
    "MM/dd/yyyy",
    "d/M/yyyy",
    "M/d/yyyy",
    "dd-MM-yyyy",
    "yyyy/MM/dd",
    "yyyyMMdd",
)
_TIMES: Final = ("", " HH:mm", " HH:mm:ss")


def _written(pattern: str) -> Form:
    parts = re.split(r"([A-Za-z]+)", pattern.replace("yyyyMMdd", "yyyy\0MM\0dd"))
    text = "".join(_PARTS.get(part, re.escape(part.replace("\0", ""))) for part in parts)
    return _matching(text)


def _matching(pattern: str) -> Form:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _spelling(kind: str) -> Form:
    return lambda text: not isinstance(coerced(text, kind), str)


DATE: Final = "Date"
"""The form of texts that a Date column takes."""

FORMATS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "date": _matching("[0-9]{4}-[0-9]{2}-[0-9]{2}"),
        "date-time": _matching("[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].{4,40}"),
        "month-first date-time": _matching("[0-9]{2}/[0-9]{2}/[0-9]{4} .{8}"),
        "uuid": _matching("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
        "email": _matching(r"[^@\s]{1,64}@[^@\s.]{1,63}(?:\.[^@\s.]{1,63}){1,8}"),
        "uri": _matching(r"[a-z][a-z0-9+.-]{1,20}://\S{1,300}"),
        "ipv4": _matching(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"),
        "base64": _matching("(?=.{0,380}[G-Zg-z+/=])[A-Za-z0-9+/]{22,380}={0,2}"),
    }
)
"""What a text may be; the first that all texts of a column have is told."""

DATE_PATTERNS: Final[Mapping[str, Form]] = MappingProxyType(
    {day + time: _written(day + time) for day in _DAYS for time in _TIMES}
)
"""Dates in ways that a Date column does not take."""

SPELLINGS: Final[Mapping[str, Form]] = MappingProxyType(
    {kind: _spelling(kind) for kind in ("Integer", "Double", "Boolean")}
)
"""Texts that spell a value of another column type."""

DECIMAL_COMMA: Final = "decimal comma"
"""The form of numbers as much of the world writes them, and Python does not read them."""

ALL: Final[Mapping[str, Form]] = MappingProxyType(
    {
        DATE: is_date,
        **FORMATS,
        **DATE_PATTERNS,
        **SPELLINGS,
        DECIMAL_COMMA: _matching(r"-?[0-9]{1,3}(?:[0-9]{0,297}|(?:\.[0-9]{3}){1,98}),[0-9]{1,90}"),
    }
)
