"""How values are shown in messages."""

import time

from hypothesis import given

from processor.schema.wording import EXCERPT, kind_and_excerpt, listed, nearest, pointer_of
from processor.values import Json
from tests.schema.strategies import json_values


@given(json_values)
def test_an_excerpt_is_short_and_printable(value: Json) -> None:
    excerpt = kind_and_excerpt(value)

    assert len(excerpt) <= EXCERPT
    assert "\n" not in excerpt


def test_a_huge_value_costs_no_more_than_a_small_one() -> None:
    huge: Json = {"a": ["x" * 20_000_000] * 50, "b" * 1_000_000: 1}
    started = time.process_time()

    excerpt = kind_and_excerpt(huge)

    assert time.process_time() - started < 0.05
    assert excerpt.startswith('object {"a":[…],"bbb')


def test_a_bool_is_shown_as_a_bool() -> None:
    assert kind_and_excerpt(True) == "Boolean true"


def test_a_pointer_escapes_tilde_and_slash() -> None:
    assert pointer_of([0, "a~/b"]) == "/0/a~0~1b"


def test_a_long_list_of_names_is_cut() -> None:
    assert listed(f"c{i}" for i in range(12)).endswith("'c9' and 2 more")


def test_the_nearest_name_is_found_in_another_case() -> None:
    assert nearest("ID", ["id", "price"]) == "nearest: 'id'"
