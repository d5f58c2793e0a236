"""What a JSON Schema may not say here."""

from pathlib import Path

import pytest

from processor.errors import InvalidSchema
from processor.schema import read_schema
from processor.values import Json


def with_column(column: Json, defs: dict[str, Json] | None = None) -> dict[str, Json]:
    return {"type": "object", "properties": {"a": column}, "$defs": defs or {}}


@pytest.mark.parametrize(
    "ref",
    ["http://127.0.0.1:1/x", "https://example.com/x#/$defs/a", "file:///etc/passwd", "x.json",
     "#", "#a", "#/properties/a", "#/$defs/a/b", "urn:x", "", 3],
)  # fmt: skip
def test_a_reference_out_of_the_definitions_is_refused(ref: Json) -> None:
    with pytest.raises(InvalidSchema, match=r"/properties/a/\$ref: only `#/\$defs/NAME`"):
        read_schema(with_column({"$ref": ref}))


def test_a_local_file_is_never_read(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"type": "integer"}')

    with pytest.raises(InvalidSchema, match="nothing is fetched from a network or file"):
        read_schema(with_column({"$ref": (tmp_path / "x.json").as_uri()}))


@pytest.mark.parametrize(
    "place",
    ["additionalProperties", "not", "if", "propertyNames", "unevaluatedProperties", "contains"],
)
def test_a_reference_is_found_in_every_place_of_a_subschema(place: str) -> None:
    with pytest.raises(InvalidSchema, match="only `#/"):
        read_schema(with_column({place: {"anyOf": [{"items": {"$ref": "http://x"}}]}}))


@pytest.mark.parametrize(
    "word",
    ["$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$anchor", "$id", "$schema", "dependencies"],
)
def test_what_would_escape_the_count_is_refused(word: str) -> None:
    with pytest.raises(InvalidSchema) as caught:
        read_schema(with_column({word: "#x"}))

    assert f"/properties/a/{word}: " in caught.value.message


def test_a_column_may_be_named_as_a_keyword() -> None:
    schema = read_schema({"type": "object", "properties": {"$ref": {"type": "integer"}}})

    assert schema.names == frozenset({"$ref"})


def test_a_value_may_look_like_a_reference() -> None:
    read_schema(with_column({"enum": [{"$ref": "http://x"}]}))


@pytest.mark.parametrize("inside", [{"$ref": "#/$defs/a"}, {"items": {"$ref": "#/$defs/a"}}])
def test_a_schema_that_refers_to_itself_is_refused(inside: Json) -> None:
    with pytest.raises(InvalidSchema, match="'a' refers to itself"):
        read_schema(with_column({"$ref": "#/$defs/a"}, {"a": inside}))


def test_a_reference_to_nothing_is_refused() -> None:
    with pytest.raises(InvalidSchema, match="'b' is not there"):
        read_schema(with_column({"$ref": "#/$defs/b"}))


def test_a_schema_that_unfolds_without_bound_is_refused() -> None:
    defs: dict[str, Json] = {
        f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}, {"$ref": f"#/$defs/d{i + 1}"}]}
        for i in range(60)
    }

    with pytest.raises(InvalidSchema, match=r"it unfolds to \d+ schemas, more than 20000"):
        read_schema(with_column({"$ref": "#/$defs/d0"}, {**defs, "d60": True}))


def test_an_escaped_name_is_found() -> None:
    schema = read_schema(with_column({"$ref": "#/$defs/a~1b%20c"}, {"a/b c": False}))

    assert not schema.validator.is_valid([{"a": 1}])


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ({"pattern": "a" * 2001}, "a pattern has over 2000 characters"),
        ({"patternProperties": {f"a{i}": True for i in range(201)}}, "201 patterns are more than"),
        ({"properties": {f"a{i}": True for i in range(2001)}}, "more than 2000 columns"),
        ({"properties": {"": True}}, "a column's name is empty"),
    ],
)
def test_more_than_is_allowed_is_refused(column: Json, said: str) -> None:
    with pytest.raises(InvalidSchema, match=said):
        read_schema(with_column(column))
