"""Which value a checkpoint takes (rules 26 and 27 of the statement's rules)."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.checkpoint import is_left_by_null, next_value
from processor.values import Json

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    scalars | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=8,
)


@given(values.filter(lambda value: value is not None))
def test_a_checkpoint_is_the_last_rows_value_typed_as_it_was(value: Json) -> None:
    moved = next_value({"id": value}, "id")

    assert moved is not None
    decoded = msgspec.json.decode(moved)
    assert (decoded, type(decoded)) == (value, type(value))


@pytest.mark.parametrize("value", [0, False, "", 0.0, [], {}])
def test_an_empty_value_is_a_value(value: Json) -> None:
    assert next_value({"id": value}, "id") is not None
    assert not is_left_by_null({"id": value}, "id")


def test_no_rows_leave_the_checkpoint_without_a_warning() -> None:
    assert next_value(None, "id") is None
    assert not is_left_by_null(None, "id")


def test_no_column_leaves_the_checkpoint_without_a_warning() -> None:
    assert next_value({"id": 1}, None) is None
    assert not is_left_by_null({"id": 1}, None)


@pytest.mark.parametrize("row", [{"id": None}, {}, {"id": float("inf")}])
def test_null_in_the_last_row_leaves_the_checkpoint_with_a_warning(row: dict[str, Json]) -> None:
    assert next_value(row, "id") is None
    assert is_left_by_null(row, "id")
