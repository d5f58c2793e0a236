"""Values made unreadable in their own shape."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.capsule import leaves, redacted, replaced
from processor.schema import is_date
from tests.strategies import doubles, integers, json_values, texts

scalars = st.none() | st.booleans() | integers | doubles | texts


@given(scalars)
def test_what_is_unreadable_stays_of_its_type_and_stays_the_same(value: Any) -> None:
    once = redacted(value)

    assert type(once) is type(value)
    assert redacted(once) == once


@given(st.dates().map(str) | st.datetimes().map(lambda at: at.isoformat()))
def test_dates_stay_dates(text: str) -> None:
    assert is_date(str(redacted(text)))


@given(json_values)
def test_with_all_its_leaves_replaced_nothing_readable_is_left(value: Any) -> None:
    paths = {path: redacted(at(value, path)) for path in leaves(value)}

    changed = replaced(value, paths)

    assert list(leaves(changed)) == []
    assert shape(changed) == shape(value)


def at(value: Any, path: Any) -> Any:
    for part in path:
        value = value[part]
    return value


def shape(value: Any) -> Any:
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    return type(value)


@pytest.mark.parametrize(
    ("value", "unreadable"),
    [
        ("Ada Lovelace, 1815", "Xxx Xxxxxxxx, 0000"),
        ("Straße 7b", "Xxxxxx 0x"),
        (1815, 1000),
        (-37, -10),
        (0, 0),
        (12.5, 10.0),
        (-0.037, -0.01),
        ("12/31/2024 23:59:00", "01/01/2000 00:00:00"),
        ("2024-12-31T23:59:00+01:00", "2000-01-01T00:00:00+00:00"),
        (None, None),
        (True, True),
    ],
)
def test_a_value_has_its_length_size_and_kinds_of_characters(value: Any, unreadable: Any) -> None:
    assert msgspec.json.encode(redacted(value)) == msgspec.json.encode(unreadable)
