"""Rows as NDJSON."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import InputMismatch
from processor.formats import rows_from_ndjson, rows_to_ndjson
from tests.strategies import rows


@given(rows)
def test_rows_are_the_same_after_ndjson(drawn: list[dict[str, object]]) -> None:
    content = msgspec.json.encode(drawn)

    assert rows_from_ndjson(rows_to_ndjson(content)) == content


@given(rows)
def test_every_row_is_a_line(drawn: list[dict[str, object]]) -> None:
    lines = rows_to_ndjson(msgspec.json.encode(drawn)).split(b"\n")

    assert [msgspec.json.decode(line) for line in lines[:-1]] == drawn
    assert lines[-1] == b""


def test_no_lines_are_no_rows() -> None:
    assert rows_from_ndjson(b"") == b"[]"


def test_blank_lines_are_passed_over() -> None:
    assert rows_from_ndjson(b'\n {"a":1}\r\n \t\r\n{"a":2}') == b'[{"a":1},{"a":2}]'


def test_a_byte_order_mark_is_passed_over() -> None:
    assert rows_from_ndjson(b'\xef\xbb\xbf{"a":1}') == b'[{"a":1}]'


@pytest.mark.parametrize("number", [b"1" * 4300, b"0.10", b"1e5", b"12345678901234567890.5"])
def test_numbers_are_spelled_as_they_came(number: bytes) -> None:
    row = b'{"n":%b}' % number

    assert rows_from_ndjson(row) == b"[%b]" % row
    assert rows_to_ndjson(b"[%b]" % row) == row + b"\n"


def test_only_a_line_feed_ends_a_line() -> None:
    row = '{"t":"\u2028\u2029\x85"}'.encode()

    assert rows_from_ndjson(row) == b"[%b]" % row


def test_rows_that_are_spread_over_lines_are_drawn_together() -> None:
    content = b'[{\r\n "a": "x y",\n "n": 1e2}]'

    assert rows_to_ndjson(content) == b'{"a":"x y","n":1e2}\n'


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "it is no JSON: "),
        (b"\x0c", "it is no JSON: "),
        (b'{"a":1}{"a":2}', "it is no JSON: "),
        (b'{"a":NaN}', "it is no JSON: "),
        (b'{"a":"\xff"}', "it is no JSON: "),
        (b'{"a":"\\ud800"}', "it is no JSON: "),
        (b'{"a":' + b"1" * 4301 + b"}", "it is no JSON: "),
        (b"[1]", "a row is an object"),
        (b"null", "a row is an object"),
        (b'{"a":' + b"[" * 100_000, "it nests too deep"),
    ],
)
def test_what_is_no_object_is_refused_with_its_line_and_row(line: bytes, why: str) -> None:
    with pytest.raises(InputMismatch) as caught:
        rows_from_ndjson(b'{"a":1}\n\n' + line)

    assert f"line 3, row 1: {why}" in caught.value.message
    assert caught.value.mismatches[0].row == 1


@given(st.binary() | st.text('[]{}",:0123456789.eE+-nulltruefalse\\\n\r ').map(str.encode))
def test_any_bytes_are_rows_or_an_input_mismatch(content: bytes) -> None:
    with suppress(InputMismatch):
        assert isinstance(msgspec.json.decode(rows_from_ndjson(content)), list)
