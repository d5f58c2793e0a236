"""The examples for other platforms: the request that each describes does what its notes say."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
import yaml  # type: ignore[import-untyped] # its stubs are a package of their own

from processor.config import CHECKOUT
from tests.served import Served

FOLDER = CHECKOUT / "examples" / "clients"
ROWS = [{"id": 1, "total": 10}, {"id": 2, "total": 20}]
PLACEHOLDER = re.compile(r"\{\{ *(.*?) *\}\}")


class Request(NamedTuple):
    method: str
    url: str
    headers: dict[str, str]
    body: str


def filled(template: str, values: Mapping[str, str]) -> str:
    """Fill a template as its platform does; every placeholder must be one that it has."""
    return PLACEHOLDER.sub(lambda found: values[found[1]], template)


def of_kestra(rows: list[dict[str, Any]], execution: str) -> Request:
    flow = yaml.safe_load((FOLDER / "kestra.yaml").read_text())
    (task,) = flow["tasks"]
    assert task["type"] == "io.kestra.plugin.core.http.Request"
    inputs = {each["id"]: each["defaults"] for each in flow["inputs"]}
    values = {f"inputs.{name}": value for name, value in inputs.items()}
    values |= {"execution.id": execution, "inputs.orders": json.dumps(rows)}
    values |= {"secret('PROCESSOR_TOKEN')": "prc_example"}
    headers = {name: filled(value, values) for name, value in task["headers"].items()}
    headers["Content-Type"] = task["contentType"]
    return Request(
        task["method"], filled(task["uri"], values), headers, filled(task["body"], values)
    )


def of_n8n(rows: list[dict[str, Any]], execution: str) -> Request:
    nodes = json.loads((FOLDER / "n8n.json").read_bytes())["nodes"]
    (node,) = [node for node in nodes if node["type"] == "n8n-nodes-base.httpRequest"]
    told = node["parameters"]
    values = {
        "$execution.id": execution,
        "JSON.stringify($input.all().map(item => item.json))": json.dumps(rows),
    }
    headers = {
        each["name"]: filled(each["value"].removeprefix("="), values)
        for each in told["headerParameters"]["parameters"]
    }
    headers["Content-Type"] = "application/json"
    body = filled(told["jsonBody"].removeprefix("="), values)
    return Request(told["method"], told["url"], headers, body)


def performed(service: Served, request: Request) -> Any:
    path = request.url.removeprefix("http://127.0.0.1:8080")
    # The service of the tests asks nobody who they are, and would look at a key that is shown.
    headers = {name: each for name, each in request.headers.items() if name != "Authorization"}
    return service.request(request.method, path, request.body.encode(), headers)


@pytest.mark.parametrize("described", [of_kestra, of_n8n])
def test_the_rows_go_in_and_come_out(service: Served, described: Any) -> None:
    request = described(ROWS, f"first-{described.__name__}")
    step_id = json.loads(request.body)["step"]["id"].replace("/", "%2F")
    service.request("DELETE", f"/v1/checkpoints/{step_id}")

    answer = performed(service, request)

    assert (answer.status, answer.body["rows"]) == (200, ROWS)


@pytest.mark.parametrize("described", [of_kestra, of_n8n])
def test_a_task_that_is_tried_again_gets_the_same_run(service: Served, described: Any) -> None:
    request = described(ROWS, f"again-{described.__name__}")

    first, again = performed(service, request), performed(service, request)

    assert first.body["id"] == again.body["id"]


@pytest.mark.parametrize("described", [of_kestra, of_n8n])
def test_a_step_that_fails_fails_the_task(service: Served, described: Any) -> None:
    rows = [{"id": "no number", "total": 1}]

    answer = performed(service, described(rows, f"fails-{described.__name__}"))

    assert (answer.status, answer.body["code"]) == (422, "statement_raised")
