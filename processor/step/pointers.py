"""JSON to a typed value, with a pointer (RFC 6901) to what is wrong."""

import re
from typing import Any, Final

import msgspec

from processor.errors import Detail, InvalidRequest


def decoded(body: bytes, kind: type[Any], *, below: str = "") -> Any:
    """Read JSON as a typed value; raises InvalidRequest with a pointer that begins at `below`."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise _pointed(str(error), below) from None
    except msgspec.DecodeError as error:
        raise refused(below, f"the body is not JSON in UTF-8: {error}") from None
    except RecursionError:
        raise refused(below, "the body is nested too deeply") from None


def refused(pointer: str, message: str) -> InvalidRequest:
    """Give the error that points at one place of a request."""
    words = f"{pointer}: {message}" if pointer else message
    return InvalidRequest(words, details=(Detail(pointer, message),))


_NAMED: Final = (
    (re.compile(r"Object contains unknown field `(?P<name>.*)`"), "it is no member of this object"),
    (re.compile(r"Object missing required field `(?P<name>.*)`"), "it is missing"),
)


def _pointed(message: str, below: str) -> InvalidRequest:
    """Turn msgspec's words, which end in a path such as `$.step.limits`, into a pointer."""
    problem, _, path = message.rpartition(" - at `$")
    problem, path = (problem, path.rstrip("`")) if problem else (message, "")
    known, _, _ = path.partition("[...]")  # below it, msgspec does not tell the members' names
    pointer = below + re.sub(r"\.|\[(\d+)\]", lambda part: "/" + (part[1] or ""), known)
    for pattern, words in _NAMED:
        if named := pattern.fullmatch(problem):
            return refused(f"{pointer}/{token(named['name'])}", words)
    return refused(pointer, problem)


def token(name: str) -> str:
    """Write a member's name as a part of a pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
