"""How schemas and values are worded in messages: nearest names, pointers, short excerpts."""

import difflib
from collections.abc import Iterable
from typing import Final

import msgspec

from processor.errors import InvalidSchema

EXCERPT: Final = 80
"""The most characters of a value that a message shows."""
_NAME: Final = 200
_POINTER: Final = 1000
_MEMBERS: Final = 3

_KINDS: Final[dict[type, str]] = {
    bool: "Boolean", int: "Integer", float: "Double", str: "Text", list: "list", dict: "object",
}  # fmt: skip


def refused(pointer: str, message: str) -> InvalidSchema:
    """Make the error for a mistake at that JSON pointer of the schema as its author wrote it."""
    return InvalidSchema(f"the schema at {short(pointer, _POINTER) or 'its top'}: {message}")


def pointer_of(path: Iterable[str | int]) -> str:
    """
    Write a path as a JSON pointer (RFC 6901), cut short where it is absurdly long.

    >>> pointer_of([3, "a/b"])
    '/3/a~1b'
    """
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return short("".join(f"/{part}" for part in parts), _POINTER)


def nearest(word: str, known: Iterable[str]) -> str:
    """
    Say which known word comes nearest, or all of them where none is near.

    >>> nearest("prise", ["id", "price"]), nearest("x", ["id", "price"])
    ("nearest: 'price'", "known: 'id', 'price'")
    """
    by_folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word[:_NAME].casefold(), by_folded, n=1)
    if near:
        return f"nearest: {quoted(by_folded[near[0]])}"
    return f"known: {listed(by_folded.values())}"


def listed(names: Iterable[str]) -> str:
    """List names, the first ten of them."""
    quotes = [quoted(name) for name in names]
    return ", ".join(quotes[:10]) + (f" and {len(quotes) - 10} more" if len(quotes) > 10 else "")  # noqa: PLR2004 (the docstring's ten)


def counted(count: int, one: str, many: str) -> str:
    """
    Count things.

    >>> counted(1, "row", "rows"), counted(2, "row", "rows")
    ('1 row', '2 rows')
    """
    return f"{count} {one if count == 1 else many}"


def quoted(name: str) -> str:
    """Quote a name, cut short where it is absurdly long."""
    return repr(short(name, _NAME))


def short(text: str, most: int) -> str:
    """
    Cut a text to at most that many characters.

    >>> short("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def kind_and_excerpt(value: object) -> str:
    """
    Say what a JSON value is, by its kind in the column form's words and a short excerpt.

    >>> kind_and_excerpt("12,50"), kind_and_excerpt([1, [2], 3, 4]), kind_and_excerpt(None)
    ('Text "12,50"', 'list [1,[…],3,…]', 'null')
    """
    if value is None:
        return "null"
    return short(f"{_KINDS[type(value)]} {_excerpt(value)}", EXCERPT)


def _excerpt(value: object) -> str:
    # Only what is shown is written: a value may have 64 MB.
    if isinstance(value, dict):
        members = [f"{_flat(name)}:{_flat(value[name])}" for name in list(value)[:_MEMBERS]]
        return "{" + _joined(members, len(value)) + "}"
    if isinstance(value, list):
        return "[" + _joined([_flat(item) for item in value[:_MEMBERS]], len(value)) + "]"
    return _flat(value)


def _joined(shown: list[str], count: int) -> str:
    return ",".join(shown + ["…"] * (count > len(shown)))


def _flat(value: object) -> str:
    match value:
        case dict():
            return "{…}" if value else "{}"
        case list():
            return "[…]" if value else "[]"
        case str() if len(value) > EXCERPT:
            value = f"{value[:EXCERPT]}…"
    return short(msgspec.json.encode(value).decode(), EXCERPT)
