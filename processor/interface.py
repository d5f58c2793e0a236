"""
The interface as OpenAPI 3.1: written by hand in `schemas/openapi.json`, whole once it is read.

What it says of bodies lies in `schemas/wire`, a file for each. A reader gets one document, so every
file becomes a component, and what points to the file points to the component.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from processor.errors import ProcessorFault

_SUFFIX: Final = ".schema.json"
_FOLDER: Final = "wire/"
_OF_FILES: Final = ("$schema", "$id")
"""What a file says of itself, and a part of another document does not."""


def read_interface(schemas: Path) -> bytes:
    """Give the document without references to other files; raises ProcessorFault."""
    document: dict[str, Any] = _read(schemas / "openapi.json")
    components: dict[str, Any] = document["components"]["schemas"]
    waiting = list(_files_named_in(document))
    while waiting:
        file = waiting.pop()
        if component_of(file) not in components:
            schema = _read(schemas / _FOLDER / file)
            waiting += _files_named_in(schema)
            components[component_of(file)] = schema
    for name, schema in components.items():
        components[name] = _joined(schema, f"#/components/schemas/{name}")
    document["components"]["schemas"] = dict(sorted(components.items()))
    return json.dumps(_joined(document, ""), ensure_ascii=False, separators=(",", ":")).encode()


def component_of(file: str) -> str:
    """
    Name the component that a file becomes.

    >>> component_of("run_list.schema.json")
    'RunList'
    """
    return "".join(word.capitalize() for word in file.removesuffix(_SUFFIX).split("_"))


def _read(file: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ProcessorFault(f"{file} cannot be read: {error}") from None
    return content


def _files_named_in(value: Any) -> Iterator[str]:
    match value:
        case {"$ref": str(reference)} if not reference.startswith("#"):
            yield reference.partition("#")[0].removeprefix(_FOLDER)
        case dict():
            for inner in value.values():
                yield from _files_named_in(inner)
        case list():
            for inner in value:
                yield from _files_named_in(inner)
        case _:
            pass


def _joined(value: Any, here: str) -> Any:
    """Give a value whose references lead within the whole; `here` is its component, if any."""
    match value:
        case dict():
            named = {k: _joined(v, here) for k, v in value.items() if k not in _OF_FILES}
            if isinstance(value.get("$ref"), str):
                named["$ref"] = _led(value["$ref"], here)
            return named
        case list():
            return [_joined(each, here) for each in value]
        case _:
            return value


def _led(reference: str, here: str) -> str:
    file, _, inside = reference.partition("#")
    if file:
        return f"#/components/schemas/{component_of(file.removeprefix(_FOLDER))}{inside}"
    return f"{here}{inside}" if inside.startswith("/$defs/") else reference
