"""What a statement returned, as JSON. Kinds of numpy and pandas: tests/runtime/forked."""

import collections
import enum
import json
import math
import time
import types
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.runtime.guest import encode
from processor.runtime.guest.encode import Encoder, NotAList, NotSerialisable
from processor.values import Json, Row
from tests.strategies import json_values, rows, texts

NOTHING: frozenset[str] = frozenset()


def encode_rows(returned: object, nullable: frozenset[str]) -> tuple[bytes, list[str]]:
    encoder = Encoder(nullable)
    return encoder.encode(returned), encoder.warnings()


def encoded(value: object, nullable: frozenset[str] = NOTHING) -> Any:
    """Give what a value in column `a` becomes."""
    content, _ = encode_rows([{"a": value}], nullable)
    return json.loads(content)[0]["a"]


def problem(value: object) -> str:
    with pytest.raises(NotSerialisable) as caught:
        encode_rows([{"a": value}], NOTHING)
    return str(caught.value)


def hint(value: object) -> str | None:
    with pytest.raises(NotSerialisable) as caught:
        encode_rows([{"a": value}], NOTHING)
    return caught.value.hint


def not_a_list(returned: object) -> tuple[str, str | None]:
    with pytest.raises(NotAList) as caught:
        encode_rows(returned, NOTHING)
    return str(caught.value), caught.value.hint


def same(one: object, other: object) -> bool:
    """Whether two values are equal and of the same types all the way down."""
    return repr(one) == repr(other)


@given(rows, st.integers(1, 5), st.sampled_from([1, 60, encode.PART_BYTES]))
def test_in_parts_rows_are_what_they_are_as_one(
    returned: list[Row], first_rows: int, part_bytes: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encode, "FIRST_ROWS", first_rows)
        patch.setattr(encode, "PART_BYTES", part_bytes)
        parts = list(Encoder(frozenset()).parts(returned))

    assert [row for part in parts for row in json.loads(part)] == returned
    assert len(parts) == 1 or b"[]" not in parts


def test_parts_of_many_rows_are_about_as_large_as_they_should_be() -> None:
    parts = list(Encoder(frozenset()).parts([{"a": "x" * 100}] * 30_000))

    assert len(parts) > 4
    assert {round(len(part) / encode.PART_BYTES, 1) for part in parts[1:-1]} == {1.0}


def test_the_path_in_a_later_part_counts_all_rows() -> None:
    parts = Encoder(frozenset()).parts([{"a": 1}] * 2000 + [{"a": object()}])

    with pytest.raises(NotSerialisable, match=r"^rows\[2000\]\.a: "):
        list(parts)


@given(rows)
def test_json_values_come_back_exactly(returned: list[Row]) -> None:
    content, warnings = encode_rows(returned, NOTHING)

    assert same(json.loads(content), returned)
    assert warnings == []


@given(json_values)
def test_a_value_is_the_same_beside_one_that_is_not_plain(value: Json) -> None:
    content, _ = encode_rows([{"a": value, "b": Decimal(1)}], NOTHING)

    assert same(json.loads(content)[0]["a"], value)


@given(st.integers(-(10**4300) + 1, 10**4300 - 1))
def test_an_integer_of_4300_digits_is_exact(value: int) -> None:
    assert encoded(value) == encoded([value])[0] == value


@pytest.mark.parametrize(
    "value", [10**4300, -(10**4300), Decimal("1E4300"), 10**9000], ids=["+", "-", "Decimal", "9001"]
)
def test_an_integer_of_more_digits_is_refused(value: object) -> None:
    assert problem(value).startswith("rows[0].a: the ")
    assert problem(value).endswith(" has more than 4300 digits")


@pytest.mark.parametrize(
    "text", ["\u200e", "\u202a", "\u00a0", "\u202c", "\u2028", "\0", "\x7f", "😀", '"\\/', "\ufeff"]
)
def test_a_code_point_is_kept(text: str) -> None:
    assert encoded(text) == encoded([text])[0] == text


def test_every_code_point_is_kept() -> None:
    everything = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))

    assert encoded(everything) == encoded((everything,))[0] == everything


def test_text_is_written_as_it_is_and_not_escaped() -> None:
    assert encode_rows([{"a": "é"}], NOTHING)[0] == '[{"a":"é"}]'.encode()


class Colour(str, enum.Enum):  # noqa: UP042 (its text is its name: the case under test)
    RED = "red"


class Size(enum.IntEnum):
    LARGE = 3


Point = collections.namedtuple("Point", ["x", "y"])


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Decimal("1.50"), 1.5),
        (Decimal(3), 3),
        (Decimal("3.0"), 3),
        (Decimal("1E+3"), 1000),
        (Decimal(12345678901234567890123), 12345678901234567890123),
        (Decimal("-0.1"), -0.1),
        (Decimal("1E-5000"), 0.0),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 1, 2, 3), "2024-02-29T01:02:03"),  # noqa: DTZ001 (authors have them)
        (datetime(2024, 2, 29, tzinfo=UTC), "2024-02-29T00:00:00+00:00"),
        (time_of_day(1, 2, 3), "01:02:03"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (b"\0\xff", "AP8="),
        (bytearray(b"\0\xff"), "AP8="),
        (memoryview(b"\0\xff"), "AP8="),
        (b"", ""),
        ((1, (2,)), [1, [2]]),
        (Point(1, 2), [1, 2]),
        (types.MappingProxyType({"b": (1,)}), {"b": [1]}),
        (collections.OrderedDict(b=1), {"b": 1}),
        (collections.UserDict({"b": 1}), {"b": 1}),
        (Colour.RED, "red"),
        (Size.LARGE, 3),
        (True, True),
        ([None, [], {}], [None, [], {}]),
        ({"b": [{"c": Decimal("1.5")}]}, {"b": [{"c": 1.5}]}),
    ],
)
def test_a_value_of_the_standard_library_is_normalised(value: object, plain: Json) -> None:
    assert same(encoded(value), plain)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({1, 2}, "rows[0].a: a set has no JSON form"),
        (frozenset(), "rows[0].a: a frozenset has no JSON form"),
        (1j, "rows[0].a: a complex has no JSON form"),
        (Fraction(1, 2), "rows[0].a: a Fraction has no JSON form"),
        (timedelta(1), "rows[0].a: a timedelta has no JSON form"),
        (object(), "rows[0].a: an object has no JSON form"),
        (int, "rows[0].a: a type has no JSON form"),
        (range(3), "rows[0].a: a range has no JSON form"),
        (iter([]), "rows[0].a: a list_iterator has no JSON form"),
        ([0, {"b": {1}}], "rows[0].a[1].b: a set has no JSON form"),
        ({"not a name": {1}}, "rows[0].a['not a name']: a set has no JSON form"),
        ({"é": {1}}, "rows[0].a.é: a set has no JSON form"),
        ((0, 1, {1}), "rows[0].a[2]: a set has no JSON form"),
        ({1: 2}, "rows[0].a: the key 1 is an int, not text"),
        ([{None: 2}], "rows[0].a[0]: the key None is a NoneType, not text"),
        ("\ud800", "rows[0].a: the text has a lone surrogate, which JSON cannot carry"),
        (["x\udfff"], "rows[0].a[0]: the text has a lone surrogate, which JSON cannot carry"),
        ({"\ud800": 1}, "rows[0].a: the text has a lone surrogate, which JSON cannot carry"),
        (math.nan, "rows[0].a: nan has no JSON form"),
        (math.inf, "rows[0].a: inf has no JSON form"),
        ([-math.inf], "rows[0].a[0]: -inf has no JSON form"),
        (Decimal("nan"), "rows[0].a: nan has no JSON form"),
        (Decimal("sNaN"), "rows[0].a: nan has no JSON form"),
        (Decimal("-Infinity"), "rows[0].a: -inf has no JSON form"),
    ],
)
def test_a_value_without_a_json_form_is_told_with_its_path(value: object, said: str) -> None:
    assert problem(value) == said


def test_the_path_counts_rows() -> None:
    with pytest.raises(NotSerialisable, match=r"^rows\[17\]\.price: a set has"):
        encode_rows([{"price": 1}] * 17 + [{"price": {1}}], NOTHING)


@pytest.mark.parametrize("key", [1, None, (1,), b"a", 1.5, True])
def test_a_column_is_named_by_text(key: object) -> None:
    with pytest.raises(NotSerialisable, match=r"^rows\[0\]: the key .* is an? .*, not text$"):
        encode_rows([{key: 1}], NOTHING)


def test_a_lone_surrogate_in_the_name_of_a_column_is_refused() -> None:
    with pytest.raises(NotSerialisable, match=r"^rows\[0\]: the text has a lone surrogate"):
        encode_rows([{"\ud800": 1}], NOTHING)


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ({1}, "make it a list: `sorted(values)`"),
        (frozenset({1}), "make it a list: `sorted(values)`"),
        ({1: 2}, "name columns by text: `{str(key): value}`"),
        ("\ud800", 'drop it with `text.encode("utf-8", "ignore").decode()`'),
        (math.nan, "replace it, or let the column be null in the output schema"),
        (1j, None),
    ],
)
def test_a_refused_value_says_what_to_do(value: object, advice: str | None) -> None:
    assert hint(value) == advice


def nested(depth: int) -> object:
    value: object = Decimal(1)
    for _ in range(depth):
        value = [value]
    return value


def test_a_hundred_levels_are_taken() -> None:
    assert encoded(nested(99)) == json.loads("[" * 99 + "1" + "]" * 99)


def test_more_levels_are_refused() -> None:
    assert problem(nested(100)).endswith("nested more than 100 deep, or in itself")


@pytest.mark.parametrize("kind", ["list", "dict"])
def test_a_value_inside_itself_is_refused(kind: str) -> None:
    items: list[object] = []
    items.append(items)
    mapping: dict[str, object] = {}
    mapping["b"] = mapping

    assert "or in itself" in problem(items if kind == "list" else mapping)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, Decimal("NaN"), Decimal("sNaN")])
def test_a_number_that_is_none_becomes_null_in_a_nullable_column(value: object) -> None:
    assert encoded(value, frozenset({"a"})) is None


def test_a_number_that_is_none_becomes_null_deep_inside_a_nullable_column() -> None:
    assert encoded([{"b": math.nan}], frozenset({"a"})) == [{"b": None}]


def test_a_decimal_that_is_too_long_is_not_taken_for_infinity() -> None:
    with pytest.raises(NotSerialisable, match="more than 4300 digits"):
        encode_rows([{"a": Decimal("1e999999")}], frozenset({"a"}))


def test_each_column_in_which_values_became_null_is_one_warning() -> None:
    row = {"a": math.nan, "b": [math.inf, -math.inf], "c": 1.0}

    content, warnings = encode_rows([row, row], frozenset({"a", "b", "c"}))

    assert json.loads(content) == [{"a": None, "b": [None, None], "c": 1.0}] * 2
    assert warnings == [
        "2 values of column `a` that had no JSON form (NaN or infinite) became null",
        "4 values of column `b` that had no JSON form (NaN or infinite) became null",
    ]


def test_only_the_named_columns_may_become_null() -> None:
    with pytest.raises(NotSerialisable, match=r"rows\[0\]\.b: nan"):
        encode_rows([{"a": math.nan, "b": math.nan}], frozenset({"a"}))


@pytest.mark.parametrize("returned", [[], (), [{}], ({"a": 1},)])
def test_a_list_or_a_tuple_of_objects_is_taken(returned: object) -> None:
    content, _ = encode_rows(returned, NOTHING)

    assert json.loads(content) == list(returned)  # type: ignore[call-overload] # each is one


def generator() -> Iterator[dict[str, int]]:
    yield {"a": 1}


@pytest.mark.parametrize(
    ("returned", "said", "advice"),
    [
        (None, "the statement returned None; end it with `return <list>`", None),
        (
            {"a": 1},
            "the statement returned a dict, not a list of objects",
            "return a list with this object in it: `return [row]`",
        ),
        (
            generator(),
            "the statement returned a generator, not a list of objects",
            "make it a list: `return list(rows)`",
        ),
        (
            {1},
            "the statement returned a set, not a list of objects",
            "make it a list: `return list(rows)`",
        ),
        (
            "rows",
            "the statement returned a str, not a list of objects",
            "end the statement with `return <list>`",
        ),
        (
            1,
            "the statement returned an int, not a list of objects",
            "end the statement with `return <list>`",
        ),
    ],
)
def test_anything_else_is_not_a_list(returned: object, said: str, advice: str | None) -> None:
    assert not_a_list(returned) == (said, advice)


@pytest.mark.parametrize("row", [1, None, "a", [("a", 1)], ("a",)])
def test_a_row_that_is_no_object_is_told_with_its_number(row: object) -> None:
    said, advice = not_a_list([{"a": 1}, row])

    assert said.startswith("rows[1] is a")
    assert advice == "each row is a dict: column name to value"


@given(texts)
def test_any_text_names_a_column(name: str) -> None:
    content, _ = encode_rows([{name: (1,)}], NOTHING)

    assert json.loads(content) == [{name: [1]}]


def test_integers_beside_nested_values_cost_little() -> None:
    """Once, ten to the 4300th was raised anew for each: 30 microseconds an integer."""
    returned = [{"a": number, "b": [number] * 9} for number in range(2_000)]
    started = time.process_time()

    encode_rows(returned, NOTHING)

    assert time.process_time() - started < 0.3
