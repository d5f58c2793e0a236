"""Rows that match, as they are delivered; and what is refused before any row is looked at."""

import time
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import BadResult, InputMismatch, OutputLimit, OutputMismatch
from processor.schema import check_rows, read_schema
from processor.schema.schema import Schema
from processor.values import Json
from tests.schema.strategies import as_source, columns, rows_of, texts


def a_schema(**types: str) -> Schema:
    return read_schema({"columns": [{"name": name, "type": kind} for name, kind in types.items()]})


def delivered(rows: object, schema: Schema) -> Json:
    content = check_rows(msgspec.json.encode(rows), schema, longest=None).content
    rows_again: Json = msgspec.json.decode(content)
    return rows_again


@given(st.data())
def test_complete_rows_are_delivered_exactly(data: st.DataObject) -> None:
    drawn = data.draw(columns)
    content = msgspec.json.encode(data.draw(rows_of(drawn)))

    checked = check_rows(content, read_schema(as_source(drawn)), longest=3)

    assert msgspec.json.decode(checked.content) == msgspec.json.decode(content)
    assert checked.count == len(msgspec.json.decode(content))


@given(st.lists(st.integers(-(10**4000), 10**4000), max_size=3), texts)
def test_integers_and_texts_are_exact(integers: list[int], text: str) -> None:
    rows = [{"n": n, "t": text} for n in integers]

    assert delivered(rows, a_schema(n="Integer", t="Text")) == rows


def test_every_code_point_is_delivered() -> None:
    rows = [{"t": "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))}]

    assert delivered(rows, a_schema(t="Text")) == rows


@pytest.mark.parametrize(("given", "written"), [(3.0, "3"), (-0.0, "0"), (1e22, f"{10**22}")])
def test_a_whole_double_is_delivered_as_an_integer(given: float, written: str) -> None:
    content = msgspec.json.encode([{"n": 1}, {"n": given}, {"n": None}])

    checked = check_rows(content, a_schema(n="Integer"), longest=3)

    assert checked.content == b'[{"n":1},{"n":%b},{"n":null}]' % written.encode()


def test_a_whole_double_of_a_json_schema_is_delivered_as_an_integer() -> None:
    schema = read_schema({"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}}})

    assert check_rows(b'[{"n":3.0}]', schema, longest=1).content == b'[{"n":3}]'


def test_a_double_is_delivered_as_it_is() -> None:
    assert check_rows(b'[{"n":3.0}]', a_schema(n="Double"), longest=1).content == b'[{"n":3.0}]'


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("2024-02-29", "2024-02-29"),
        ("2024-02-29T10:00", "2024-02-29T10:00"),
        ("2024-02-29 10:00:00.123456789+02:00", "2024-02-29T10:00:00.123456789+02:00"),
        ("02/29/2024 10:00:00", "2024-02-29T10:00:00"),
        (None, None),
    ],
)
def test_a_date_is_delivered_as_iso_8601(given: str | None, written: str | None) -> None:
    assert delivered([{"d": given}], a_schema(d="Date")) == [{"d": written}]


def test_absent_nullable_columns_are_appended_as_null() -> None:
    schema = a_schema(a="Text", b="Text", c="Text")

    checked = check_rows(b'[{"c":"1"},{"c":"1","b":"2","a":"3"}]', schema, longest=2)

    assert checked.content == b'[{"c":"1","a":null,"b":null},{"c":"1","b":"2","a":"3"}]'


def test_columns_inside_a_table_are_delivered_alike() -> None:
    schema = read_schema({
        "columns": [{
            "name": "lines",
            "type": "Table",
            "columns": [
                {"name": "n", "type": "Integer"},
                {"name": "d", "type": "Date"},
            ],
        }]
    })  # fmt: skip

    rows = delivered([{"lines": [{"n": 1.0}, {"d": "2024-01-01 10:00"}]}, {}], schema)

    assert rows == [
        {"lines": [{"n": 1, "d": None}, {"n": None, "d": "2024-01-01T10:00"}]},
        {"lines": None},
    ]


@pytest.mark.parametrize("value", [1, 1.5, "a", True, [1, {"a": None}], {"b": []}, None])
def test_a_json_column_takes_any_value(value: Json) -> None:
    assert delivered([{"j": value}], a_schema(j="JSON")) == [{"j": value}]


def test_base64_is_not_verified() -> None:
    assert delivered([{"b": "!"}], a_schema(b="Base64")) == [{"b": "!"}]


def test_of_a_name_that_stands_twice_the_checked_value_is_delivered() -> None:
    checked = check_rows(b'[{"n":"x","n":1}]', a_schema(n="Integer"), longest=1)

    assert checked.content == b'[{"n":1}]'


def test_no_rows_are_valid() -> None:
    checked = check_rows(b"[]", a_schema(n="Integer"), longest=1)

    assert (checked.content, checked.count, checked.last) == (b"[]", 0, None)


def test_the_last_row_is_given_as_delivered() -> None:
    checked = check_rows(b'[{"n":1},{"n":2.0}]', a_schema(n="Integer"), longest=2)

    assert checked.last == {"n": 2}
    assert type(checked.last["n"]) is int


def test_an_open_schema_fills_its_declared_columns() -> None:
    schema = read_schema({"type": "object", "properties": {"a": {"type": ["string", "null"]}}})

    assert delivered([{"b": 1}], schema) == [{"b": 1, "a": None}]


def test_more_rows_than_the_limit_are_refused_with_what_to_do() -> None:
    with pytest.raises(OutputLimit) as caught:
        check_rows(b"[{},{},{}]", a_schema(n="Integer"), longest=2)

    assert "3 rows were returned, more than `limits.rows` allows, which is 2" in str(caught.value)


def test_millions_of_lists_are_refused_by_the_limit() -> None:
    with pytest.raises(OutputLimit):
        check_rows(b"[" + b"[]," * 2_700_000 + b"[]]", a_schema(n="Integer"), longest=1_000_000)


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"{}", b"3", b"[1", b"[NaN]", b"[1e400]", b"[-Infinity]", b'["\xff"]',
     b'["\\ud800"]', b"[" * 100_000, b'[{"n":' + b"1" * 5000 + b"}]", b"[]x", b"[,]",
     b"\xef\xbb\xbf[]", b'[{"a":' * 100_000],
    ids=lambda content: content[:12],
)  # fmt: skip
def test_what_is_no_array_is_a_bad_result_or_no_input(content: bytes) -> None:
    schema = a_schema(n="Integer")

    with pytest.raises(BadResult):
        check_rows(content, schema, longest=10)
    if content != b"null":
        with pytest.raises(InputMismatch):
            check_rows(content, schema, longest=None, unmatched=InputMismatch)


@given(st.binary() | st.text('[]{}",:0123456789.eE+-nulltruefalse\\ud8').map(str.encode))
def test_any_bytes_are_rows_or_a_step_s_error(content: bytes) -> None:
    with suppress(BadResult, OutputMismatch):
        check_rows(content, a_schema(n="JSON"), longest=10)


@pytest.mark.parametrize("levels", [200, 500, 900])
def test_a_deep_value_is_delivered(levels: int) -> None:
    content = b'[{"j":' + b"[" * levels + b"]" * levels + b"}]"

    assert check_rows(content, a_schema(j="JSON"), longest=1).content == content


def test_null_is_no_input_and_passes() -> None:
    checked = check_rows(b"null", a_schema(n="Integer"), longest=None, unmatched=InputMismatch)

    assert (checked.content, checked.count, checked.last) == (b"null", 0, None)


def test_input_rows_get_their_absent_columns() -> None:
    checked = check_rows(b"[{}]", a_schema(n="Integer"), longest=None, unmatched=InputMismatch)

    assert checked.content == b'[{"n":null}]'


def test_input_rows_that_do_not_match_are_an_input_mismatch() -> None:
    with pytest.raises(InputMismatch) as caught:
        check_rows(b'[{"n":"x"}]', a_schema(n="Integer"), longest=None, unmatched=InputMismatch)

    assert caught.value.mismatches[0].column == "n"


def test_an_unreadable_value_of_the_input_is_named_with_its_row() -> None:
    with pytest.raises(InputMismatch) as caught:
        check_rows(
            b'[{"n":1},{"n":NaN}]', a_schema(n="Double"), longest=None, unmatched=InputMismatch
        )

    assert "first: row 1, column 'n': expected a number or null; found NaN" in str(caught.value)
    assert caught.value.mismatches[0].pointer == "/1/n"


def test_a_run_of_good_rows_takes_no_longer_than_its_parsing_allows() -> None:
    rows = [{"n": i, "t": "text", "d": "2024-01-01T00:00:00"} for i in range(50_000)]
    content = msgspec.json.encode(rows)
    started = time.process_time()

    check_rows(content, a_schema(n="Integer", t="Text", d="Date"), longest=50_000)

    assert time.process_time() - started < 2
