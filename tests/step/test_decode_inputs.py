"""What a run is told: secondary inputs by number, variables, and the texts to mask."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import InvalidRequest
from processor.step import Inputs
from processor.step.decode_inputs import (
    LONGEST_SECRETS,
    MOST_BRANCHES,
    SHORTEST_SECRET,
    read_inputs,
)
from tests.strategies import json_values


def read(
    inputs: dict[str, Any], branches: tuple[str, ...] = (), sensitive: tuple[str, ...] = ()
) -> Inputs:
    raw = {name: msgspec.Raw(json.dumps(value).encode()) for name, value in inputs.items()}
    return read_inputs(raw, branches, sensitive)


def pointer_of(*given_: Any, **more: Any) -> str:
    with pytest.raises(InvalidRequest) as caught:
        read(*given_, **more)
    return caught.value.details[0].pointer


def secrets(**variables: Any) -> set[str]:
    return set(read({"variables": variables}, sensitive=tuple(variables)).secrets)


def test_secondary_inputs_come_in_the_order_of_their_numbers() -> None:
    inputs = read({"INPUT_DATA3": [{"a": 3}], "INPUT_DATA2": [], "INPUT_DATA": [{"a": 1}]})

    assert (inputs.rows, inputs.secondary) == (b'[{"a": 1}]', (b"[]", b'[{"a": 3}]'))


def test_a_branch_that_did_not_run_is_null_also_between_others() -> None:
    assert read({"INPUT_DATA4": []}).secondary == (b"null", b"null", b"[]")


def test_every_branch_of_the_step_has_an_input() -> None:
    assert read({}, ("orders", "refunds")).secondary == (b"null", b"null")


@pytest.mark.parametrize(
    ("name", "branches"),
    [
        ("INPUT_DATA4", ("orders", "refunds")),
        ("INPUT_DATA66", ()),
        ("INPUT_DATA99", ()),
    ],
)
def test_an_input_of_no_branch_is_refused(name: str, branches: tuple[str, ...]) -> None:
    assert pointer_of({name: []}, branches) == f"/inputs/{name}"


def test_as_many_inputs_as_branches_are_allowed() -> None:
    assert len(read({f"INPUT_DATA{MOST_BRANCHES + 1}": []}).secondary) == MOST_BRANCHES


@pytest.mark.parametrize("rows", [{}, "[]", 5, True])
def test_a_secondary_input_that_is_no_list_is_refused(rows: Any) -> None:
    assert pointer_of({"INPUT_DATA2": rows}) == "/inputs/INPUT_DATA2"


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), json_values))
def test_variables_are_handed_on_as_they_are(variables: dict[str, Any]) -> None:
    assert json.loads(read({"variables": variables}).variables) == variables


@pytest.mark.parametrize("variables", [5, "a", [1], True])
def test_variables_that_are_no_object_are_refused(variables: Any) -> None:
    assert pointer_of({"variables": variables}).startswith("/inputs/variables")


def test_a_variable_that_no_text_can_hold_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        read_inputs({"variables": msgspec.Raw(b'{"a": "\\ud800"}')}, (), ())


def test_a_sensitive_name_that_is_no_variable_is_refused() -> None:
    inputs = {"variables": {"A": "secret"}}

    assert pointer_of(inputs, (), ("A", "B")) == "/step/options/sensitive/1"


def test_only_sensitive_variables_are_secret() -> None:
    inputs = {"variables": {"A": "the key", "B": "a region"}}

    assert read(inputs, sensitive=("A",)).secrets == ("the key",)


@pytest.mark.parametrize(("value", "text"), [(12345, "12345"), (1.25, "1.25"), ("key", "key")])
def test_a_number_is_secret_as_it_prints(value: Any, text: str) -> None:
    assert secrets(A=value) == {text}


@pytest.mark.parametrize("value", ["", "a", "ab", 7, None, True, False])
def test_what_is_too_short_or_stands_everywhere_is_not_masked(value: Any) -> None:
    assert SHORTEST_SECRET == 3
    assert secrets(A=value) == set()


def test_texts_inside_a_value_are_secret() -> None:
    assert secrets(A={"user": "me-too", "keys": ["one", {"two": "second"}]}) == {
        "me-too",
        "one",
        "second",
    }


def test_a_text_is_secret_in_each_form_in_which_it_is_printed() -> None:
    assert secrets(A="first\nsecond\u00e9'\"") >= {
        "first\nsecond\u00e9'\"",
        "first",
        "second\u00e9'\"",
        "first\\nsecond\u00e9\\'\"",
        "first\\nsecond\u00e9'\\\"",
        "first\\nsecond\\u00e9'\\\"",
    }


def test_so_much_can_be_masked_and_no_more() -> None:
    half = LONGEST_SECRETS // 2
    assert secrets(A="a" * half, B=["b" * half]) == {"a" * half, "b" * half}

    variables = {"A": "a" * half, "B": ["b" * half, "c"]}
    refused = pointer_of({"variables": variables}, sensitive=("A", "B"))

    assert refused == "/step/options/sensitive"
