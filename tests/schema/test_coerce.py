"""Values turned into what a column takes."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.schema.coerce import coerced
from processor.values import Json
from tests.schema.strategies import doubles, integers, json_values

KINDS = ["Integer", "Double", "Boolean", "Text", "Date", "Base64", "JSON", "Table"]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("12", "Integer", 12),
        ("-0", "Integer", 0),
        ("12.00", "Integer", 12),
        ("12345678901234567890123.0", "Integer", 12345678901234567890123),
        ("9" * 4300, "Integer", int("9" * 4300)),
        ("1.5", "Double", 1.5),
        ("1e3", "Double", 1000.0),
        ("7", "Double", 7),
        ("true", "Boolean", True),
        ("false", "Boolean", False),
        (1, "Boolean", True),
        (0, "Boolean", False),
        (1.0, "Boolean", True),
        (12, "Text", "12"),
        (1.0, "Text", "1.0"),
        (1e22, "Text", "1e22"),
        (True, "Text", "true"),
        (10**30, "Text", str(10**30)),
    ],
)
def test_a_value_becomes_what_the_column_takes(value: Json, kind: str, expected: Json) -> None:
    given = coerced(value, kind)

    assert given == expected
    assert type(given) is type(expected)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *[(text, "Integer") for text in ("", " 1", "1 ", "1\n", "+1", "01", "1_0", "1,0", "0x1")],
        *[(text, "Integer") for text in ("1e3", "1.5", "1.", ".0", "١٢", "-", "9" * 4301)],
        *[(text, "Double") for text in ("", "1,5", ".5", "1.", "NaN", "inf", "1e400", "1e")],
        *[(text, "Boolean") for text in ("True", "yes", "1", "0", "")],
        *[(number, "Boolean") for number in (2, -1, 0.5)],
        (True, "Integer"),
        (False, "Double"),
        (1.5, "Integer"),
        ([1], "Text"),
        ({}, "Text"),
        (None, "Text"),
        (20240101, "Date"),
        (5, "Base64"),
        ("[]", "Table"),
    ],
)  # fmt: skip
def test_what_would_be_a_guess_is_unchanged(value: Json, kind: str) -> None:
    assert coerced(value, kind) is value


@given(integers | doubles | st.booleans())
def test_a_number_s_text_becomes_the_number_again(value: Json) -> None:
    kind = {int: "Integer", float: "Double", bool: "Boolean"}[type(value)]

    again = coerced(coerced(value, "Text"), kind)

    assert msgspec.json.encode(again) == msgspec.json.encode(value)


@given(json_values, st.sampled_from(KINDS))
def test_a_value_that_was_coerced_stays(value: Json, kind: str) -> None:
    once = coerced(value, kind)

    assert coerced(once, kind) is once or coerced(once, kind) == once
