"""Rows out of CSV."""

import msgspec
import pytest

from processor.errors import InputMismatch
from processor.formats import rows_from_csv
from processor.formats.records import Delimiter
from processor.schema import Schema, check_rows, read_schema
from processor.values import Json


def a_schema(*, nullable: bool = True, **types: str) -> Schema:
    return read_schema({
        "columns": [
            {"name": name, "type": kind, "nullable": nullable} for name, kind in types.items()
        ]
    })  # fmt: skip


def cell(text: str, kind: str, *, nullable: bool = True) -> Json:
    """Give what a cell becomes in a column of that type."""
    content = f"x,n\n1,{text}\n".encode()
    (row,) = msgspec.json.decode(rows_from_csv(content, a_schema(nullable=nullable, n=kind)))
    value: Json = row["n"]
    return value


def refusal(content: bytes, schema: Schema | None = None) -> InputMismatch:
    with pytest.raises(InputMismatch) as caught:
        rows_from_csv(content, schema)
    return caught.value


def test_without_a_schema_cells_are_texts() -> None:
    content = b'id,note,more\r\n007,"",\r\n'

    assert rows_from_csv(content, None) == b'[{"id":"007","note":"","more":null}]'


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("12345678901234567890123", "Integer", 12345678901234567890123),
        ("-7", "Integer", -7),
        ("1.5", "Double", 1.5),
        ("3", "Double", 3),
        ("true", "Boolean", True),
        ("false", "Boolean", False),
        ("1", "Boolean", True),
        ("0", "Boolean", False),
        ("007", "Text", "007"),
        ("2024-12-31", "Date", "2024-12-31"),
        ("TWFu", "Base64", "TWFu"),
        ('"{""a"":[1,null]}"', "JSON", {"a": [1, None]}),
        ('"""text"""', "JSON", "text"),
        ("12345678901234567890123", "JSON", 12345678901234567890123),
        ("null", "JSON", None),
    ],
)
def test_a_cell_is_read_as_its_column_s_type(text: str, kind: str, value: Json) -> None:
    given = cell(text, kind)

    assert given == value
    assert type(given) is type(value)


@pytest.mark.parametrize("kind", ["Integer", "Double", "Boolean", "Text", "Date", "Base64", "JSON"])
def test_an_empty_cell_of_a_nullable_column_is_null(kind: str) -> None:
    assert cell("", kind) is None


@pytest.mark.parametrize(("kind", "value"), [("Text", ""), ("Base64", ""), ("Integer", None)])
def test_an_empty_cell_is_an_empty_text_where_a_text_must_be(kind: str, value: Json) -> None:
    assert cell("", kind, nullable=False) == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [("Text", ""), ("Base64", ""), ("Integer", None), ("Boolean", None), ("Date", None)],
)  # fmt: skip
def test_two_quotes_are_an_empty_text_in_text_columns_only(kind: str, value: Json) -> None:
    assert cell('""', kind) == value


@pytest.mark.parametrize(
    ("text", "kind"), [("1 2", "Integer"), ("yes", "Boolean"), ("a", "Double")]
)
def test_what_is_not_of_its_column_s_type_is_left_for_the_schema_to_find(
    text: str, kind: str
) -> None:
    assert cell(text, kind) == text


def test_a_bad_cell_can_be_discarded_as_any_other_bad_value() -> None:
    schema = a_schema(n="Integer")
    rows = rows_from_csv(b"n\n1\nx\n", schema)

    checked = check_rows(
        rows, schema, longest=None, on_mismatch="discard_value", unmatched=InputMismatch
    )

    assert checked.content == b'[{"n":1},{"n":null}]'


def test_a_json_cell_that_is_no_json_is_refused_with_its_place() -> None:
    error = refusal(b"n\n1\n{\n", a_schema(n="JSON"))

    assert "line 3, row 1: column 'n' takes JSON, and the cell is none" in error.message
    assert (error.mismatches[0].row, error.mismatches[0].column) == (1, "n")


def test_a_json_cell_that_nests_too_deep_is_refused() -> None:
    assert "takes JSON" in refusal(b"n\n" + b"[" * 100_000, a_schema(n="JSON")).message


def test_a_table_is_json_in_a_cell() -> None:
    schema = read_schema({
        "columns": [{"name": "t", "type": "Table", "columns": [{"name": "a", "type": "Integer"}]}]
    })  # fmt: skip

    assert rows_from_csv(b't\n"[{""a"":1}]"\n', schema) == b'[{"t":[{"a":1}]}]'


def test_properties_of_a_json_schema_are_types_too() -> None:
    schema = read_schema({
        "type": "object",
        "properties": {
            "n": {"type": "integer", "minimum": 0},
            "s": {"enum": ["a", "b"]},
            "o": {"type": ["object", "null"]},
        },
    })  # fmt: skip

    assert rows_from_csv(b"n,s,o\n1,a,{}\n", schema) == b'[{"n":1,"s":"a","o":{}}]'


def test_a_schema_that_lists_no_columns_types_none() -> None:
    schema = read_schema({"type": "object", "anyOf": [{"required": ["a"]}]})

    assert rows_from_csv(b"a,b\n1,\n", schema) == b'[{"a":"1","b":null}]'


def test_columns_that_the_schema_lacks_are_kept_for_it_to_find() -> None:
    assert rows_from_csv(b"x,n\n1,2\n", a_schema(n="Integer")) == b'[{"x":"1","n":2}]'


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\r\n", b"a,b\n"])
def test_no_records_are_no_rows(content: bytes) -> None:
    assert rows_from_csv(content, None) == b"[]"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    content = f"a{delimiter}b\n1{delimiter}2\n".encode()

    assert rows_from_csv(content, None) == b'[{"a":"1","b":"2"}]'


@pytest.mark.parametrize(("delimiter", "name"), [(",", "a|b"), ("|", "a")])
def test_a_delimiter_that_is_given_is_taken(delimiter: Delimiter, name: str) -> None:
    rows = msgspec.json.decode(rows_from_csv(b"a|b\n1|2\n", None, delimiter=delimiter))

    assert next(iter(rows[0])) == name


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"a,b,a", "line 1: 2 columns are named 'a'; names must differ"),
        (b"a,,b", "line 1: column 2 of the header has no name"),
        (b'a,""', "line 1: column 2 of the header has no name"),
    ],
)
def test_names_that_are_not_names_are_refused(header: bytes, message: str) -> None:
    assert message in refusal(header + b"\n1,2,3\n").message


def test_long_names_over_many_short_rows_are_refused() -> None:
    content = b"a" * 100_000 + b"\n" + b"1\n" * 10_000

    with pytest.raises(InputMismatch) as caught:
        rows_from_csv(content, None, largest=1_000_000)

    assert "line 11, row 9: as JSON the rows have more than 1000000 bytes" in caught.value.message
