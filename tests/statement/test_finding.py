"""Lines and columns, counted as an author counts them."""

from hypothesis import given
from hypothesis import strategies as st

from processor.statement import code_points, lines_of
from tests.strategies import texts


@given(texts, texts)
def test_an_offset_in_bytes_is_one_in_code_points(before: str, after: str) -> None:
    assert code_points(before + after, len(before.encode())) == len(before)


def test_an_offset_behind_the_end_is_the_end() -> None:
    assert code_points("é", 9) == 1


@given(st.lists(st.text(st.characters(exclude_characters="\r\n")), min_size=1), st.data())
def test_lines_end_where_the_tokenizer_ends_them(lines: list[str], data: st.DataObject) -> None:
    ends = st.sampled_from(["\n", "\r\n", "\r"])
    between = [data.draw(ends) for _ in lines[1:]]
    parts = [lines[0]]
    for end, line in zip(between, lines[1:], strict=True):
        joins = end == "\r" and not line  # `\r` and a `\n` after it would be one end
        parts += ["\n" if joins else end, line]

    assert lines_of("".join(parts)) == lines


def test_a_form_feed_and_a_unicode_separator_end_no_line() -> None:
    assert lines_of("a\x0cb\x0bc\u2028d\x85e\x1cf") == ["a\x0cb\x0bc\u2028d\x85e\x1cf"]


def test_an_empty_text_is_one_empty_line() -> None:
    assert lines_of("") == [""]
