"""The column form, and what it is as JSON Schema."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from processor.values import Json

from .dates import ACCEPTED, DELIVERED
from .schema import Column
from .wording import nearest, quoted, refused

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MOST_COLUMNS: Final = 2000
MOST_TABLES: Final = 8
"""How deep Tables may nest."""
TYPE: Final = "x-processor-type"
"""Names the column type where JSON Schema checks it but cannot name it: Date."""

DATE: Final[dict[str, Json]] = {TYPE: "Date", "pattern": ACCEPTED}

_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "Integer": ("integer",),
    "Double": ("number",),
    "Boolean": ("boolean",),
    "Text": ("string",),
    "Date": ("string",),
    "Base64": ("string",),
    "JSON": ("array", "boolean", "number", "object", "string"),
    "Table": ("array",),
}
_MEMBERS: Final = ("name", "type", "nullable", "description", "columns")
_ALIASES: Final = {
    "string": "Text", "str": "Text", "varchar": "Text", "int": "Integer", "bigint": "Integer",
    "number": "Double", "float": "Double", "decimal": "Double", "bool": "Boolean",
    "datetime": "Date", "timestamp": "Date", "bytes": "Base64", "binary": "Base64",
    "any": "JSON", "object": "JSON", "array": "Table", "list": "Table",
}  # fmt: skip


def read_columns(source: dict[str, Json]) -> tuple[Column, ...]:
    """
    Read `{"columns": [{"name", "type", "nullable"?, "description"?, "columns"?}]}`.

    `nullable` is true where it is not said: on the platform every column allows null unless its
    author forbids it. Raises InvalidSchema with a pointer to the mistake.
    """
    for member in source.keys() - {"columns"}:
        raise refused(f"/{member}", "the column form has one member, 'columns'")
    columns = _columns(source["columns"], "/columns", tables=0)
    if (count := sum(1 for _ in _all(columns))) > MOST_COLUMNS:
        raise refused("/columns", f"{count} columns are more than {MOST_COLUMNS}; split the step")
    return columns


def _all(columns: tuple[Column, ...]) -> Iterator[Column]:
    for column in columns:
        yield column
        yield from _all(column.columns)


def _columns(given: Json, at: str, *, tables: int) -> tuple[Column, ...]:
    if not isinstance(given, list) or not given:
        raise refused(at, "give a list of at least one column")
    if tables > MOST_TABLES:
        raise refused(at, f"Tables nest deeper than {MOST_TABLES}; use a JSON column inside")
    columns = tuple(_column(item, f"{at}/{i}", tables=tables) for i, item in enumerate(given))
    name, count = Counter(column.name for column in columns).most_common(1)[0]
    if count > 1:
        raise refused(at, f"{count} columns are named {quoted(name)}; names must differ")
    return columns


def _column(given: Json, at: str, *, tables: int) -> Column:
    if not isinstance(given, dict):
        raise refused(at, 'a column is an object such as {"name": "id", "type": "Integer"}')
    for member in given.keys() - set(_MEMBERS):
        raise refused(at, f"a column has no member {quoted(member)}; {nearest(member, _MEMBERS)}")
    match given.get("name"):
        case str(name) if name:
            pass
        case _:
            raise refused(f"{at}/name", "give the column's name, a text that is not empty")
    match given.get("nullable", True):
        case bool(nullable):
            pass
        case _:
            raise refused(f"{at}/nullable", "say true or false")
    kind = _type(given.get("type"), f"{at}/type")
    return Column(
        name=name,
        type=kind,
        nullable=nullable,
        description=_description(given, at),
        columns=_nested(given, kind, at, tables=tables),
    )


def _type(given: Json, at: str) -> str:
    if not isinstance(given, str):
        raise refused(at, f"give the column's type, one of {', '.join(_TYPES)}")
    if given not in _TYPES:
        alias = _ALIASES.get(given.casefold())
        near = f"nearest: {alias!r}" if alias else nearest(given, _TYPES)
        raise refused(at, f"there is no column type {quoted(given)}; {near}")
    return given


def _description(given: dict[str, Json], at: str) -> str | None:
    description = given.get("description")
    if description is not None and not isinstance(description, str):
        raise refused(f"{at}/description", "a description is a text")
    return description


def _nested(given: dict[str, Json], kind: str, at: str, *, tables: int) -> tuple[Column, ...]:
    if kind == "Table":
        return _columns(given.get("columns"), f"{at}/columns", tables=tables + 1)
    if "columns" in given:
        raise refused(f"{at}/columns", f"only a Table has columns of its own, not {kind}")
    return ()


def to_document(columns: tuple[Column, ...]) -> dict[str, Json]:
    """Give the JSON Schema 2020-12 of an array of such rows."""
    row = _row(columns, date={"$ref": "#/$defs/Date"}, complete=False)
    document: dict[str, Json] = {"$schema": DIALECT, "type": "array", "items": row}
    if any(column.type == "Date" for column in _all(columns)):
        document["$defs"] = {"Date": DATE}
    return document


def to_exact_document(columns: tuple[Column, ...]) -> dict[str, Json]:
    """
    Give the JSON Schema of such rows as they are delivered: complete, dates in ISO 8601.

    In draft 4, where 3.0 is no integer and nothing stands beside a `$ref`.
    """
    row = _row(columns, date={"allOf": [{"$ref": "#/definitions/Date"}]}, complete=True)
    return {"type": "array", "items": row, "definitions": {"Date": {"pattern": DELIVERED}}}


def _row(columns: tuple[Column, ...], *, date: dict[str, Json], complete: bool) -> dict[str, Json]:
    required: list[Json] = [c.name for c in columns if complete or not c.nullable]
    return {
        "type": "object",
        "properties": {c.name: _property(c, date=date, complete=complete) for c in columns},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _property(column: Column, *, date: dict[str, Json], complete: bool) -> dict[str, Json]:
    types: list[Json] = [*_TYPES[column.type], *(["null"] if column.nullable else [])]
    spelling: dict[str, Json] = {"type": types if len(types) > 1 else types[0]}
    match column.type:
        case "Date":
            spelling |= date
        case "Base64":
            spelling["contentEncoding"] = "base64"
        case "Table":
            spelling["items"] = _row(column.columns, date=date, complete=complete)
        case _:
            pass
    if column.description is not None:
        spelling["description"] = column.description
    return spelling
