"""What a JSON Schema says of the columns of its rows, as far as the column form can say it."""

from typing import Final

from processor.values import Json

from .columns import DATE, TYPE
from .keywords import definitions, target
from .schema import Column, Layout

_ANNOTATIONS: Final = frozenset({
    "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
    "$comment", "$defs", "$schema", "$id", TYPE,
})  # fmt: skip
# Where one of these stands beside `properties`, a row that lacks a column may differ from one
# that has it as null, so nothing is added to rows.
_COMPOSED: Final = frozenset({
    "$ref", "allOf", "anyOf", "oneOf", "not", "if", "dependentRequired", "dependentSchemas",
    "unevaluatedProperties", "maxProperties", "const", "enum",
})  # fmt: skip
_ANY: Final = frozenset({"array", "boolean", "number", "object", "string"})
_SIMPLE: Final = {
    frozenset({"integer"}): "Integer",
    frozenset({"number"}): "Double",
    frozenset({"boolean"}): "Boolean",
    frozenset({"string"}): "Text",
    _ANY: "JSON",
}


def to_columns(document: dict[str, Json]) -> tuple[Column, ...] | None:
    """
    Give the column form of a JSON Schema of an array of rows, or None where it cannot say it.

    What is checked stays the same, descriptions too; other annotations are not carried.
    """
    return _columns(document["items"], definitions(document))


def _columns(row: Json, defs: dict[str, Json]) -> tuple[Column, ...] | None:
    rest = _assertions(resolved(row, defs))
    properties = rest.pop("properties", None)
    required = rest.pop("required", [])
    if rest != {"type": "object", "additionalProperties": False}:
        return None
    if not isinstance(properties, dict) or not isinstance(required, list) or not properties:
        return None
    columns = [_column(name, schema, defs) for name, schema in properties.items()]
    found = tuple(column for column in columns if column is not None)
    told = set(map(str, required)) == {column.name for column in found if not column.nullable}
    return found if told and len(found) == len(columns) else None


def _column(name: str, schema: Json, defs: dict[str, Json]) -> Column | None:
    description = schema.get("description") if isinstance(schema, dict) else None
    plain, null = _without_null(schema, defs)
    if (named := _named(plain, defs)) is None:
        return None
    return Column(
        name=name,
        type=named[0],
        nullable=null,
        description=description if isinstance(description, str) else None,
        columns=named[1],
    )


def _named(schema: dict[str, Json], defs: dict[str, Json]) -> tuple[str, tuple[Column, ...]] | None:
    types = _types(schema) - {"null"}
    rest = _assertions(schema)
    rest.pop("type", None)
    if not rest:
        simple = _SIMPLE.get(types)
        return None if simple is None else (simple, ())
    if types == {"string"} and rest == {"contentEncoding": "base64"}:
        return "Base64", ()
    if types == {"string"} and rest.keys() == {"$ref"} and _is_date(schema, defs):
        return "Date", ()
    if types == {"array"} and rest.keys() == {"items"}:
        nested = _columns(rest["items"], defs)
        return None if nested is None else ("Table", nested)
    return None


def layout_of(document: dict[str, Json]) -> Layout:
    """Give what delivering rows needs to know, from a JSON Schema of an array of rows."""
    return _layout(document["items"], definitions(document))


def _layout(row: Json, defs: dict[str, Json]) -> Layout:
    row = resolved(row, defs)
    properties = row.get("properties")
    if row.keys() & _COMPOSED or not isinstance(properties, dict):
        return Layout(names=None, closed=False)
    plain = {name: _without_null(schema, defs) for name, schema in properties.items()}
    return Layout(
        names=frozenset(properties),
        closed=row.get("additionalProperties") is False and "patternProperties" not in row,
        nullable=tuple(name for name, (_, null) in plain.items() if null),
        integers=tuple(name for name, (schema, _) in plain.items() if _is_integer(schema)),
        dates=tuple(name for name, (schema, _) in plain.items() if _is_date(schema, defs)),
        types=tuple((name, _type_of(schema, defs)) for name, (schema, _) in plain.items()),
        tables=tuple(
            (name, _layout(schema["items"], defs))
            for name, (schema, _) in plain.items()
            if _types(schema) - {"null"} == {"array"} and isinstance(schema.get("items"), dict)
        ),
    )


def _without_null(schema: Json, defs: dict[str, Json]) -> tuple[dict[str, Json], bool]:
    """Give a schema's part for values, and whether null passes for certain."""
    plain = resolved(schema, defs)
    match plain.get("anyOf"):
        case [value, {"type": "null"}] | [{"type": "null"}, value] if _assertions(plain).keys() == {
            "anyOf"
        }:
            return resolved(value, defs), True
    date = _assertions(plain).keys() <= {"type", "$ref"} and _is_date(plain, defs)
    simple = date or not plain.keys() & _COMPOSED
    return plain, simple and "null" in _types(plain)


def resolved(schema: Json, defs: dict[str, Json]) -> dict[str, Json]:
    """Follow a `$ref` where nothing else is asserted beside it."""
    while isinstance(schema, dict) and _assertions(schema).keys() == {"$ref"}:
        schema = defs[target(schema["$ref"]) or ""]
    if isinstance(schema, dict):
        return schema
    return {"not": {}} if schema is False else {}


def _assertions(schema: dict[str, Json]) -> dict[str, Json]:
    return {k: v for k, v in schema.items() if k not in _ANNOTATIONS and not k.startswith("x-")}


def _types(schema: dict[str, Json]) -> frozenset[str]:
    match schema.get("type"):
        case str(one):
            return frozenset({one})
        case list(many):
            return frozenset(map(str, many))
        case _:
            return _ANY | {"null"}


def _type_of(schema: dict[str, Json], defs: dict[str, Json]) -> str | None:
    """Give the column type that all values of a property are of, whatever else is said of them."""
    types = _types(schema) - {"null"}
    if _is_date(schema, defs):
        return "Date"
    if types == {"string"} and schema.get("contentEncoding") == "base64":
        return "Base64"
    if types and types <= {"array", "object"}:
        return "JSON"
    if types == {"integer", "number"}:
        return "Double"
    if "type" not in schema and _assertions(schema):
        return None
    return _SIMPLE.get(types)


def _is_integer(schema: dict[str, Json]) -> bool:
    types = _types(schema)
    return "integer" in types and "number" not in types


def _is_date(schema: dict[str, Json], defs: dict[str, Json]) -> bool:
    name = target(schema.get("$ref"))
    return name is not None and defs[name] == DATE
