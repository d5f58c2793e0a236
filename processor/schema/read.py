"""
Schemas from outside, in the column form or as JSON Schema.

A schema is hostile input. Before anything is compiled its size and depth are bounded, and
`keywords` bounds what it unfolds to; patterns run in linear time; a reference to a network
or a file has a refusal of its own and, behind it, a retriever that fetches nothing.
"""

from functools import lru_cache
from typing import Final, NoReturn

import msgspec
from jsonschema_rs import (
    Draft4Validator,
    Draft202012Validator,
    RegexOptions,
    ValidationError,
    ValidationErrorKind,
)

from processor.errors import InvalidSchema
from processor.values import Json

from .columns import DIALECT, read_columns, to_document, to_exact_document
from .keywords import check_keywords, definitions
from .schema import Column, Schema
from .shape import layout_of, resolved, to_columns
from .wording import nearest, pointer_of, quoted, refused, short

LARGEST: Final = 256 * 1024
"""The most bytes that a schema may have, as JSON."""
DEEPEST: Final = 32
"""How deep lists and objects may nest in a schema."""
_KEPT: Final = 64
_PATTERN_BYTES: Final = 1024 * 1024
_ARRAY_KEYWORDS: Final = frozenset({
    "$schema", "$id", "$defs", "$comment", "type", "items", "title", "description", "default",
    "examples", "deprecated",
})  # fmt: skip


def read_schema(source: dict[str, Json]) -> Schema:
    """
    Read a schema in one of its spellings.

    The column form `{"columns": […]}`, a JSON Schema 2020-12 of one row (`"type": "object"`), or
    one of the array of rows. The same source gives the same, shared value while it is remembered.
    Raises InvalidSchema, with a JSON pointer into the source and what to do.
    """
    try:
        encoded = msgspec.json.encode(source)
    except RecursionError:
        raise refused("", f"it nests deeper than {DEEPEST}") from None
    except (ValueError, TypeError) as error:
        raise refused("", f"it is no JSON: {error}") from None
    if len(encoded) > LARGEST:
        raise refused("", f"it has {len(encoded)} bytes as JSON, more than {LARGEST}")
    return _read(encoded)


def require_column(schema: Schema, name: str) -> None:
    """Raise InvalidSchema where rows of that schema can have no such column (rule 26)."""
    if schema.names is not None and name not in schema.names:
        raise InvalidSchema(
            f"the data checkpoint column {quoted(name)} is no column of the output schema; "
            f"{nearest(name, sorted(schema.names))}"
        )


@lru_cache(maxsize=_KEPT)
def _read(encoded: bytes) -> Schema:
    # Decoded anew, so that the shared value does not change with its caller's.
    source: dict[str, Json] = msgspec.json.decode(encoded)
    _check_depth(source)
    if "columns" in source:
        columns = read_columns(source)
        return _compiled(to_document(columns), columns, written_at=0)
    check_keywords(source)
    if source.get("type") == "array" or "items" in source:
        document, written_at = _of_array(source), 0
    elif source.get("type") == "object" or source.keys() & {"properties", "$ref"}:
        document, written_at = _of_row(source), 1
    else:
        raise refused("", 'give "columns", or a JSON Schema of "type": "object" or "array"')
    return _compiled(document, None, written_at=written_at)


def _check_depth(source: Json) -> None:
    level: list[Json] = [source]
    for _ in range(DEEPEST + 1):
        inner: list[Json] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        level = inner
    if level:
        raise refused("", f"it nests deeper than {DEEPEST}; say less, or use a JSON column")


def _of_array(source: dict[str, Json]) -> dict[str, Json]:
    for keyword in source.keys() - _ARRAY_KEYWORDS:
        if not keyword.startswith("x-"):
            raise refused(
                pointer_of([keyword]), "the array of rows has `items` only; `limits.rows` bounds it"
            )
    return {
        **source,
        "$schema": DIALECT,
        "type": "array",
        "items": _object(source.get("items", True), definitions(source)),
    }


def _of_row(source: dict[str, Json]) -> dict[str, Json]:
    row = {k: v for k, v in source.items() if k not in {"$schema", "$id", "$defs"}}
    defs = {"$defs": source["$defs"]} if "$defs" in source else {}
    return {"$schema": DIALECT, "type": "array", "items": _object(row, definitions(source)), **defs}


def _object(row: Json, defs: dict[str, Json]) -> dict[str, Json]:
    plain = resolved(row, defs) if isinstance(row, dict | bool) else {"type": type(row).__name__}
    if plain.get("type", "object") != "object":
        raise refused("/items", 'a row is an object: say "type": "object"')
    return {"type": "object", **plain}


def _compiled(
    document: dict[str, Json], columns: tuple[Column, ...] | None, *, written_at: int
) -> Schema:
    try:
        validator = validator_of(document)
    except ValidationError as error:
        _refuse(error, written_at)
    columns = columns if columns is not None else to_columns(document)
    return Schema(
        document=document,
        columns=columns,
        layout=layout_of(document),
        validator=validator,
        exact=Draft4Validator(
            to_exact_document(columns), retriever=_nothing, pattern_options=_patterns()
        )
        if columns is not None
        else None,
    )


def validator_of(document: dict[str, Json]) -> Draft202012Validator:
    """Compile a schema that was checked; raises jsonschema_rs's ValidationError."""
    return Draft202012Validator(
        document, validate_formats=True, retriever=_nothing, pattern_options=_patterns()
    )


def _patterns() -> RegexOptions:
    return RegexOptions(size_limit=_PATTERN_BYTES, dfa_size_limit=_PATTERN_BYTES)


def _nothing(uri: str) -> NoReturn:
    raise ValueError(f"nothing is fetched: {uri}")


def _refuse(error: ValidationError, written_at: int) -> NoReturn:
    # A row's schema was moved under `items`: its author knows nothing of that.
    path = error.instance_path
    path = path[written_at:] if path[:1] == ["items"] else path
    match error.kind:
        case ValidationErrorKind.Format("regex"):
            message = (
                "the pattern cannot run in linear time (look-around, back-references), "
                "is too large, or is no regular expression"
            )
        case _:
            message = short(error.message, 300)
    raise refused(pointer_of(path), message) from None
