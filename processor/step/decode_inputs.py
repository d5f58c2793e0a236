"""The `inputs` of a request: rows by name, checkpoint, local variables."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import msgspec

from .decode_node import read_context
from .inputs import ABSENT, Absent, Inputs
from .pointers import decoded, refused, token

MOST_BRANCHES: Final = 64
SHORTEST_SECRET: Final = 3
"""In characters; masking shorter texts would make a log unreadable and hide nothing."""
LONGEST_SECRETS: Final = 32_768
"""In characters, all together: each takes memory while the answer is made."""

_SECONDARY: Final = re.compile(r"INPUT_DATA([2-9]|[1-9][0-9])")
_OTHERS: Final = frozenset({"INPUT_DATA", "DATA_CHECKPOINT", "variables"})
_OF_SCRIPTS: Final = frozenset({"globals"})
_OF_MODULES: Final = frozenset({"context"})
_NOTHING: Final = (b"null", b"{}", b"[]")
_LONGEST_NOTHING: Final = 64
"""In bytes, spaces included; what is longer is looked at as what it is."""


def read_inputs(
    given: Mapping[str, msgspec.Raw], branches: Sequence[str], sensitive: Sequence[str]
) -> Inputs:
    """Read what the body of a function is told; raises InvalidRequest with a pointer."""
    _refuse_unless_empty(given, _OF_MODULES, "only a module takes it, by its profile")
    _refuse_unless_empty(given, _OF_SCRIPTS, "only a node takes it, by its profile")
    numbers = [number for name in given if (number := _secondary(name, branches)) is not None]
    count = max([len(branches), *(number - 1 for number in numbers)])
    secondary = (_rows(given, f"INPUT_DATA{number}") for number in range(2, count + 2))
    variables = _object(given.get("variables"))
    return Inputs(
        rows=_rows(given, "INPUT_DATA"),
        checkpoint=_checkpoint(given.get("DATA_CHECKPOINT")),
        secondary=tuple(secondary),
        variables=variables,
        secrets=_secrets(variables, sensitive, "variables"),
    )


def read_script_inputs(given: Mapping[str, msgspec.Raw], sensitive: Sequence[str]) -> Inputs:
    """Read what a script is told, which is `globals`; raises InvalidRequest with a pointer."""
    for name in given:
        _secondary(name, ())
    rest = given.keys() - _OF_SCRIPTS
    _refuse_unless_empty(given, rest, "a node takes `globals`, and nothing else")
    names = _object(given.get("globals"))
    values: dict[str, msgspec.Raw] = decoded(names, dict[str, msgspec.Raw], below="/inputs/globals")
    masked = msgspec.json.encode({name: values[name] for name in sensitive if name in values})
    return Inputs(globals=names, secrets=_secrets(masked, sensitive, "globals"))


def read_node_inputs(given: Mapping[str, msgspec.Raw]) -> Inputs:
    """Read what a module's node is told, its `context`; raises InvalidRequest with a pointer."""
    for name in given:
        _secondary(name, ())
    _refuse_unless_empty(
        given, given.keys() - _OF_MODULES, "a module takes `context`, and nothing else"
    )
    return Inputs(context=read_context(_object(given.get("context"))))


def _secondary(name: str, branches: Sequence[str]) -> int | None:
    """Give the number of a secondary input, or None for another input; refuse what is neither."""
    named = _SECONDARY.fullmatch(name)
    if named:
        number = int(named[1])
        if number > (len(branches) or MOST_BRANCHES) + 1:
            raise refused(f"/inputs/{name}", "the step has no such branch")
        return number
    if name not in _OTHERS | _OF_SCRIPTS | _OF_MODULES:
        raise refused(f"/inputs/{token(name)}", "it is no input of a statement")
    return None


def _refuse_unless_empty(
    given: Mapping[str, msgspec.Raw], names: AbstractSet[str], why: str
) -> None:
    """Refuse inputs that a run of this kind does not see, rather than ignore them."""
    for name in sorted(names & given.keys()):
        if not _says_nothing(given[name]):
            raise refused(f"/inputs/{name}", why)


def _object(given: msgspec.Raw | None) -> bytes:
    return b"{}" if given is None or _says_nothing(given) else bytes(given)


def _says_nothing(given: msgspec.Raw) -> bool:
    return len(given) <= _LONGEST_NOTHING and b"".join(bytes(given).split()) in _NOTHING


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


def _secrets(given: bytes, sensitive: Sequence[str], member: str) -> tuple[str, ...]:
    """Give the texts to mask: of every value inside, in each form in which it may be printed."""
    values: dict[str, Any] = decoded(given, dict[str, Any], below=f"/inputs/{member}")
    for number, name in enumerate(sensitive):
        if name not in values:
            message = f"{name!r} is no name of `inputs.{member}`"
            raise refused(f"/step/options/sensitive/{number}", message)
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
