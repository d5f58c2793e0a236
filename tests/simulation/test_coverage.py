"""Which input rows came through."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import InvalidRequest
from processor.simulation import Coverage, Proof

numbers = st.lists(st.integers(0, 9), unique=True, min_size=1)


def rows(ids: list[int]) -> list[dict[str, Any]]:
    return [{"id": number} for number in ids]


def proof(given_rows: Any, *cycles: Any, key: Any = None, checkpoint: Any = None) -> Proof | None:
    coverage = Coverage(given_rows, key, "id")
    for cycle in cycles:
        coverage.add(cycle)
    return coverage.proof(checkpoint)


@given(numbers, st.lists(st.lists(st.integers(0, 12), max_size=5)))
def test_every_key_is_once_or_twice_or_lost_or_left(ids: Any, cycles: Any) -> None:
    found = proof(rows(ids), *map(rows, cycles), key=("id",), checkpoint=4)

    assert found is not None
    assert found.once + found.twice.count + found.skipped.count + found.left.count == found.keys
    emitted = [number for cycle in cycles for number in cycle]
    assert found.unknown == sum(1 for number in emitted if number not in ids)


@given(numbers, st.integers(1, 4))
def test_slices_that_leave_out_nothing_cover_everything(ids: Any, size: int) -> None:
    slices = [rows(ids[start : start + size]) for start in range(0, len(ids), size)]

    found = proof(rows(ids), *slices)

    assert found is not None
    assert (found.once, found.keys, found.unknown) == (len(ids), len(ids), 0)


def test_a_key_that_comes_again_is_told() -> None:
    found = proof(rows([1, 2]), rows([1]), rows([1, 2]))

    assert found is not None
    assert (found.once, found.twice.count, found.twice.examples) == (1, 1, ("1",))


def test_what_the_checkpoint_has_passed_is_lost_and_what_is_after_it_is_left() -> None:
    found = proof(rows([1, 2, 3, 4]), rows([1, 3]), checkpoint=3)

    assert found is not None
    assert (found.skipped.examples, found.left.examples) == (("2",), ("4",))


@pytest.mark.parametrize("value", [3, 2.5, "2024-01-02", "b"])
def test_a_row_at_the_checkpoint_that_never_came_is_lost(value: Any) -> None:
    found = proof([{"id": value}], [], key=("id",), checkpoint=value)

    assert found is not None
    assert (found.skipped.count, found.left.count) == (1, 0)


@pytest.mark.parametrize("checkpoint", [None, "3", [3], True])
def test_what_cannot_be_compared_with_the_checkpoint_is_left(checkpoint: Any) -> None:
    found = proof(rows([7]), rows([1]), key=("id",), checkpoint=checkpoint)

    assert found is not None
    assert (found.skipped.count, found.left.count) == (0, 1)


def test_the_key_is_a_column_of_the_input_that_the_output_has_too() -> None:
    given_rows = [{"id": 1, "secret": "a"}, {"id": 2, "secret": "b"}]

    found = proof(given_rows, [], [{"id": 1, "n": 0}])

    assert found is not None
    assert found.key == ("id",)


def test_without_a_key_nothing_is_proven() -> None:
    assert proof([{"id": 1}, {"id": 1}], [{"id": 1}]) is None
    assert proof([], rows([1])) is None


def test_a_date_is_the_same_key_however_it_is_written() -> None:
    found = proof([{"id": "12/31/2024 10:00:00"}], [{"id": "2024-12-31T10:00:00"}], key=("id",))

    assert found is not None
    assert found.once == 1


def test_a_key_that_the_input_lacks_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no row has a column 'x'"):
        Coverage(rows([1]), ("x",), "id")


def test_a_long_key_is_cut_where_it_is_shown() -> None:
    found = proof([{"id": "x" * 999}], [], key=("id",))

    assert found is not None
    assert len(found.left.examples[0]) == 200
