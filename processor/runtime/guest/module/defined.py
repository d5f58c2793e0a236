"""A node's definition: what it must have, what is filled in, how a host reads it."""

import json
from collections.abc import Mapping
from typing import Any, Final

from processor.runtime.guest.wrong import InvalidDefinition

MOST_PINS: Final = 1000
HIGHEST_SCORE: Final = 255
SCORES: Final = ("privacy", "security", "performance", "governance", "reliability", "cost")

_OF_A_NODE: Final = ("name", "friendly_name", "description", "category", "pins")
_OF_A_PIN: Final = ("name", "friendly_name", "description", "pin_type", "data_type")
_DEFAULTS: Final = {"icon": None, "docs": None, "long_running": False, "abi_version": 1}
_DATA_TYPES: Final = {
    spelling: data_type
    for data_type, spellings in {
        "String": "string",
        "Integer": "int integer i32 i64 u32 u64",
        "Float": "float f32 f64 number",
        "Boolean": "bool boolean",
        "Date": "date datetime",
        "PathBuf": "path pathbuf",
        "Byte": "byte bytes binary",
        "Execution": "exec execution",
        "Struct": "struct object json",
        "Geometry": "geometry",
    }.items()
    for spelling in spellings.split()
}
_VALUE_TYPES: Final = {name.lower(): name for name in ("Array", "HashMap", "HashSet")}
PERMISSIONS: Final = {
    "http": "network:http",
    "websocket": "network:websocket",
    "tcp": "network:tcp",
    "udp": "network:udp",
    "dns": "network:dns",
    "storage_read": "storage:read",
    "storage_write": "storage:write",
    "auth_oauth": "oauth",
    "image_processing": "image:processing",
}
"""Short spellings, beside `network_x` for `network:x`."""

Json = dict[str, Any]


def node_of(given: object, number: int) -> Json:
    """Give a definition as a JSON object with all its members; raises InvalidDefinition."""
    node = _object(given, f"nodes[{number}]")
    _require(node, _OF_A_NODE, f"nodes[{number}]")
    pins = node["pins"]
    if not isinstance(pins, list) or len(pins) > MOST_PINS:
        raise _invalid(f"nodes[{number}].pins", f"a list of at most {MOST_PINS} pins")
    node["pins"] = [_pin(pin, f"nodes[{number}].pins[{index}]") for index, pin in enumerate(pins)]
    node = {**_DEFAULTS, **node}
    node["scores"] = _scores(node.get("scores"), f"nodes[{number}].scores")
    node["permissions"] = _permissions(node.get("permissions"), f"nodes[{number}].permissions")
    return node


def normalised(node: Json) -> Json:
    """Give a definition with the host's reading beside each pin's own words."""
    pins = [{**pin, "normalised": reading(pin)} for pin in node["pins"]]
    return {**node, "pins": pins}


def reading(pin: Json) -> dict[str, str]:
    """
    Read a pin's words as the host does: loosely, and what it does not know as the commonest.

    >>> reading({"pin_type": "OUTPUT", "data_type": "u32", "value_type": "odd"})
    {'pin_type': 'Output', 'data_type': 'Integer', 'value_type': 'Normal'}
    """
    return {
        "pin_type": "Output" if str(pin["pin_type"]).lower() == "output" else "Input",
        "data_type": _DATA_TYPES.get(str(pin["data_type"]).lower(), "Generic"),
        "value_type": _VALUE_TYPES.get(str(pin.get("value_type")).lower(), "Normal"),
    }


def permission(name: str) -> str:
    """
    Give a permission's full name.

    >>> permission("http"), permission("network_tcp"), permission("cache")
    ('network:http', 'network:tcp', 'cache')
    """
    if name.startswith("network_"):
        name = f"network:{name.removeprefix('network_')}"
    return PERMISSIONS.get(name, name)


def _object(given: object, path: str) -> Json:
    """Give an author's definition, whatever class it has, as a JSON object of its own."""
    to_dict = getattr(given, "to_dict", None)
    plain = to_dict() if callable(to_dict) else given
    if not isinstance(plain, Mapping):
        raise _invalid(path, "an object")
    try:
        copied: Json = json.loads(json.dumps(plain, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidDefinition(f"Invalid node definition: {path}: {error}") from None
    return copied


def _pin(given: object, path: str) -> Json:
    if not isinstance(given, dict):
        raise _invalid(path, "an object")
    _require(given, _OF_A_PIN, path)
    return given


def _require(members: Json, names: tuple[str, ...], path: str) -> None:
    for name in names:
        if name not in members:
            raise InvalidDefinition(f"Invalid node definition: {path}: missing field `{name}`")
        if name != "pins" and not isinstance(members[name], str):
            raise _invalid(f"{path}.{name}", "a text")


def _scores(given: object, path: str) -> Json | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise _invalid(path, "an object")
    for name, score in given.items():
        if type(score) is not int or not 0 <= score <= HIGHEST_SCORE:
            raise _invalid(f"{path}.{name}", f"an integer from 0 to {HIGHEST_SCORE}")
    return {**dict.fromkeys(SCORES, 0), **given}


def _permissions(given: object, path: str) -> list[str]:
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise _invalid(path, "a list of names")
    return given


def _invalid(path: str, wanted: str) -> InvalidDefinition:
    return InvalidDefinition(f"Invalid node definition: {path} is not {wanted}")
