"""What a node returned, to its answer: `outputs`, `error`, `activate_exec`, `pending`."""

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final

from processor.runtime.guest.encode import plain_value
from processor.runtime.guest.wrong import UnknownPin, WrongAnswer

from .defined import reading
from .loaded import Loaded

MEMBERS: Final = ("outputs", "error", "activate_exec", "pending")
AFTER: Final = "exec_out"
"""The pin that a node in dictionary style continues at, where it has several."""

Json = dict[str, Any]
Warn = Callable[[str], None]


def answer(
    returned: object, loaded: Loaded, node: Json | None, *, warn: Warn, strict: bool
) -> Json:
    """Give the answer as JSON; raises WrongAnswer, UnknownPin, NotSerialisable."""
    members = _members(returned)
    pins = _outputs_of(node)
    error = members.get("error")
    given = {
        "outputs": _outputs(members, pins),
        "error": error if error is None or isinstance(error, str) else str(error),
        "activate_exec": _activated(members, pins, by_itself=loaded.with_dictionary),
        "pending": _pending(members.get("pending")),
    }
    if node is not None and not given["error"]:
        for problem in _problems(given, node):
            if strict:
                raise UnknownPin(problem)
            warn(problem)
    return given


def _members(returned: object) -> Mapping[str, Any]:
    to_dict = getattr(returned, "to_dict", None)
    members = to_dict() if callable(to_dict) else returned
    if not isinstance(members, Mapping):
        kind = type(returned).__name__
        raise WrongAnswer(f"Invalid JSON result: run() returned {kind}, not an object")
    if "outputs" not in members:
        raise WrongAnswer("Invalid JSON result: missing field `outputs`")
    return members


def _outputs(members: Mapping[str, Any], pins: Mapping[str, Json]) -> Json:
    outputs = members["outputs"]
    if not isinstance(outputs, Mapping) or not all(isinstance(name, str) for name in outputs):
        raise WrongAnswer("Invalid JSON result: `outputs` is no object of values by pin")
    return {
        name: plain_value(_for_pin(value, pins.get(name)), f"outputs.{name}")
        for name, value in outputs.items()
    }


def _for_pin(value: object, pin: Json | None) -> object:
    """Give a value as its pin carries it: bytes as Base64 or numbers, a set as a list."""
    value_type = reading(pin)["value_type"] if pin else "Normal"
    match value:
        case bytes() | bytearray():
            return list(value) if value_type == "Array" else base64.b64encode(value).decode()
        case set() | frozenset() if value_type == "HashSet":
            return sorted(value, key=repr)
        case _:
            return value


def _activated(
    members: Mapping[str, Any], pins: Mapping[str, Json], *, by_itself: bool
) -> list[str]:
    if "activate_exec" in members:
        named = members["activate_exec"]
        if not isinstance(named, list | tuple) or not all(isinstance(each, str) for each in named):
            raise WrongAnswer("Invalid JSON result: `activate_exec` is no list of pin names")
        return list(named)
    if members.get("error") or not by_itself:
        return []
    ways = [name for name, pin in pins.items() if _is_exec(pin)]
    if AFTER in ways:
        return [AFTER]
    return ways if len(ways) == 1 else []


def _pending(pending: object) -> bool | None:
    if pending is None or isinstance(pending, bool):
        return pending
    raise WrongAnswer("Invalid JSON result: `pending` is neither true, false nor null")


def _problems(given: Json, node: Json) -> list[str]:
    pins = {pin["name"]: pin for pin in reversed(node["pins"])}
    outputs = _outputs_of(node)
    problems = [f"Pin {name} not found" for name in given["outputs"] if name not in outputs]
    for name in given["activate_exec"]:
        pin = outputs.get(name) or pins.get(name)
        if pin is None:
            problems.append(f"Pin {name} not found")
        elif not _is_exec(pin):
            problems.append(f"Pin {name} is not of type Execution")
        elif name not in outputs:
            problems.append(f"Pin {name} is not of type Output")
    return problems


def _outputs_of(node: Json | None) -> dict[str, Json]:
    pins = node["pins"] if node else []
    return {pin["name"]: pin for pin in pins if reading(pin)["pin_type"] == "Output"}


def _is_exec(pin: Json) -> bool:
    return reading(pin)["data_type"] == "Execution"
