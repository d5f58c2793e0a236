"""Rows that do not match, and what `on_mismatch` makes of them."""

import time
from contextlib import suppress
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import InputMismatch, InvalidSchema, OutputMismatch
from processor.schema import Checked, OnMismatch, check_rows, read_schema
from processor.schema.mismatches import MOST_LISTED, mismatches_of
from processor.schema.schema import Schema
from processor.values import Json
from tests.schema.strategies import as_source, columns, rows_of, wild_rows

ORDERS = read_schema({
    "columns": [
        {"name": "id", "type": "Integer", "nullable": False},
        {"name": "price", "type": "Double"},
        {"name": "paid", "type": "Boolean"},
        {"name": "note", "type": "Text"},
        {"name": "at", "type": "Date"},
        {
            "name": "lines",
            "type": "Table",
            "columns": [
                {"name": "sku", "type": "Text", "nullable": False},
                {"name": "count", "type": "Integer"},
            ],
        },
    ]
})  # fmt: skip
PLAIN = read_schema({
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "rate": {"type": ["number", "null"], "maximum": 1},
        "size": {"$ref": "#/$defs/Size"},
        "either": {"type": ["integer", "string", "null"], "minimum": 3},
        "tags": {"type": ["array", "null"], "items": {"type": "string"}},
    },
    "additionalProperties": False,
    "$defs": {"Size": {"type": ["string", "null"], "maxLength": 3}},
})  # fmt: skip
MODES = get_args(OnMismatch)


def checked(rows: Json, on_mismatch: OnMismatch, schema: Schema = ORDERS) -> Checked:
    return check_rows(msgspec.json.encode(rows), schema, longest=None, on_mismatch=on_mismatch)


def delivered(rows: Json, on_mismatch: OnMismatch, schema: Schema = ORDERS) -> list[Json]:
    """Give the delivered rows without the columns that are null."""
    given: list[dict[str, Json]] = msgspec.json.decode(checked(rows, on_mismatch, schema).content)
    return [{name: value for name, value in row.items() if value is not None} for row in given]


def refusal(rows: Json, on_mismatch: OnMismatch, schema: Schema = ORDERS) -> OutputMismatch:
    with pytest.raises(OutputMismatch) as caught:
        checked(rows, on_mismatch, schema)
    return caught.value


# Every mode


@given(st.data(), st.sampled_from(MODES))
def test_matching_rows_are_untouched_by_every_mode(data: st.DataObject, mode: OnMismatch) -> None:
    drawn = data.draw(columns)
    rows = data.draw(rows_of(drawn))
    schema = read_schema(as_source(drawn))

    answer = checked(rows, mode, schema)

    assert answer.content == checked(rows, "reject", schema).content
    assert (answer.coerced, answer.discarded_values, answer.discarded_rows) == (0, 0, 0)
    assert answer.remarks() == []


@given(st.data(), st.sampled_from(MODES))
def test_what_every_mode_delivers_passes_reject_unchanged(
    data: st.DataObject, mode: OnMismatch
) -> None:
    drawn = data.draw(columns)
    schema = read_schema(as_source(drawn))
    rows = data.draw(wild_rows(drawn))

    try:
        answer = checked(rows, mode, schema)
    except OutputMismatch:
        assert mode != "discard_row"
        return

    assert check_rows(answer.content, schema, longest=None).content == answer.content


@given(st.data(), st.sampled_from(MODES))
def test_counts_add_up(data: st.DataObject, mode: OnMismatch) -> None:
    drawn = data.draw(columns)
    schema = read_schema(as_source(drawn))
    rows: list[Json] = data.draw(wild_rows(drawn))
    before = mismatches_of(rows, schema)

    with suppress(OutputMismatch):
        answer = checked(rows, mode, schema)
        changes = answer.coerced + answer.discarded_values + answer.discarded_rows

        assert answer.count + answer.discarded_rows == len(rows)
        assert len(answer.handled) == min(changes, MOST_LISTED)
        assert {mismatch.row for mismatch in answer.handled} <= set(range(len(rows)))
        assert changes <= before.total
        assert answer.coerced == (before.total if mode == "coerce" else 0)
        assert answer.discarded_rows == (before.rows if mode == "discard_row" else 0)


@given(st.data(), st.sampled_from(MODES))
def test_mending_leaves_no_more_mismatches_than_there_were(
    data: st.DataObject, mode: OnMismatch
) -> None:
    drawn = data.draw(columns)
    schema = read_schema(as_source(drawn))
    rows: list[Json] = data.draw(wild_rows(drawn))
    before = mismatches_of(rows, schema)
    left = 0

    try:
        checked(rows, mode, schema)
    except OutputMismatch as error:
        left = error.mismatch_count

    assert left <= before.total
    assert left == before.total or mode != "reject"
    assert left == 0 or mode != "discard_row"


@pytest.mark.parametrize("mode", MODES)
def test_null_is_no_input_in_every_mode(mode: OnMismatch) -> None:
    answer = check_rows(b"null", ORDERS, longest=None, on_mismatch=mode, unmatched=InputMismatch)

    assert answer.content == b"null"


@pytest.mark.parametrize("mode", ["reject", "coerce", "discard_value"])
def test_what_is_no_object_is_a_mismatch(mode: OnMismatch) -> None:
    assert refusal([{"id": 1}, 5], mode).mismatches[0].pointer == "/1"


# Coerce


def test_values_become_what_their_columns_take() -> None:
    rows: Json = [{"id": "12", "price": "1.5", "paid": 1, "note": 5, "lines": [{"sku": 7}]}]

    assert delivered(rows, "coerce") == [
        {"id": 12, "price": 1.5, "paid": True, "note": "5", "lines": [{"sku": "7", "count": None}]}
    ]
    assert checked(rows, "coerce").coerced == 5


def test_a_date_of_an_accepted_form_is_delivered_as_iso_8601_beside_a_coerced_value() -> None:
    rows: Json = [{"id": "1", "at": "12/31/2024 23:59:00"}]

    assert delivered(rows, "coerce") == [{"id": 1, "at": "2024-12-31T23:59:00"}]


def test_a_column_that_the_schema_lacks_is_not_lost_by_coercing() -> None:
    error = refusal([{"id": "1", "x": 1}], "coerce")

    assert [mismatch.column for mismatch in error.mismatches] == ["x"]


def test_null_where_none_may_be_is_not_coerced() -> None:
    assert refusal([{"id": None}], "coerce").mismatches[0].actual == "null"


def test_only_what_could_not_be_coerced_is_listed() -> None:
    error = refusal([{"id": "1", "price": "dear"}, {"id": "x"}], "coerce")

    assert [mismatch.pointer for mismatch in error.mismatches] == ["/0/price", "/1/id"]


def test_what_was_coerced_is_told_with_its_value_as_it_was() -> None:
    assert checked([{"id": 1}, {"id": "2"}], "coerce").remarks() == [
        "1 value was coerced: row 1, column 'id': expected Integer, not null; found Text \"2\""
    ]


def test_input_that_cannot_be_coerced_is_an_input_mismatch() -> None:
    with pytest.raises(InputMismatch):
        check_rows(
            b'[{"id":"x"}]', ORDERS, longest=None, on_mismatch="coerce", unmatched=InputMismatch
        )


# Discarding values


def test_a_bad_value_of_a_nullable_column_becomes_null() -> None:
    answer = checked([{"id": 1, "price": "dear"}], "discard_value")

    assert msgspec.json.decode(answer.content)[0]["price"] is None
    assert answer.discarded_values == 1


def test_a_column_that_the_schema_lacks_is_removed() -> None:
    assert delivered([{"id": 1, "x": 1, "y": [2]}], "discard_value") == [{"id": 1}]


@pytest.mark.parametrize("row", [{"id": "x"}, {"id": None}, {}])
def test_a_bad_value_where_no_null_may_be_is_a_mismatch(row: Json) -> None:
    assert refusal([row], "discard_value").mismatches[0].column == "id"


def test_a_bad_value_inside_a_table_is_discarded_alone() -> None:
    rows: Json = [{"id": 1, "lines": [{"sku": "a", "count": "x", "z": 1}]}]

    assert delivered(rows, "discard_value") == [{"id": 1, "lines": [{"sku": "a", "count": None}]}]
    assert checked(rows, "discard_value").discarded_values == 2


@pytest.mark.parametrize("line", [{"sku": None}, {"count": "x"}, 5])
def test_what_cannot_be_null_inside_a_table_takes_the_table_with_it(line: Json) -> None:
    rows: Json = [{"id": 1, "lines": [{"sku": "a", "count": "x"}, line]}]

    assert delivered(rows, "discard_value") == [{"id": 1}]
    assert checked(rows, "discard_value").discarded_values == 1


def test_of_a_discarded_table_the_value_at_fault_is_told() -> None:
    answer = checked([{"id": 1, "lines": [{"sku": "a"}, {"sku": 7}]}], "discard_value")

    assert [mismatch.pointer for mismatch in answer.handled] == ["/0/lines/1/sku"]


def test_a_table_that_cannot_be_null_stays_a_mismatch() -> None:
    inside: Json = [{"name": "a", "type": "Text", "nullable": False}]
    schema = read_schema({
        "columns": [{"name": "t", "type": "Table", "nullable": False, "columns": inside}]
    })  # fmt: skip

    assert refusal([{"t": [{"a": 1}]}], "discard_value", schema).mismatches[0].pointer == "/0/t/0/a"


# Discarding rows


def test_a_row_with_a_mismatch_is_left_out() -> None:
    answer = checked([{"id": 1}, {"id": "x"}, {"id": 2}, 7], "discard_row")

    assert [row["id"] for row in msgspec.json.decode(answer.content)] == [1, 2]
    assert answer.discarded_rows == 2
    assert answer.last is not None
    assert answer.last["id"] == 2


def test_rows_that_are_all_bad_leave_none() -> None:
    answer = checked([{}, {}], "discard_row")

    assert (answer.content, answer.count, answer.last) == (b"[]", 0, None)


def test_a_discarded_row_is_told_by_its_first_mismatch() -> None:
    answer = checked([{"id": 1}, {"id": "a", "paid": 3}, {"id": "b"}], "discard_row")

    assert answer.remarks() == [
        "2 rows were discarded: row 1, column 'id': expected Integer, not null; found Text \"a\"\n"
        "row 2, column 'id': expected Integer, not null; found Text \"b\""
    ]


def test_the_first_twenty_are_told_and_all_are_counted() -> None:
    answer = checked([{"id": "a"}] * 25, "discard_row")

    assert [mismatch.row for mismatch in answer.handled] == list(range(MOST_LISTED))
    assert answer.remarks()[0].startswith("25 rows were discarded: ")
    assert answer.remarks()[0].endswith("\nand 5 more")


@pytest.mark.parametrize("mode", ["coerce", "discard_value"])
def test_the_first_twenty_of_many_values_are_told(mode: OnMismatch) -> None:
    answer = checked([{"id": 1, "price": "1", "paid": "true"}] * 25, mode)

    assert answer.coerced + answer.discarded_values == 50
    assert [mismatch.row for mismatch in answer.handled] == [i // 2 for i in range(MOST_LISTED)]


def test_rows_are_discarded_by_any_schema() -> None:
    schema = read_schema({"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["b"]}]})

    assert delivered([{"a": 1}, {"c": 1}], "discard_row", schema) == [{"a": 1}]


# JSON Schema


def test_values_of_properties_are_coerced_where_they_then_match() -> None:
    rows: Json = [{"id": "3", "rate": "0.5", "size": 12}]

    assert delivered(rows, "coerce", PLAIN) == [{"id": 3, "rate": 0.5, "size": "12"}]


@pytest.mark.parametrize("row", [{"id": "0"}, {"id": 1, "size": 1234}, {"id": 1, "either": 2}])
def test_what_would_still_not_match_is_not_coerced(row: Json) -> None:
    error = refusal([row], "coerce", PLAIN)

    assert error.mismatches == refusal([row], "reject", PLAIN).mismatches


def test_bad_values_of_nullable_properties_become_null() -> None:
    rows: Json = [{"id": 1, "rate": 2, "size": "long", "either": 2, "tags": ["a", 5], "x": 1}]

    answer = checked(rows, "discard_value", PLAIN)

    assert delivered(rows, "discard_value", PLAIN) == [{"id": 1}]
    assert sorted((m.pointer, m.expected) for m in answer.handled) == [
        ("/0/either", "minimum 3"),
        ("/0/rate", "maximum 1"),
        ("/0/size", "maxLength 3"),
        ("/0/tags/1", "string"),
        ("/0/x", "no such column; known: 'either', 'id', 'rate', 'size', 'tags'"),
    ]


def test_other_columns_of_an_open_schema_are_kept() -> None:
    schema = read_schema({"type": "object", "properties": {"a": {"type": ["integer", "null"]}}})

    assert delivered([{"a": "x", "b": 1}], "discard_value", schema) == [{"b": 1}]


def test_what_a_schema_says_of_the_whole_row_stays_a_mismatch() -> None:
    schema = read_schema({
        "type": "object",
        "properties": {"a": {"type": ["integer", "null"]}},
        "minProperties": 2,
    })  # fmt: skip

    assert refusal([{"a": "x"}], "discard_value", schema).mismatches[0].pointer == "/0"


@pytest.mark.parametrize("mode", ["coerce", "discard_value"])
def test_a_schema_without_a_list_of_columns_is_refused_with_what_to_do(mode: OnMismatch) -> None:
    schema = read_schema({"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["b"]}]})

    with pytest.raises(InvalidSchema) as caught:
        checked([], mode, schema)

    assert f"`on_mismatch: {mode}` works column by column" in caught.value.message
    assert "discard_row" in (caught.value.hint or "")


@pytest.mark.parametrize("mode", ["coerce", "discard_value", "discard_row"])
def test_many_bad_rows_are_mended_in_little_time(mode: OnMismatch) -> None:
    rows: Json = [{"id": i, "price": "1.5", "note": "text"} for i in range(20_000)]
    started = time.process_time()

    checked(rows, mode)

    assert time.process_time() - started < 2
