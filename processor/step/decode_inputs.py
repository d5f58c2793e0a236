"""The `inputs` of a request: rows by name, checkpoint, local variables."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from .inputs import ABSENT, Absent, Inputs
from .pointers import decoded, refused, token

MOST_BRANCHES: Final = 64
SHORTEST_SECRET: Final = 3
"""In characters; masking shorter texts would make a log unreadable and hide nothing."""
LONGEST_SECRETS: Final = 32_768
"""In characters, all together: each takes memory while the answer is made."""

_SECONDARY: Final = re.compile(r"INPUT_DATA([2-9]|[1-9][0-9])")
_OTHERS: Final = frozenset({"INPUT_DATA", "DATA_CHECKPOINT", "variables"})
_FOR_NODES: Final = frozenset({"globals", "context"})
_NOTHING: Final = (b"null", b"{}", b"[]")


def read_inputs(
    given: Mapping[str, msgspec.Raw], branches: Sequence[str], sensitive: Sequence[str]
) -> Inputs:
    """Read what a run is told; raises InvalidRequest with a pointer."""
    _refuse_what_is_for_nodes(given)
    numbers = [number for name in given if (number := _secondary(name, branches)) is not None]
    count = max([len(branches), *(number - 1 for number in numbers)])
    secondary = (_rows(given, f"INPUT_DATA{number}") for number in range(2, count + 2))
    variables = _object(given.get("variables"))
    return Inputs(
        rows=_rows(given, "INPUT_DATA"),
        checkpoint=_checkpoint(given.get("DATA_CHECKPOINT")),
        secondary=tuple(secondary),
        variables=variables,
        secrets=_secrets(variables, sensitive),
    )


def _secondary(name: str, branches: Sequence[str]) -> int | None:
    """Give the number of a secondary input, or None for another input; refuse what is neither."""
    named = _SECONDARY.fullmatch(name)
    if named:
        number = int(named[1])
        if number > (len(branches) or MOST_BRANCHES) + 1:
            raise refused(f"/inputs/{name}", "the step has no such branch")
        return number
    if name not in _OTHERS and name not in _FOR_NODES:
        raise refused(f"/inputs/{token(name)}", "it is no input of a statement")
    return None


def _refuse_what_is_for_nodes(given: Mapping[str, msgspec.Raw]) -> None:
    """Refuse inputs that this release knows and does not serve, rather than ignore them."""
    for name in sorted(_FOR_NODES & given.keys()):
        if not _says_nothing(given[name]):
            raise refused(f"/inputs/{name}", "this release does not serve it")


def _object(given: msgspec.Raw | None) -> bytes:
    return b"{}" if given is None or _says_nothing(given) else bytes(given)


def _says_nothing(given: msgspec.Raw) -> bool:
    return b"".join(bytes(given).split()) in _NOTHING


def _rows(given: Mapping[str, msgspec.Raw], name: str) -> bytes:
    rows = bytes(given.get(name, b"null"))
    if rows[:1] not in (b"[", b"n"):
        raise refused(f"/inputs/{name}", "give a list of objects, or null")
    return rows


def _checkpoint(given: msgspec.Raw | None) -> bytes | Absent:
    if given is None:
        return ABSENT
    decoded(bytes(given), object, below="/inputs/DATA_CHECKPOINT")
    return bytes(given)


def _secrets(variables: bytes, sensitive: Sequence[str]) -> tuple[str, ...]:
    """Give the texts to mask: of every value inside, in each form in which it may be printed."""
    values: dict[str, Any] = decoded(variables, dict[str, Any], below="/inputs/variables")
    for number, name in enumerate(sensitive):
        if name not in values:
            raise refused(f"/step/options/sensitive/{number}", f"{name!r} is no variable")
    secret = [text for name in sensitive for text in _texts(values[name])]
    if sum(map(len, secret)) > LONGEST_SECRETS:
        message = f"what is masked has at most {LONGEST_SECRETS:,} characters in all"
        raise refused("/step/options/sensitive", message)
    texts = {form for text in secret for form in _forms(text)}
    return tuple(sorted((t for t in texts if len(t) >= SHORTEST_SECRET), key=len, reverse=True))


def _texts(value: Any) -> Iterator[str]:
    """Give the texts inside a value: of a list or an object those of its members."""
    match value:
        case None | bool():
            return  # words that stand everywhere, and tell nothing
        case list():
            for inner in value:
                yield from _texts(inner)
        case dict():
            for inner in value.values():
                yield from _texts(inner)
        case _:
            yield str(value)


def _forms(text: str) -> Iterator[str]:
    r"""
    Give how a text may be printed: as it is, line by line, and as `repr` and JSON write it.

    >>> sorted(set(_forms("a\nb")))
    ['a', 'a\nb', 'a\\nb', 'b']
    """
    yield text
    yield from text.splitlines()
    yield repr(text)[1:-1]
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
