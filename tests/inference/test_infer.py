"""Rows to the schema that they seem to have."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import InvalidRequest
from processor.inference import Inferred, InferredColumn, disagreements, infer, source_of
from processor.schema import check_rows, read_schema
from tests.strategies import json_values

named_rows = st.lists(
    st.dictionaries(st.sampled_from("abc"), json_values | st.dates().map(str), max_size=3),
    min_size=1,
).filter(any)


def only(*values: Any, spelled: bool = False) -> InferredColumn:
    """Infer the one column of rows with these values."""
    (column,) = infer([{"x": value} for value in values], spelled=spelled).columns
    return column


def shape(found: Inferred) -> list[tuple[str, str, bool]]:
    return [(column.name, column.type, column.nullable) for column in found.columns]


# What always holds


@given(named_rows)
def test_the_schema_takes_the_rows_that_it_was_inferred_from(rows: Any) -> None:
    schema = read_schema(source_of(infer(rows)))

    assert check_rows(msgspec.json.encode(rows), schema, longest=None).count == len(rows)


@given(named_rows)
def test_it_disagrees_with_itself_in_nothing(rows: Any) -> None:
    found = infer(rows)

    assert disagreements(found, read_schema(source_of(found))) == ()


@given(named_rows, st.randoms())
def test_the_order_of_rows_makes_no_difference(rows: Any, random: Any) -> None:
    shuffled = random.sample(rows, len(rows))

    assert sorted(shape(infer(rows))) == sorted(shape(infer(shuffled)))


# Types


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "Integer"),
        ([1, 1.5], "Double"),
        ([3.0], "Double"),
        ([True, False], "Boolean"),
        ([True, 1], "JSON"),
        (["a"], "Text"),
        ([""], "Text"),
        (["2024-12-31", "2024-12-31T23:59:00Z"], "Date"),
        (["12/31/2024 23:59:00"], "Date"),
        (["2024-12-31", "soon"], "Text"),
        (["31.12.2024"], "Text"),
        (["12"], "Text"),
        ([{"a": 1}], "JSON"),
        ([[1, 2]], "JSON"),
        ([[]], "JSON"),
        ([[{"a": 1}], []], "Table"),
        ([[{"a": 1}, 2]], "JSON"),
        ([[{"a": 1}], [2]], "JSON"),
        ([[{"": 1}]], "JSON"),
        ([[{}]], "JSON"),
        ([None], "Text"),
        ([1, None], "Integer"),
        ([10**60], "Integer"),
    ],
)
def test_a_column_has_the_narrowest_type_that_takes_all_its_values(
    values: list[Any], kind: str
) -> None:
    assert only(*values).type == kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "20"], "Integer"),
        (["1", "2.5"], "Double"),
        (["true", "false"], "Boolean"),
        (["012"], "Text"),
        (["1", "x"], "Text"),
        (["1", None], "Integer"),
    ],
)
def test_texts_count_as_what_they_spell_where_there_is_nothing_but_texts(
    values: list[Any], kind: str
) -> None:
    assert only(*values, spelled=True).type == kind


def test_the_columns_of_a_table_are_inferred_from_all_its_rows() -> None:
    column = only([{"sku": "a", "n": 1}], [{"sku": "b"}, {"sku": "c", "n": 2.5}])

    assert [(each.name, each.type, each.nullable) for each in column.columns] == [
        ("sku", "Text", False),
        ("n", "Double", True),
    ]


def test_a_column_that_a_row_lacks_may_be_null() -> None:
    assert shape(infer([{"a": 1}, {"a": 1, "b": 2}])) == [
        ("a", "Integer", False),
        ("b", "Integer", True),
    ]


def test_tables_in_tables_beyond_what_a_schema_may_nest_are_json() -> None:
    value: Any = 1
    for _ in range(20):
        value = [{"t": value}]

    source = source_of(infer([{"x": value}]))

    assert str(source).count("'Table'") == 8


# What else was seen


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2024-12-31", "date"),
        ("2024-12-31T10:00:00", "date-time"),
        ("12/31/2024 10:00:00", "month-first date-time"),
        ("0b2f1d7e-5c1a-4b6e-9a57-1f0b7a3c2d4e", "uuid"),
        ("ada@example.org", "email"),
        ("https://example.org/a?b=c", "uri"),
        ("192.168.0.1", "ipv4"),
        ("SGVsbG8gd29ybGQsIGhlbGxvIQ==", "base64"),
        ("0123456789abcdef0123456789abcdef", None),
        ("plain", None),
        ("x" * 1000 + "@example.org", None),
    ],
)
def test_a_format_is_told_where_all_texts_have_it(text: str, form: str | None) -> None:
    assert only(text).format == form
    assert only(text, "and another").format is None


@pytest.mark.parametrize(
    ("texts", "patterns"),
    [
        (["31.12.2024"], ("dd.MM.yyyy",)),
        (["1.2.2024", "31.12.2024"], ("d.M.yyyy",)),
        (["31/12/2024 10:00"], ("dd/MM/yyyy HH:mm",)),
        (["01/02/2024"], ("dd/MM/yyyy", "MM/dd/yyyy")),
        (["01/02/2024", "12/31/2024"], ("MM/dd/yyyy",)),
        (["20241231"], ("yyyyMMdd",)),
        (["2024-12-31"], ()),
        (["99.99.9999"], ()),
    ],
)
def test_dates_that_a_date_column_does_not_take_are_told_by_their_pattern(
    texts: list[str], patterns: tuple[str, ...]
) -> None:
    assert only(*texts).date_patterns == patterns


def test_an_ambiguous_pattern_is_a_question() -> None:
    (note,) = only("01/02/2024").notes

    assert note.startswith("dates written as dd/MM/yyyy or MM/dd/yyyy; ask which")


def test_texts_that_spell_numbers_are_told() -> None:
    column = only("1", "20")

    assert (column.type, column.spells) == ("Text", "Integer")
    assert column.notes == ("texts that spell Integer: as texts, 10 comes before 9",)


@pytest.mark.parametrize("text", ["12,50", "-1.234.567,8", "0,1"])
def test_numbers_with_a_decimal_comma_are_told(text: str) -> None:
    assert only(text).notes == (
        "numbers with a decimal comma: as texts they neither sort nor add up",
    )
    assert only(text, "1,2,3").notes == ()


def test_few_texts_that_come_again_are_values_to_choose_from() -> None:
    assert only(*["paid", "open"] * 10).values == ("paid", "open")
    assert only("paid", "open").values is None
    assert only(*map(str, range(30)), "a").values is None
    assert only(*["y" * 101] * 30).values is None


def test_numbers_have_their_least_and_greatest() -> None:
    column = only(3, 1, 2.5)

    assert (column.least, column.greatest, column.whole) == (1, 3, False)


def test_values_of_several_types_are_named() -> None:
    assert only(1, "a").notes == ("values of several types: Integer, Text",)


# What cannot be inferred


@pytest.mark.parametrize(
    ("rows", "pointer"),
    [
        ([], "/rows"),
        ([{}, {}], "/rows"),
        ([{"a": 1}, {"": 1}], "/rows/1"),
        ([{str(number): 1 for number in range(2001)}], "/rows"),
        ([{"a": [{str(number): 1 for number in range(2001)}]}], "/rows"),
        ([{"x" * 300_000: 1}], "/rows"),
    ],
)
def test_rows_that_no_schema_can_describe_are_refused(rows: Any, pointer: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        infer(rows)

    assert [detail.pointer for detail in refused.value.details] == [pointer]


def test_columns_are_counted_as_they_are_met_so_that_memory_is_bounded() -> None:
    wide: Any = [{str(number): [{"a": 1}]} for number in range(2001)]

    with pytest.raises(InvalidRequest, match="the rows have more than 2,000 columns"):
        infer(wide)
