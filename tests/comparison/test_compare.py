"""Rows compared with rows."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.comparison import Surplus, compare, found_key
from processor.errors import InvalidRequest
from processor.values import Row
from tests.strategies import json_values, rows

keyed = st.lists(
    st.fixed_dictionaries({"id": st.integers(0, 5)}, optional={"a": json_values, "b": json_values}),
    max_size=8,
)
keys = st.sampled_from([None, ("id",)])


def only(surplus: Surplus) -> tuple[int, int | None]:
    return surplus.count, surplus.first


# What always holds


@given(rows)
def test_rows_are_equal_to_themselves_by_position(given_rows: Any) -> None:
    assert compare(given_rows, given_rows, None).equal


@given(keyed)
def test_rows_are_equal_to_themselves_by_a_key(given_rows: Any) -> None:
    assert compare(given_rows, given_rows, ("id",)).equal


@given(keyed, keyed, keys)
def test_every_row_is_counted_once(before: Any, after: Any, key: Any) -> None:
    found = compare(before, after, key)

    both = found.same_rows + found.changed_rows
    assert both + found.removed_rows.count == len(before)
    assert both + found.added_rows.count == len(after)


@given(keyed, keyed, keys)
def test_the_other_way_round_what_was_added_is_removed(before: Any, after: Any, key: Any) -> None:
    there, back = compare(before, after, key), compare(after, before, key)

    assert there.added_rows == back.removed_rows
    assert there.changed_rows == back.changed_rows
    assert {c.column: c.differing for c in there.columns} == {
        c.column: c.differing for c in back.columns
    }


@given(st.lists(st.integers(), unique=True), st.randoms())
def test_by_a_key_the_order_of_rows_makes_no_difference(numbers: Any, random: Any) -> None:
    before = [{"id": number, "x": [number]} for number in numbers]
    after = random.sample(before, len(before))

    assert compare(before, after, ("id",)).equal


@given(keyed)
def test_nothing_against_rows_is_all_added(given_rows: Any) -> None:
    found = compare([], given_rows, ("id",))

    assert (found.added_rows.count, found.columns) == (len(given_rows), ())


# Cells


def test_a_number_of_another_type_is_a_difference() -> None:
    (column,) = compare([{"x": 1}, {"x": 2}], [{"x": 1.0}, {"x": 2}], None).columns

    (change,) = column.examples
    assert (change.row, change.before.type, change.after.type) == (0, "integer", "number")


def test_a_type_deep_inside_a_value_is_a_difference() -> None:
    assert not compare([{"x": [{"a": 1}]}], [{"x": [{"a": True}]}], None).equal


def test_the_order_of_an_objects_members_is_none() -> None:
    assert compare([{"x": {"a": 1, "b": 2}}], [{"x": {"b": 2, "a": 1}}], None).equal


def test_a_cell_that_is_not_there_is_not_null() -> None:
    (column,) = compare([{"x": None}], [{}], None).columns

    assert (column.examples[0].before.type, column.examples[0].after.type) == ("null", "absent")


def test_every_differing_cell_is_counted_and_three_are_shown() -> None:
    before: Sequence[Row] = [{"x": 0, "y": 0}] * 5
    (column,) = compare(before, [{"x": 0, "y": place} for place in range(5)], None).columns

    assert (column.column, column.differing) == ("y", 4)
    assert [change.row for change in column.examples] == [1, 2, 3]


# Rows


def test_rows_that_one_side_lacks_are_told_by_their_position() -> None:
    longer: Sequence[Row] = [{"x": 1}] * 3

    removed, added = compare(longer, [{"x": 1}], None), compare([{"x": 1}], longer, None)

    assert (only(removed.removed_rows), only(added.added_rows)) == ((2, 1), (2, 1))
    assert removed.columns == added.columns == ()


def test_a_change_is_told_with_its_key() -> None:
    found = compare([{"id": "a", "n": 1}, {"id": "b", "n": 1}], [{"id": "b", "n": 2}], ("id",))

    (change,) = found.columns[0].examples
    assert (change.row, change.key) == (1, '"b"')
    assert found.removed_rows.examples == ({"id": "a", "n": 1},)


def test_a_long_key_is_cut_where_it_is_shown() -> None:
    found = compare([{"id": "x" * 999, "n": 1}], [{"id": "x" * 999, "n": 2}], ("id",))

    shown = found.columns[0].examples[0].key
    assert shown is not None
    assert (len(shown), shown[-1]) == (200, "…")


def test_rows_that_repeat_a_key_are_matched_in_their_order_and_counted() -> None:
    before: Sequence[Row] = [{"id": 1, "n": 1}, {"id": 1, "n": 2}]

    found = compare(before, [{"id": 1, "n": 1}, {"id": 1, "n": 3}, {"id": 1, "n": 4}], ("id",))

    assert (found.same_rows, found.changed_rows, found.added_rows.count) == (1, 1, 1)
    assert found.repeated_keys == 3


def test_a_key_that_no_row_has_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidRequest, match="no row has a column 'idd'; there is 'id'") as refused:
        compare([{"id": 1}], [], ("idd",))

    assert refused.value.details[0].pointer == "/key/0"


def test_a_key_of_very_many_columns_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="at most 32 columns, not 33"):
        compare([{"id": 1}], [], ("id",) * 33)


def test_the_nearest_of_very_many_columns_is_looked_for_among_the_first() -> None:
    wide: Row = {f"column{number}": 1 for number in range(5000)}

    with pytest.raises(InvalidRequest, match="there is 'column999'"):
        compare([wide], [], ("column9999",))


# A key that is found


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ([{"n": 1, "id": 1}, {"n": 2, "id": 2}], [{"n": 1, "id": 1}], "id"),
        ([{"n": 1, "order_id": 1}], [{"n": 1, "order_id": 1}], "order_id"),
        ([{"a": 1, "b": 1}], [{"a": 1, "b": 1}], "a"),
        ([{"id": "p", "n": 1}], [{"id": "q", "n": 1}], "n"),
        ([{"id": 1, "n": 1}, {"id": 1, "n": 2}], [{"id": 1, "n": 1}], "n"),
        ([{"id": None, "n": 1}], [{"id": None, "n": 1}], "n"),
        ([{"id": [1], "n": 1}], [{"id": [1], "n": 1}], "n"),
        ([{"id": 1, "n": 1}, {"n": 2}], [{"id": 1, "n": 1}], "n"),
        ([{"id": 1}], [], "id"),
        ([], [{"id": 1}], "id"),
        ([], [], None),
        ([{}], [{}], None),
        ([{"x": 1}, {"x": 1.0}], [{"x": 1}], None),
        ([{"x": 1}], [{"y": 1}], None),
    ],
)
def test_a_key_is_a_column_that_tells_all_rows_apart(
    before: Any, after: Any, key: str | None
) -> None:
    assert found_key(before, after) == (None if key is None else (key,))


@given(keyed, keyed)
def test_a_found_key_repeats_nowhere(before: Any, after: Any) -> None:
    key = found_key(before, after)

    if key is not None:
        assert compare(before, after, key).repeated_keys == 0
