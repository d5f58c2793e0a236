"""The parts of the SARIF 2.1.0 schema that our logs use, written down from its text."""

from typing import Any, Final

import jsonschema_rs


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": properties,
    }


def _many(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "minItems": least, "items": items}


_COUNT: Final = {"type": "integer", "minimum": 1}
_TEXT: Final = {"type": "string"}
_MESSAGE: Final = _object(["text"], text=_TEXT)
_ARTIFACT: Final = _object(["uri"], uri={"type": "string", "format": "uri-reference"})
_REGION: Final = _object(
    ["startLine"], startLine=_COUNT, startColumn=_COUNT, endLine=_COUNT, endColumn=_COUNT
)
_REPLACEMENT: Final = _object(["deletedRegion"], deletedRegion=_REGION, insertedContent=_MESSAGE)
_CHANGE: Final = _object(
    ["artifactLocation", "replacements"],
    artifactLocation=_ARTIFACT,
    replacements=_many(_REPLACEMENT, 1),
)
_LOCATION: Final = _object(
    [], physicalLocation=_object([], artifactLocation=_ARTIFACT, region=_REGION)
)
_FIX: Final = _object(["artifactChanges"], description=_MESSAGE, artifactChanges=_many(_CHANGE, 1))
_RESULT: Final = _object(
    ["message"],
    ruleId=_TEXT,
    ruleIndex={"type": "integer", "minimum": -1},
    level={"enum": ["none", "note", "warning", "error"]},
    message=_MESSAGE,
    locations=_many(_LOCATION),
    fixes=_many(_FIX),
)
_DRIVER: Final = _object(
    ["name"], name=_TEXT, rules=_many(_object(["id"], id=_TEXT, shortDescription=_MESSAGE))
)
_RUN: Final = _object(
    ["tool"],
    tool=_object(["driver"], driver=_DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=_many(_RESULT),
)
SCHEMA: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        ["version", "runs"],
        **{"$schema": {"type": "string", "format": "uri"}},
        version={"enum": ["2.1.0"]},
        runs=_many(_RUN),
    ),
}


def assert_sarif(log: Any) -> None:
    """Hold a log against the schema, and its results against its rules."""
    validator = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)
    assert [error.message for error in validator.iter_errors(log)] == []
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        assert len({rule["id"] for rule in rules}) == len(rules)
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
