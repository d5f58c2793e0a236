"""Rows as CSV, and back."""

import csv
import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import OutputLimit
from processor.formats import rows_from_csv, rows_to_csv
from processor.schema import Schema, read_schema
from processor.values import Json
from tests.schema.strategies import as_source, columns, names, rows_of, texts

IDS = read_schema({
    "columns": [{"name": "id", "type": "Integer"}, {"name": "more", "type": "JSON"}]
})  # fmt: skip


def in_order(content: bytes) -> bytes:
    """Give rows with their columns by name: rows of one schema may have them in any order."""
    return msgspec.json.encode(msgspec.json.decode(content), order="sorted")


def written(rows: Json, schema: Schema | None = None) -> bytes:
    return rows_to_csv(msgspec.json.encode(rows), schema)


@given(st.data())
def test_rows_of_a_schema_are_the_same_after_csv(data: st.DataObject) -> None:
    drawn = data.draw(columns)
    content = msgspec.json.encode(data.draw(rows_of(drawn)))
    schema = read_schema(as_source(drawn))

    assert in_order(rows_from_csv(rows_to_csv(content, schema), schema)) == in_order(content)


tables = st.lists(names, min_size=1, max_size=4, unique=True).flatmap(
    lambda header: st.lists(
        st.fixed_dictionaries(dict.fromkeys(header, st.none() | texts | st.just('"\r\n,;\t|'))),
        max_size=3,
    )
)


@given(tables)
def test_rows_of_texts_are_the_same_after_csv_without_a_schema(rows: list[dict[str, Json]]) -> None:
    content = msgspec.json.encode(rows)

    assert in_order(rows_from_csv(rows_to_csv(content, None), None)) == in_order(content)


@given(tables)
def test_the_standard_library_reads_the_same_texts(rows: list[dict[str, Json]]) -> None:
    content = rows_to_csv(msgspec.json.encode(rows), None)

    # It takes the blank line of one empty cell for no row.
    read = [row for row in csv.reader(io.StringIO(content.decode(), newline="")) if row]

    header = list(rows[0]) if rows else []
    cells = [[row[name] or "" for name in header] for row in rows]
    kept = [row for row in cells if len(row) > 1 or row != [""]]
    assert [row for row in read[1:] if row != [""]] == kept


def test_the_header_is_the_schema_s_then_what_is_first_seen() -> None:
    rows: Json = [{"z": 1, "id": 1}, {"y": 2}]

    assert written(rows, IDS) == b"id,more,z,y\r\n1,,1,\r\n,,,2\r\n"


def test_without_a_schema_the_header_is_what_is_first_seen() -> None:
    assert written([{"b": 1}, {"a": 2, "b": 3}]) == b"b,a\r\n1,\r\n3,2\r\n"


def test_no_rows_leave_the_schema_s_header() -> None:
    assert written([], IDS) == b"id,more\r\n"
    assert written([]) == b""


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, b""),
        ("", b'""'),
        ("a,b", b'"a,b"'),
        ('a"b', b'"a""b"'),
        ("a\nb", b'"a\nb"'),
        ("a\rb", b'"a\rb"'),
        (" a ", b" a "),
        (True, b"true"),
        (12345678901234567890123, b"12345678901234567890123"),
        (1.0, b"1.0"),
        (["a", 1], b'"[""a"",1]"'),
        ({}, b"{}"),
        ("é\u2028", "é\u2028".encode()),
    ],
)
def test_a_value_is_spelled_as_a_cell(value: Json, cell: bytes) -> None:
    assert written([{"x": value, "y": 1}]) == b"x,y\r\n%b,1\r\n" % cell


@pytest.mark.parametrize("text", ["=1+1", "+420 1", "-5", "@x"])
def test_what_a_spreadsheet_may_take_for_a_formula_is_left_as_it_is(text: str) -> None:
    assert written([{"x": text}]) == f"x\r\n{text}\r\n".encode()


def test_a_text_of_a_json_column_is_json() -> None:
    assert written([{"id": 1, "more": "5"}], IDS) == b'id,more\r\n1,"""5"""\r\n'


def test_names_that_hold_another_delimiter_are_quoted() -> None:
    assert written([{"a;b;c": 1, "\ufeffd": 2}]).startswith('"a;b;c","\ufeffd"\r\n'.encode())


def test_rows_that_share_no_columns_are_refused_when_they_grow_too_large() -> None:
    rows: Json = [{f"c{i}": 1} for i in range(2000)]

    with pytest.raises(OutputLimit) as caught:
        rows_to_csv(msgspec.json.encode(rows), None, largest=1_000_000)

    assert "take them as JSON or NDJSON" in caught.value.message
