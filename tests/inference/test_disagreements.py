"""Where rows and the schema that is declared say different things."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import OutputMismatch
from processor.inference import disagreements, infer
from processor.schema import check_rows, read_schema

ROWS: Any = [{"id": 1, "name": "a"}, {"id": 2, "name": None}]

simple = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 9), st.sampled_from([1.0, 2.5, "a", "2024-12-31"])
)
kinds = st.sampled_from(["Integer", "Double", "Boolean", "Text", "Date", "JSON"])


def told(rows: Any, *columns: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = disagreements(infer(rows), read_schema({"columns": [*columns]}))
    return [(each.column, each.what, each.severity) for each in found]


@given(st.lists(simple, min_size=1), kinds, st.booleans())
def test_there_is_an_error_exactly_where_the_rows_would_be_refused(
    values: Any, kind: str, nullable: bool
) -> None:
    rows = [{"x": value} for value in values]
    column: Any = {"name": "x", "type": kind, "nullable": nullable}
    errors = [each for each in told(rows, column) if each[2] == "error"]
    try:
        content = msgspec.json.encode(rows)
        check_rows(content, read_schema({"columns": [column]}), longest=None)
    except OutputMismatch:
        assert errors
    else:
        assert not errors


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ([{"name": "id", "type": "Integer", "nullable": False}], [("name", "undeclared", "error")]),
        (
            [
                {"name": "id", "type": "Text", "nullable": False},
                {"name": "name", "type": "Text"},
            ],
            [("id", "type", "error")],
        ),
        (
            [
                {"name": "id", "type": "Double"},
                {"name": "name", "type": "Text", "nullable": False},
            ],
            [("id", "never_null", "info"), ("name", "null", "error")],
        ),
        (
            [
                {"name": "id", "type": "Integer", "nullable": False},
                {"name": "name", "type": "Text"},
                {"name": "more", "type": "Text"},
                {"name": "must", "type": "Text", "nullable": False},
            ],
            [("more", "unseen", "info"), ("must", "unseen", "error")],
        ),
    ],
)
def test_what_disagrees_is_told_by_column(declared: Any, expected: Any) -> None:
    assert told(ROWS, *declared) == expected


def test_a_json_schema_is_compared_too() -> None:
    schema: Any = {"type": "object", "properties": {"id": {"type": "string"}}}

    found = disagreements(infer(ROWS), read_schema(schema))

    assert [(each.what, each.severity) for each in found] == [
        ("type", "error"),
        ("undeclared", "info"),
    ]


def test_a_schema_that_lists_no_columns_has_nothing_to_compare() -> None:
    schema: Any = {"type": "object", "anyOf": [{"required": ["a"]}]}

    assert disagreements(infer(ROWS), read_schema(schema)) == ()
