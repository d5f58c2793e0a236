"""Row by row: what each row gave, joined to it, whatever counts come."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import BadResult, InputMismatch, OutputLimit
from processor.result import joined_rows, kept_counts
from tests.build import some_limits
from tests.strategies import json_values

LIMITS = some_limits()


def joined(inputs: Any, outputs: Any, counts: list[int | None], **limits: Any) -> Any:
    content, _ = joined_rows(_json(inputs), _json(outputs), counts, some_limits(**limits))
    return json.loads(content)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


_rows = st.dictionaries(st.sampled_from("abcd"), json_values, max_size=3)
_groups = st.lists(st.tuples(_rows, st.none() | st.lists(_rows, max_size=3)), max_size=5)
"""Input rows, each with the rows that it gave, None where it failed."""


@given(_groups)
def test_counts_that_fit_give_as_many_joined_rows_in_their_order(groups: Any) -> None:
    outputs = [output for _, given_rows in groups for output in given_rows or ()]
    counts = [None if given_rows is None else len(given_rows) for _, given_rows in groups]

    assert joined([row for row, _ in groups], outputs, counts) == [
        {**row, **output} for row, given_rows in groups for output in given_rows or ()
    ]


@given(
    st.integers(0, 4),
    st.integers(0, 6),
    st.lists(st.none() | st.integers(0, 4) | st.just(2**70), max_size=5),
)
def test_counts_that_do_not_fit_are_a_bad_result(
    inputs: int, outputs: int, counts: list[int | None]
) -> None:
    given_rows, returned = [{"a": 1}] * inputs, [{"b": 1}] * outputs
    if len(counts) == inputs and sum(count or 0 for count in counts) == outputs:
        assert len(joined(given_rows, returned, counts)) == outputs
        return

    with pytest.raises(BadResult, match="counted other rows"):
        joined(given_rows, returned, counts)


def test_the_output_s_value_counts_and_the_clash_is_told() -> None:
    content, clashes = joined_rows(
        b'[{"a":1,"b":1},{"a":2}]', b'[{"a":"x"},{"c":1}]', [1, 1], LIMITS
    )

    assert json.loads(content) == [{"a": "x", "b": 1}, {"a": 2, "c": 1}]
    assert clashes == {"a"}


def test_the_input_s_columns_come_first() -> None:
    content, _ = joined_rows(b'[{"b":1,"a":2}]', b'[{"z":1,"a":3}]', [1], LIMITS)

    assert content == b'[{"b":1,"a":3,"z":1}]'


def test_values_are_exact() -> None:
    digits = b"9" * 4000
    row = b'{"i":%s,"f":0.1,"t":"\xf0\x9f\x98\x80\\u0000"}' % digits

    content, _ = joined_rows(b"[%s]" % row, b'[{"o":%s}]' % digits, [1], LIMITS)

    assert json.loads(content) == [{**json.loads(row), "o": int(digits)}]


@pytest.mark.parametrize("rows", [b"[1]", b"[null]", b"[[]]", b"{}", b"no json", b"", b"[" * 9999])
def test_what_is_no_list_of_rows_is_an_input_mismatch(rows: bytes) -> None:
    with pytest.raises(InputMismatch):
        joined_rows(rows, b"[]", [0], LIMITS)


def test_a_large_row_joined_many_times_passes_the_output_s_limit() -> None:
    large = [{"a": "x" * 1000}]

    assert len(joined(large, [{"b": 1}] * 9, [9], output_bytes=10_000)) == 9
    with pytest.raises(OutputLimit, match="output_bytes of 10,000"):
        joined(large, [{"b": 1}] * 100_000, [100_000], output_bytes=10_000)


@given(st.lists(st.none() | st.lists(st.booleans(), max_size=3), max_size=5))
def test_counts_follow_the_rows_that_are_kept(groups: list[list[bool] | None]) -> None:
    returned = _json([{"keep": keep} for group in groups for keep in group or ()])
    counts = [None if group is None else len(group) for group in groups]

    assert kept_counts(returned, counts, lambda row: row["keep"] is True) == [
        None if group is None else sum(group) for group in groups
    ]


@pytest.mark.parametrize("counts", [[1], [3], [None], [2**70], []])
def test_kept_counts_that_do_not_fit_are_a_bad_result(counts: list[int | None]) -> None:
    with pytest.raises(BadResult):
        kept_counts(b"[{},{}]", counts, lambda _: True)
