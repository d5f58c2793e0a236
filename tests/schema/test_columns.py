"""The column form, its mistakes, and its JSON Schema."""

import pytest
from hypothesis import given

from processor.errors import InvalidSchema
from processor.schema import read_schema
from processor.schema.columns import MOST_TABLES, to_document
from processor.schema.schema import Column
from processor.schema.shape import to_columns
from processor.values import Json
from tests.schema.strategies import as_source, columns


@given(columns)
def test_columns_written_as_json_schema_are_read_back_the_same(given: tuple[Column, ...]) -> None:
    assert to_columns(to_document(given)) == given


@given(columns)
def test_both_spellings_of_the_same_columns_give_the_same_schema(given: tuple[Column, ...]) -> None:
    schema = read_schema(as_source(given))

    assert schema.columns == given
    assert read_schema(schema.document) == schema


def test_a_column_allows_null_unless_it_says_otherwise() -> None:
    schema = read_schema({"columns": [{"name": "id", "type": "Integer"}]})

    assert schema.columns == (Column(name="id", type="Integer", nullable=True),)
    assert schema.nullable == {"id"}


def test_a_column_that_allows_no_null_is_required() -> None:
    document = to_document((Column(name="id", type="Integer", nullable=False),))

    assert document["items"] == {
        "type": "object",
        "properties": {"id": {"type": "integer"}},
        "required": ["id"],
        "additionalProperties": False,
    }


def _nested(tables: int) -> dict[str, Json]:
    inner: dict[str, Json] = {"columns": [{"name": "id", "type": "Integer"}]}
    for _ in range(tables):
        inner = {"columns": [{"name": "lines", "type": "Table", **inner}]}
    return inner


def test_tables_may_nest_as_deep_as_is_said_in_both_spellings() -> None:
    schema = read_schema(_nested(MOST_TABLES))

    assert read_schema(schema.document) == schema


ID: dict[str, Json] = {"name": "id", "type": "Integer"}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"columns": []}, "/columns: give a list of at least one column"),
        ({"columns": {"id": "Integer"}}, "/columns: give a list"),
        ({"columns": [ID], "name": "x"}, "/name: the column form has one member"),
        ({"columns": [ID, "x"]}, "/columns/1: a column is an object"),
        ({"columns": [{"type": "Text"}]}, "/columns/0/name: give the column's name"),
        ({"columns": [{"name": "", "type": "Text"}]}, "/columns/0/name: give the column's name"),
        ({"columns": [{"name": 3, "type": "Text"}]}, "/columns/0/name: give the column's name"),
        ({"columns": [{"name": "a"}]}, "/columns/0/type: give the column's type"),
        ({"columns": [{**ID, "type": "Intger"}]}, "no column type 'Intger'; nearest: 'Integer'"),
        ({"columns": [{**ID, "type": "string"}]}, "no column type 'string'; nearest: 'Text'"),
        ({"columns": [{**ID, "type": "date"}]}, "no column type 'date'; nearest: 'Date'"),
        ({"columns": [{**ID, "type": "☃"}]}, "no column type '☃'; known: 'Integer'"),
        ({"columns": [{**ID, "nulable": True}]}, "no member 'nulable'; nearest: 'nullable'"),
        ({"columns": [{**ID, "nullable": 1}]}, "/columns/0/nullable: say true or false"),
        ({"columns": [{**ID, "nullable": None}]}, "/columns/0/nullable: say true or false"),
        ({"columns": [{**ID, "description": 1}]}, "/columns/0/description: a description is"),
        ({"columns": [ID, ID]}, "/columns: 2 columns are named 'id'"),
        ({"columns": [{**ID, "columns": [ID]}]}, "/columns/0/columns: only a Table has"),
        ({"columns": [{"name": "t", "type": "Table"}]}, "/columns/0/columns: give a list"),
        (
            {"columns": [{"name": "t", "type": "Table", "columns": [ID, {"name": "b"}]}]},
            "/columns/0/columns/1/type: give the column's type",
        ),
        (_nested(MOST_TABLES + 1), "Tables nest deeper than 8"),
        ({"columns": [{"name": f"c{i}", "type": "Text"} for i in range(2001)]}, "2001 columns are"),
    ],
)
def test_a_mistake_in_the_column_form_is_named_with_its_place(
    source: dict[str, Json], said: str
) -> None:
    with pytest.raises(InvalidSchema) as caught:
        read_schema(source)

    assert said in caught.value.message
