"""What JSON Schemas say of their columns."""

import pytest
from hypothesis import given

from processor.schema import read_schema
from processor.schema.schema import Column
from processor.values import Json
from tests.schema.strategies import as_source, columns


def row(**properties: Json) -> dict[str, Json]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def test_a_schema_as_generators_write_it_has_a_column_form() -> None:
    schema = read_schema(
        {
            "$defs": {
                "Order": {
                    **row(
                        id={"type": "integer", "title": "Id"},
                        note={"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
                        lines={"type": "array", "items": {"$ref": "#/$defs/Line"}},
                    ),
                    "required": ["id", "lines"],
                    "title": "Order",
                },
                "Line": {**row(price={"type": "number"}), "required": ["price"]},
            },
            "type": "array",
            "items": {"$ref": "#/$defs/Order"},
        }
    )

    assert schema.columns == (
        Column(name="id", type="Integer", nullable=False),
        Column(name="note", type="Text", nullable=True),
        Column(
            name="lines",
            type="Table",
            nullable=False,
            columns=(Column(name="price", type="Double", nullable=False),),
        ),
    )


@pytest.mark.parametrize(
    "source",
    [
        {"type": "object", "properties": {"id": {"type": ["integer", "null"]}}},
        row(id={"type": "integer"}),
        {**row(id={"type": ["integer", "null"]}), "required": ["id"]},
        row(id={"type": ["integer", "null"], "minimum": 0}),
        row(id={"type": ["integer", "string", "null"]}),
        row(at={"type": ["string", "null"], "format": "date-time"}),
        row(kind={"enum": ["a", None]}),
        {**row(id={"type": ["integer", "null"]}), "minProperties": 1},
        row(lines={"type": ["array", "null"], "items": {"type": "object"}}),
    ],
    ids=str,
)
def test_what_columns_cannot_say_has_no_column_form(source: dict[str, Json]) -> None:
    assert read_schema(source).columns is None


def test_names_are_the_declared_properties() -> None:
    assert read_schema({"type": "object", "properties": {"id": {}}}).names == frozenset({"id"})


@pytest.mark.parametrize("more", [{"allOf": [{"required": ["b"]}]}, {"if": {}, "then": {}}])
def test_a_composed_row_says_no_names_and_gets_no_nulls(more: dict[str, Json]) -> None:
    schema = read_schema({"type": "object", "properties": {"id": {}}, **more})

    assert schema.names is None
    assert schema.nullable == frozenset()


@pytest.mark.parametrize(
    ("column", "nullable"),
    [
        ({}, True),
        (True, True),
        (False, False),
        ({"type": ["string", "null"]}, True),
        ({"type": "string"}, False),
        ({"type": ["string", "null"], "enum": ["a"]}, False),
        ({"$ref": "#/$defs/Null"}, True),
        ({"type": ["string", "null"], "$ref": "#/$defs/Text"}, False),
        ({"anyOf": [{"type": "null"}, {"type": "integer"}]}, True),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, False),
    ],
    ids=str,
)
def test_a_column_is_nullable_where_null_passes_for_certain(column: Json, nullable: bool) -> None:
    defs: dict[str, Json] = {"Null": {"type": "null"}, "Text": {"type": "string"}}

    schema = read_schema({"type": "object", "properties": {"a": column}, "$defs": defs})

    assert schema.nullable == ({"a"} if nullable else set())


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "integer", "minimum": 0}, "Integer"),
        ({"type": ["integer", "number", "null"]}, "Double"),
        ({"type": ["string", "null"], "enum": ["a", None]}, "Text"),
        ({"type": "string", "contentEncoding": "base64"}, "Base64"),
        ({"type": "object"}, "JSON"),
        ({"type": ["array", "null"], "maxItems": 2}, "JSON"),
        ({}, "JSON"),
        ({"type": ["integer", "string"]}, None),
        ({"type": "null"}, None),
        ({"enum": ["a", "b"]}, None),
        ({"minimum": 0}, None),
    ],
)
def test_a_property_has_the_type_that_all_its_values_are_of(schema: Json, kind: str | None) -> None:
    read = read_schema({"type": "object", "properties": {"a": schema}})

    assert read.layout.types == (("a", kind),)


@given(columns)
def test_the_types_of_columns_are_in_their_order(drawn: tuple[Column, ...]) -> None:
    expected = [(c.name, "JSON" if c.type == "Table" else c.type) for c in drawn]

    assert list(read_schema(as_source(drawn)).layout.types) == expected
