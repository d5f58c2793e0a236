"""The linter of checkpoints."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.simulation import Remark, Remarks


def remarks(*cycles: list[Any], given_values: list[Any] | None = None) -> tuple[Remark, ...]:
    """Look at cycles with these values in their checkpoint column, over input with those."""
    looking = Remarks([{"at": value} for value in given_values or []], "at")
    for number, values in enumerate(cycles, start=1):
        looking.add(number, [{"at": value} for value in values])
    return looking.found


def codes(*cycles: list[Any], given_values: list[Any] | None = None) -> list[str]:
    return [remark.code for remark in remarks(*cycles, given_values=given_values)]


@given(st.lists(st.integers(), unique=True))
def test_sorted_numbers_that_never_repeat_are_blameless(numbers: list[int]) -> None:
    values: list[Any] = sorted(numbers)

    assert codes(values[:3], values[3:], given_values=values) == []


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([3, 1, 2], "last_not_greatest"),
        ([2, 1, 3], "unsorted"),
        (["b", "a"], "last_not_greatest"),
        ([1, None], "null_last"),
        ([None, 1], "null"),
        ([1, "a"], "mixed_types"),
        (["1", "2"], "numbers_as_text"),
        (["1.5", "2.5"], "numbers_as_text"),
        (["2024-01-01T00:00:00"], "naive_times"),
        (["2024-01-01T00:00:00+01:00", "2024-01-01T01:00:00Z"], "mixed_offsets"),
    ],
)
def test_a_habit_that_loses_rows_is_remarked(values: list[Any], code: str) -> None:
    assert codes(values) == [code]


@pytest.mark.parametrize(
    "values",
    [
        [],
        [1, 1.5],
        ["a", "b"],
        ["2024-01-01", "2024-01-02"],
        ["2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z"],
        [False, True],
        [[1]],
    ],
)
def test_what_does_no_harm_is_not(values: list[Any]) -> None:
    assert codes(values) == []


def test_a_value_at_which_a_cycle_ends_and_that_more_rows_have_is_remarked() -> None:
    (remark,) = remarks([1, 2], given_values=[1, 2, 2, 3])

    assert (remark.code, remark.severity) == ("tie_at_boundary", "warning")
    assert "1 more input rows" in remark.message


def test_a_tie_within_a_cycle_does_no_harm() -> None:
    assert codes([1, 2, 2], [3], given_values=[1, 2, 2, 3]) == []


def test_dates_that_are_delivered_as_another_text_are_remarked() -> None:
    found = codes(["2024-12-31T10:00:00Z"], given_values=["12/31/2024 10:00:00"])

    assert found == ["rewritten_dates"]


def test_what_is_seen_again_is_told_once_with_its_first_cycle() -> None:
    (remark,) = remarks([1], [3, 2], [5, 4])

    assert (remark.cycle, remark.cycles) == (2, 2)
    assert remark.message == "the last at is 2, and 3 came before it: the rows between come again"
    assert "rows.sort(key=lambda row: row['at'])" in remark.hint
