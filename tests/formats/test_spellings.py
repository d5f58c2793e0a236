"""Which spelling of rows a caller gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.formats import MEDIA_TYPES, negotiate

JSON, NDJSON, CSV = MEDIA_TYPES


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV; charset=utf-8; header=present", CSV),
        ("application/x-ndjson, text/csv", NDJSON),
        ("text/csv;q=0.9, application/x-ndjson;q=0.8", CSV),
        ("text/csv;q=0.9, application/json;q=0.9", JSON),
        ("text/*", CSV),
        ("application/*", JSON),
        ("application/*;q=0.5, text/csv;q=0.4", JSON),
        ("text/csv, */*;q=0.1", CSV),
        ("application/json;q=0, */*", NDJSON),
        ("*/*, application/json;q=0.1, application/x-ndjson;q=0", CSV),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("text/csv;q=0.001", CSV),
        ("text/csv ; q=1.000", CSV),
    ],
)
def test_the_best_liked_is_chosen(accept: str | None, chosen: str) -> None:
    assert negotiate(accept) == chosen


@pytest.mark.parametrize(
    "accept", ["image/png", "text/csv;q=0", "*/*;q=0", "text", "*", "text/html, text/plain", ","]
)
def test_where_none_is_taken_none_is_given(accept: str) -> None:
    assert negotiate(accept) is None


@pytest.mark.parametrize("weight", ["2", "-1", "1.5", "0.1234", "x", "", "1e0", "nan"])
def test_a_range_of_a_weight_that_is_none_is_passed_over(weight: str) -> None:
    assert negotiate(f"application/json;q={weight}, text/csv;q=0.1") == CSV


@given(st.text(max_size=40) | st.text("aplictonjs/x-dv*,;q=01. ", max_size=60))
def test_any_header_has_an_answer(accept: str) -> None:
    assert negotiate(accept) in {JSON, NDJSON, CSV, None}


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_every_spelling_reads_what_it_writes(media_type: str) -> None:
    spelling = MEDIA_TYPES[media_type]
    rows = b'[{"a":"1"},{"a":null}]'

    assert spelling.read(spelling.write(rows, None), None) == rows
