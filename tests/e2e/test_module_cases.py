"""The acceptance cases of nodes that are modules, over HTTP."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.served import Served

FILE = Path(__file__).parents[1] / "cases" / "modules.json"
CASES = json.loads(FILE.read_text())["cases"]
STUBBED = "http_stub"
"""Cases whose node reaches the network: see test_module_network."""
LEVELS = {"trace": 0, "debug": 0, "info": 1, "warn": 2, "error": 3}

EVERY = [pytest.param(case, id=case["title"]) for case in CASES if STUBBED not in case["inputs"]]


@pytest.mark.parametrize("case", EVERY)
def test_a_case_passes_over_http(service: Served, case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    if wanted := expected.get("definition_error_contains"):
        check_refused(service, case["code"], wanted)
        return
    options = {"strict_pins": inputs.get("strict_pins", False)}
    if "permissions" in inputs:
        options["permissions"] = inputs["permissions"]
    step = {"statement": case["code"], "profile": "wasm-node", "options": options}

    run = service.run(step, {"context": inputs["context"]})

    check_run(run, expected)
    if expected.keys() & {"definition", "pins", "pin_names", "pins_without", "normalised_types"}:
        check_definition(service, case["code"], inputs["context"]["node_name"], expected)


def check_run(run: dict[str, Any], expected: dict[str, Any]) -> None:
    if "result" in expected:
        assert run["result"] is not None, run["error"]
        assert run["result"] | expected["result"] == run["result"]
    if expected.get("no_error"):
        assert run["state"] == "succeeded", run["error"]
        assert run["result"]["error"] is None
    for words in expected.get("error_contains", ()):
        assert words in run["result"]["error"]
    if pattern := expected.get("error_matches"):
        assert re.search(pattern, run["result"]["error"])
    logs = [[LEVELS[e["level"]], e["message"]] for e in run["logs"] if e["source"] == "log"]
    assert logs == expected.get("logs", logs)
    streams = [[event["type"], event["data"]] for event in run["streams"]]
    assert streams == expected.get("streams", streams)
    assert streams == expected.get("streams_json", streams)


def check_definition(service: Served, code: str, name: str, expected: dict[str, Any]) -> None:
    answer = service.request("POST", "/v1/nodes/definition", {"statement": code})
    assert answer.status == 200, answer
    node = next(n for n in answer.body["nodes"] if n["name"] == name or not name)
    pins = {pin["name"]: pin for pin in node["pins"]}
    assert node | expected.get("definition", {}) == node
    assert [*pins] == expected.get("pin_names", [*pins])
    for pin, members in expected.get("pins", {}).items():
        assert pins[pin] | members == pins[pin]
    for pin, absent in expected.get("pins_without", {}).items():
        assert not pins[pin].keys() & set(absent)
    read = [pin["normalised"] for pin in node["pins"]]
    types = [reading["data_type"] for reading in read]
    assert types == expected.get("normalised_types", types)
    ways = [reading["pin_type"] for reading in read]
    assert ways == expected.get("normalised_directions", ways)
    values = [reading["value_type"] for reading in read[:2]]
    assert values == expected.get("normalised_value_types_first_two", values)


def check_refused(service: Served, code: str, words: list[str]) -> None:
    answer = service.request("POST", "/v1/nodes/definition", {"statement": code})

    assert (answer.status, answer.body["code"]) == (422, "invalid_definition")
    assert all(word in answer.body["detail"] for word in words)
