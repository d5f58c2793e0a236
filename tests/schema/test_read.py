"""Schemas from outside, most of them hostile."""

import asyncio
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import InvalidSchema
from processor.schema import read_schema, require_column
from processor.values import Json
from tests.schema.strategies import json_values

ROW: dict[str, Json] = {"type": "object", "properties": {"id": {"type": "integer"}}}
ARRAY: dict[str, Json] = {"type": "array", "items": ROW}


def refusal(source: dict[str, Json]) -> str:
    with pytest.raises(InvalidSchema) as caught:
        read_schema(source)
    return caught.value.message


def test_a_schema_of_a_row_and_one_of_the_array_are_the_same() -> None:
    assert read_schema(ROW) == read_schema(ARRAY)


def test_definitions_of_a_row_stay_reachable() -> None:
    schema = read_schema(
        {
            "type": "object",
            "properties": {"id": {"$ref": "#/$defs/Id"}},
            "$defs": {"Id": {"type": "integer"}},
        }
    )

    assert schema.validator.is_valid([{"id": 1}])
    assert not schema.validator.is_valid([{"id": "1"}])


def test_a_row_that_is_a_reference_is_followed() -> None:
    schema = read_schema({"$ref": "#/$defs/Row", "$defs": {"Row": ROW}})

    assert schema.names == frozenset({"id"})


def test_an_array_of_anything_is_an_array_of_objects() -> None:
    schema = read_schema({"type": "array"})

    assert schema.validator.is_valid([{"a": 1}])
    assert not schema.validator.is_valid([1])


def test_a_schema_is_compiled_once() -> None:
    assert read_schema(ROW) is read_schema(dict(ROW))


def test_a_schema_does_not_change_with_its_source() -> None:
    source = msgspec.json.decode(msgspec.json.encode(ARRAY))
    schema = read_schema(source)

    source["items"] = {}

    assert schema.names == frozenset({"id"})


async def test_a_schema_is_usable_in_another_thread() -> None:
    assert await asyncio.to_thread(read_schema(ROW).validator.is_valid, [{"id": 1}])


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({}, 'its top: give "columns", or a JSON Schema'),
        ({"type": "string"}, 'give "columns", or a JSON Schema'),
        ({"type": "array", "items": {"type": "string"}}, "/items: a row is an object"),
        ({"type": "array", "items": 3}, "/items: a row is an object"),
        ({"type": "array", "items": {"type": ["object", "null"]}}, "/items: a row is an object"),
        ({**ARRAY, "uniqueItems": True}, "/uniqueItems: the array of rows has `items` only"),
        ({**ARRAY, "minItems": 1}, "/minItems: the array of rows has `items` only"),
        ({**ROW, "$schema": "http://json-schema.org/draft-07/schema#"}, "only JSON Schema 2020-12"),
        (
            {"type": "object", "properties": {"a": {"type": "intger"}}},
            "schema at /properties/a/type: ",
        ),
        (
            {"type": "object", "properties": {"a": {"minimum": "1"}}},
            "schema at /properties/a/minimum: ",
        ),
        ({"type": "object", "properties": [1]}, "schema at /properties: "),
        ({"type": "array", "items": {"required": [1]}}, "/items/required/0: "),
    ],
)
def test_a_mistake_in_a_json_schema_is_named_with_its_place(
    source: dict[str, Json], said: str
) -> None:
    assert said in refusal(source)


@pytest.mark.parametrize("pattern", ["(?=a)b", r"(a)\1", "(", "((a{100}){100}){100}"])
def test_a_pattern_that_cannot_run_in_linear_time_is_refused(pattern: str) -> None:
    message = refusal({"type": "object", "properties": {"a": {"pattern": pattern}}})

    assert "/properties/a/pattern: the pattern cannot run in linear time" in message


def test_a_catastrophic_pattern_is_harmless() -> None:
    schema = read_schema({"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}})
    started = time.process_time()

    assert not schema.validator.is_valid([{"a": "a" * 100_000 + "!"}])
    assert time.process_time() - started < 1


def test_a_schema_of_10_megabytes_is_refused() -> None:
    assert "more than 262144" in refusal({**ROW, "title": "x" * 10_000_000})


@pytest.mark.parametrize("levels", [33, 900, 100_000])
def test_a_deep_schema_is_refused(levels: int) -> None:
    deep: dict[str, Json] = {}
    for _ in range(levels):
        deep = {"not": deep}

    assert "nests deeper than 32" in refusal({"type": "object", "properties": {"a": deep}})

    # Taken apart level by level: freeing it at once would need a deep stack on some builds.
    while deep:
        deep = deep.pop("not")  # type: ignore[assignment]  # (it is what was put there)


def test_a_schema_with_lone_surrogates_is_refused() -> None:
    assert "it is no JSON" in refusal({**ROW, "title": "\ud800"})


@given(st.dictionaries(
    st.sampled_from(["type", "properties", "items", "$ref", "$defs", "anyOf", "allOf", "required",
                     "enum", "pattern", "patternProperties", "additionalProperties", "columns",
                     "if", "not", "const", "format", "dependentSchemas", "prefixItems", "minimum"]),
    st.recursive(
        json_values | st.sampled_from(["object", "array", "string", "#/$defs/a", "#"]),
        lambda inner: st.dictionaries(
            st.sampled_from(["type", "$ref", "a", "properties", "items", "anyOf"]), inner
        ) | st.lists(inner, max_size=2),
        max_leaves=8,
    ),
))  # fmt: skip
def test_whatever_is_sent_is_read_or_refused(source: dict[str, Json]) -> None:
    try:
        schema = read_schema(source)
    except InvalidSchema:
        return
    schema.validator.is_valid([{"a": 1}])


def test_the_checkpoint_column_is_a_column_of_the_schema() -> None:
    require_column(read_schema(ROW), "id")


def test_another_checkpoint_column_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidSchema, match="'Id' is no column of the output schema; nearest: 'id"):
        require_column(read_schema(ROW), "Id")


def test_any_checkpoint_column_passes_where_the_schema_names_none() -> None:
    require_column(read_schema({"type": "array"}), "id")
