import enum
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.runtime.guest.encode import NotSerialisable
from processor.runtime.guest.strict import encode_result

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


class Colour(enum.IntEnum):
    RED = 1


def refused(value: object) -> NotSerialisable:
    with pytest.raises(NotSerialisable) as raised:
        encode_result(value)
    return raised.value


@given(VALUES)
def test_what_json_says_itself_comes_back_as_it_was(value: Any) -> None:
    assert json.loads(encode_result(value)) == value


def test_tuples_become_arrays_and_numbers_as_keys_become_texts() -> None:
    assert encode_result({1: (10, 20), 1.5: [], None: 0}) == b'{"1":[10,20],"1.5":[],"null":0}'


def test_an_enumeration_of_numbers_is_a_number() -> None:
    assert encode_result([Colour.RED]) == b"[1]"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"ids": {1, 2}}, "result.ids: Object of type set is not JSON serializable"),
        ([1, {"a b": b""}], "result[1]['a b']: Object of type bytes is not JSON serializable"),
        (float("nan"), "result: nan has no JSON form"),
        ([float("-inf")], "result[0]: -inf has no JSON form"),
        (date(2026, 1, 2), "result: Object of type date is not JSON serializable"),
        ({(1, 2): 3}, "result['(1, 2)']: the key (1, 2) is of type tuple, not text"),
        ({1: 0, "1": 0}, "result['1']: two keys become the text '1'"),
        ("\ud800", "result: the text has a lone surrogate, which JSON cannot carry"),
        ([10**4300], "result[0]: the integer has more than 4300 digits"),
    ],
)
def test_what_has_no_json_form_is_told_with_its_path(value: object, message: str) -> None:
    assert str(refused(value)).startswith(message)


@pytest.mark.parametrize("value", [{1}, date(2026, 1, 2), Decimal(1), b"", (n for n in "a")])
def test_how_to_convert_a_value_is_told(value: object) -> None:
    assert refused(value).hint


def test_a_list_in_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)

    assert "nested more than 100 deep, or in itself" in str(refused(endless))
