"""CSV to cells."""

import csv
import io
import time
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import InputMismatch
from processor.formats.records import DELIMITERS, MOST_COLUMNS, Delimiter, records, sniffed

cells = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from(',;\t|"\r\n '), max_size=6
)


def read(content: bytes, delimiter: Delimiter = ",") -> list[list[str | None]]:
    return [record.cells for record in records(content, delimiter)]


def refusal(content: bytes, delimiter: Delimiter = ",") -> str:
    with pytest.raises(InputMismatch) as caught:
        read(content, delimiter)
    return caught.value.message


@given(
    st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(cells, min_size=n, max_size=n))),
    st.sampled_from(DELIMITERS),
    # With LF alone it leaves a carriage return bare, which nobody can read back.
    st.sampled_from([("\r\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL)]),
)
def test_what_the_standard_library_writes_is_read(
    rows: list[list[str]], delimiter: Delimiter, form: tuple[str, int]
) -> None:
    (end, quoting), text = form, io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]  # (it takes literals only)

    read_again = read(text.getvalue().encode(), delimiter)

    # A file may begin with U+FEFF as a mark: there it is no text.
    if not text.getvalue().startswith("\ufeff"):
        assert [[cell or "" for cell in row] for row in read_again] == rows


def test_an_empty_cell_and_an_empty_text_are_told_apart() -> None:
    assert read(b'a,b,c\n,"",x\n') == [["a", "b", "c"], [None, "", "x"]]


def test_a_cell_may_hold_quotes_delimiters_and_line_ends() -> None:
    assert read(b'a\n"x""y,\r\nz"\n') == [["a"], ['x"y,\r\nz']]


def test_spaces_belong_to_a_cell() -> None:
    assert read(b"a,b\n 1 ,\t2\n") == [["a", "b"], [" 1 ", "\t2"]]


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n\r\n"])
def test_the_last_line_may_be_ended_or_not(end: bytes) -> None:
    assert read(b"a,b\r\n1,2" + end) == [["a", "b"], ["1", "2"]]


def test_a_blank_line_of_one_column_is_a_row() -> None:
    assert read(b"a\n\n1\n\n") == [["a"], [None], ["1"], [None]]


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read(b'\xef\xbb\xbf"a",b\n') == [["a", "b"]]


def test_lines_and_rows_are_counted() -> None:
    content = b'\na,b\n"1\n2",3\n\n4,5\n'

    assert [(record.line, record.row) for record in records(content, ",")] == [
        (2, None), (3, 0), (6, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n3\n", "line 3, row 1: 1 cells, and the header has 2"),
        (b"a,b\n1,2,3\n", "line 2, row 0: 3 cells, and the header has 2"),
        (b'a,b\n"1"\n', "line 2, row 0: 1 cells, and the header has 2"),
        (b'a,b\n"1",2,3\n', "line 2, row 0: at least 3 cells, and the header has 2"),
        (b'a,b\n1,"2\n3', "line 2, row 0: a quote opens here in this line and is never closed"),
        (b'a,b\n1,2"3"\n', "line 2, row 0: a quote stands inside a cell"),
        (b'a,b\n1,"2"3\n', "line 2, row 0: a quote stands inside a cell"),
        (b'a,b\n"1\n2","3"4\n', "line 3, row 0: a quote stands inside a cell"),
        (b"a,b\r1,2\r", "line 1: a carriage return stands alone"),
        (b'a,b\n"1"\r2\n', "line 2, row 0: a carriage return stands alone"),
        (b"a,b\n1,\xff\n", "line 2, row 0: it is not UTF-8"),
        (b'a,b\n1,"\xed\xa0\x80"\n', "line 2, row 0: it is not UTF-8"),
        (b"," * MOST_COLUMNS, f"line 1: the header has more than {MOST_COLUMNS} columns"),
        (b'"",' * MOST_COLUMNS, f"line 1: the header has more than {MOST_COLUMNS} columns"),
    ],
)
def test_what_is_no_csv_is_refused_with_its_line(content: bytes, message: str) -> None:
    assert f"the rows cannot be read: {message}" in refusal(content)


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("a,b;c,d", ","),
        ("a;b;c,d", ";"),
        ("a\tb", "\t"),
        ("a|b", "|"),
        ("a", ","),
        ("", ","),
        ('"a,b,c";d', ";"),
        ('"a\n,b,";"c""," ;d\n,,,,,', ";"),
        ('"a,b', ","),
        ('\ufeff"a,,";b', ";"),
    ],
)
def test_the_delimiter_is_what_the_header_has_most_of(header: str, delimiter: str) -> None:
    assert sniffed(header.encode()) == delimiter


@pytest.mark.parametrize(
    "content",
    [b"," * 5_000_000, b"a,b\n" + b"," * 5_000_000, b'"' * 5_000_001, b'a\n"' + b'""' * 2_500_000,
     b'a,b\n"",' + b'"",' * 1_500_000, b"a," + b"\n" * 2_000_000, b'"' + b"\n" * 5_000_000],
    ids=lambda content: repr(content[:8]),
)  # fmt: skip
def test_hostile_bytes_take_little_time_and_memory(content: bytes) -> None:
    started = time.process_time()
    with suppress(InputMismatch):
        for _ in records(content, sniffed(content)):
            pass
    assert time.process_time() - started < 8

    tracemalloc.start()
    try:
        with suppress(InputMismatch):
            for _ in records(content[:200_000], sniffed(content)):
                pass
        assert tracemalloc.get_traced_memory()[1] < 10 * 200_000
    finally:
        tracemalloc.stop()


@given(st.binary() | st.text('ab,;"\n\r\t|').map(str.encode), st.sampled_from(DELIMITERS))
def test_any_bytes_are_records_or_an_input_mismatch(content: bytes, delimiter: Delimiter) -> None:
    sniffed(content)
    with suppress(InputMismatch):
        assert len({len(row) for row in read(content, delimiter)}) <= 1
