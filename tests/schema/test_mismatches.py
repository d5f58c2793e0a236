"""Where rows and schema differ."""

import resource

import jsonschema  # type: ignore[import-untyped]  # (it ships no types)
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import Mismatch, OutputMismatch
from processor.schema import check_rows, read_schema
from processor.schema.mismatches import MOST_LISTED, mismatches_of
from processor.schema.schema import Column, Schema
from processor.values import Json
from tests.schema.strategies import as_source, columns, wild_rows

ORDERS = read_schema(
    {
        "columns": [
            {"name": "id", "type": "Integer", "nullable": False},
            {"name": "price", "type": "Double"},
            {"name": "paid", "type": "Boolean"},
            {"name": "note", "type": "Text"},
            {"name": "at", "type": "Date"},
            {
                "name": "lines",
                "type": "Table",
                "columns": [{"name": "sku", "type": "Text", "nullable": False}],
            },
        ]
    }
)


def refusal(rows: Json, schema: Schema = ORDERS) -> OutputMismatch:
    with pytest.raises(OutputMismatch) as caught:
        check_rows(msgspec.json.encode(rows), schema, longest=None)
    return caught.value


def only(rows: Json, schema: Schema = ORDERS) -> Mismatch:
    (mismatch,) = refusal(rows, schema).mismatches
    return mismatch


def test_a_mismatch_says_all_there_is_to_say() -> None:
    assert only([{"id": 1}, {"id": "12,50"}]) == Mismatch(
        row=1,
        column="id",
        pointer="/1/id",
        expected="Integer, not null",
        actual='Text "12,50"',
        message="row 1, column 'id': expected Integer, not null; found Text \"12,50\"",
    )


@pytest.mark.parametrize(
    ("row", "column", "expected", "actual"),
    [
        ({"id": True}, "id", "Integer, not null", "Boolean true"),
        ({"id": 1.5}, "id", "Integer, not null", "Double 1.5"),
        ({"id": None}, "id", "Integer, not null", "null"),
        ({}, "id", "Integer, not null", "nothing"),
        ({"id": 1, "price": "1"}, "price", "Double or null", 'Text "1"'),
        ({"id": 1, "price": False}, "price", "Double or null", "Boolean false"),
        ({"id": 1, "paid": 0}, "paid", "Boolean or null", "Integer 0"),
        ({"id": 1, "note": 5}, "note", "Text or null", "Integer 5"),
        ({"id": 1, "at": "2023-02-29"}, "at", "Date or null", 'Text "2023-02-29"'),
        ({"id": 1, "at": 20240101}, "at", "Date or null", "Integer 20240101"),
        ({"id": 1, "lines": {}}, "lines", "Table or null", "object {}"),
        ({"id": 1, "prise": 2}, "prise", "no such column; nearest: 'price'", "Integer 2"),
        ([1], None, "a row, which is an object", "list [1]"),
        (None, None, "a row, which is an object", "null"),
    ],
)
def test_each_kind_of_mismatch_is_worded(
    row: Json, column: str | None, expected: str, actual: str
) -> None:
    mismatch = only([row])

    assert (mismatch.column, mismatch.expected, mismatch.actual) == (column, expected, actual)


def test_a_mismatch_inside_a_table_has_the_table_s_column_and_a_full_pointer() -> None:
    mismatch = only([{"id": 1, "lines": [{"sku": "a"}, {"sku": 7}]}])

    assert (mismatch.column, mismatch.pointer) == ("lines", "/0/lines/1/sku")
    assert "row 0, column 'lines' at /1/sku: expected Text, not null" in mismatch.message


def test_the_message_counts_mismatches_and_rows() -> None:
    error = refusal([{"id": "a", "x": 1}, {"id": 1}, {"id": "b"}])

    assert error.message.startswith("3 mismatches in 2 rows; first: row 0, column 'x'")
    assert error.mismatch_count == 3


def test_one_mismatch_is_counted_in_the_singular() -> None:
    assert refusal([{}]).message.startswith("1 mismatch in 1 row; first: row 0, column 'id'")


def test_the_first_twenty_are_listed_and_all_are_counted() -> None:
    error = refusal([{"id": "a"}] * 25)

    assert len(error.mismatches) == MOST_LISTED
    assert error.mismatch_count == 25
    assert [m.row for m in error.mismatches] == list(range(MOST_LISTED))


OPEN = read_schema(
    {
        "type": "object",
        "required": ["id", "kind"],
        "properties": {
            "id": {"type": ["integer", "null"], "minimum": 0},
            "kind": {"enum": ["a", "b"]},
            "at": {"type": "string", "format": "date-time"},
            "tags": {"type": "array", "items": {"type": "string", "maxLength": 3}},
        },
        "additionalProperties": False,
    }
)


@pytest.mark.parametrize(
    ("row", "pointer", "expected", "actual"),
    [
        ({"kind": "a"}, "/0/id", "a value", "nothing"),
        ({"kind": "a", "id": "x"}, "/0/id", "integer or null", 'Text "x"'),
        ({"kind": "a", "id": -1}, "/0/id", "minimum 0", "Integer -1"),
        ({"kind": "c", "id": 1}, "/0/kind", "one of 'a', 'b'", 'Text "c"'),
        ({"kind": "a", "id": 1, "at": "now"}, "/0/at", "format date-time", 'Text "now"'),
        ({"kind": "a", "id": 1, "tags": ["long"]}, "/0/tags/0", "maxLength 3", 'Text "long"'),
        (
            {"kind": "a", "id": 1, "atx": 1},
            "/0/atx",
            "no such column; nearest: 'at'",
            "Integer 1",
        ),
        (3, "/0", "object", "Integer 3"),
    ],
)
def test_keywords_of_a_json_schema_are_worded(
    row: Json, pointer: str, expected: str, actual: str
) -> None:
    mismatch = only([row], OPEN)

    assert (mismatch.pointer, mismatch.expected, mismatch.actual) == (pointer, expected, actual)


def test_an_error_of_several_columns_is_a_mismatch_each() -> None:
    error = refusal([{"p": 1, "q": 2}], OPEN)

    assert sorted((m.column, m.actual) for m in error.mismatches) == [
        ("id", "nothing"), ("kind", "nothing"), ("p", "Integer 1"), ("q", "Integer 2"),
    ]  # fmt: skip


def _keys(errors: list[jsonschema.ValidationError], rows: list[Json]) -> set[tuple[object, ...]]:
    found: set[tuple[object, ...]] = set()
    for error in errors:
        path = tuple(error.absolute_path)
        match error.validator:
            case "required":
                names = [name for name in error.validator_value if name not in error.instance]
                found |= {(*path, name) for name in names}
            case "additionalProperties":
                known = error.schema["properties"]
                found |= {(*path, name) for name in error.instance if name not in known}
            case _:
                found.add(path)
    return found


@given(st.data())
def test_the_mismatches_are_those_of_another_validator(data: st.DataObject) -> None:
    drawn: tuple[Column, ...] = data.draw(columns)
    rows: list[Json] = msgspec.json.decode(msgspec.json.encode(data.draw(wild_rows(drawn))))
    schema = read_schema(as_source(drawn))
    oracle = jsonschema.Draft202012Validator(schema.document)

    expected = _keys(list(oracle.iter_errors(rows)), rows)
    found = mismatches_of(rows, schema)

    assert schema.validator.is_valid(rows) is (not expected)
    assert found.total == len(expected)
    assert found.rows == len({path[0] for path in expected})


@given(st.data())
def test_both_ways_of_finding_count_the_same(data: st.DataObject) -> None:
    drawn: tuple[Column, ...] = data.draw(columns)
    rows: list[Json] = msgspec.json.decode(msgspec.json.encode(data.draw(wild_rows(drawn))))
    by_column = read_schema(as_source(drawn))
    by_keyword = read_schema(by_column.document | {"items": _opaque(by_column.document["items"])})

    assert by_keyword.columns is None
    assert mismatches_of(rows, by_keyword).total == mismatches_of(rows, by_column).total


def _opaque(row: Json) -> Json:
    # `minProperties: 0` says nothing, but no column form can say it.
    assert isinstance(row, dict)
    return {**row, "minProperties": 0}


def test_a_hundred_thousand_bad_rows_need_no_more_memory_than_good_ones() -> None:
    rows: list[Json] = [{f"c{i}": "x" for i in range(10)}] * 100_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    found = mismatches_of(rows, ORDERS)

    assert found.total == 1_100_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


@pytest.mark.parametrize("open_", [False, True])
def test_a_wide_and_large_row_that_lacks_everything_does_not_fill_the_memory(open_: bool) -> None:
    schema = read_schema({"columns": [
        {"name": f"c{i}", "type": "Integer", "nullable": False} for i in range(2000)
    ]})  # fmt: skip
    if open_:
        schema = read_schema(schema.document | {"items": _opaque(schema.document["items"])})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    found = mismatches_of([{"x": "y" * 5_000_000}], schema)

    assert found.total == (1 if open_ else 2001)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_a_row_nested_too_deep_to_explain_is_still_a_mismatch() -> None:
    deep: Json = 1
    for _ in range(500):
        deep = [deep]
    schema = read_schema({"type": "object", "properties": {"a": {"enum": [1]}}})

    assert only([{"a": deep}], schema).row == 0
