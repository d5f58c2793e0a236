"""Values made unreadable, in the same shape: as long, as large, of the same kinds of characters."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from processor.schema import is_date
from processor.values import Json

Path: TypeAlias = tuple[str | int, ...]

_ISO: re.Pattern[str] = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def redacted(value: Json) -> Json:
    """
    Give an unreadable value in place of a readable one; null, true and false tell nothing.

    >>> redacted("Ada.L@example.org"), redacted(1234), redacted("2024-12-31T23:59:00Z")
    ('Xxx.X@xxxxxxx.xxx', 1000, '2000-01-01T00:00:00Z')
    """
    match value:
        case None | bool():
            return value
        case int():
            return int(math.copysign(1, value)) * 10 ** (len(str(abs(value))) - 1) if value else 0
        case float():
            return _of_its_size(value)
        case str():
            return _date(value) if is_date(value) else "".join(map(_character, value))
        case _:
            raise TypeError("a list or an object is redacted leaf by leaf")


def _of_its_size(value: float) -> float:
    """Give the power of ten below a number: 12.5 becomes 10.0, and a whole one stays whole."""
    if value == 0 or not math.isfinite(value):
        return value
    size = 10.0 ** math.floor(math.log10(abs(value)))
    return math.copysign(size or 5e-324, value)


def _character(character: str) -> str:
    if character.isdigit():
        return "0"
    if character.isalpha():
        return "X" if character.isupper() else "x"
    return character


def _date(text: str) -> str:
    digits = re.sub("[0-9]", "0", text)
    if "/" in text:
        return "01/01/2000" + digits[10:]
    return _ISO.sub("2000-01-01", text[:10]) + digits[10:]


def leaves(value: Json, above: Path = ()) -> Iterator[Path]:
    """Give the paths of all values inside that would not stay as they are."""
    match value:
        case list():
            for index, item in enumerate(value):
                yield from leaves(item, (*above, index))
        case dict():
            for name, member in value.items():
                yield from leaves(member, (*above, name))
        case _:
            if redacted(value) != value:
                yield above


def replaced(value: Json, paths: Mapping[Path, Json], above: Path = ()) -> Json:
    """Give a value with other ones at those paths."""
    match value:
        case list():
            return [replaced(item, paths, (*above, index)) for index, item in enumerate(value)]
        case dict():
            return {name: replaced(each, paths, (*above, name)) for name, each in value.items()}
        case _:
            return paths.get(above, value)
