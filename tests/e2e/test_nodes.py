"""The acceptance cases of profile `node`, over HTTP: a workflow's existing Python node runs."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.environment.custom.wheels import a_wheel
from tests.served import COMMAND, Answer, Served, served

CASES = json.loads((Path(__file__).parents[1] / "cases" / "nodes.json").read_text())["cases"]
EVERY = [pytest.param(case, id=case["title"]) for case in CASES]
SALES = [{"id": number} for number in range(7)]
STATE: dict[str, Any] = {
    "params": {"userId": "u-7"},
    "getSalesData": {"status": "ok", "data": SALES},
    "getInventory": {"status": "ok", "data": ["a", "b"]},
    "generateCSVData": {"status": "ok", "data": "id\n1"},
}

PYDASH = """
def map_(values, function):
    return [function(value) for value in values]

def group_by(rows, key):
    groups = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return groups
"""
NUMPY = """
class array(list):
    def mean(self):
        return sum(self) / len(self)
    def max(self):
        return max(self)

class random:
    @staticmethod
    def seed():
        pass
"""
"""Stand for the packages that cases want, so that no test leaves this machine."""

PLATFORMS = {"ok": "succeeded", "error": "failed"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service whose packages come from a folder of wheels."""
    folder = tmp_path_factory.mktemp("nodes")
    a_wheel(folder / "wheels", "pydash", "8.0.3", {"pydash.py": PYDASH})
    a_wheel(folder / "wheels", "numpy", "2.0.2", {"numpy.py": NUMPY})
    settings = folder / "processor.toml"
    settings.write_text(f'[custom]\nindex = "none"\nwheels_dir = "{folder / "wheels"}"\n')
    with served(folder / "data", config=settings) as running:
        yield running


def a_node(statement: str, **members: Any) -> dict[str, Any]:
    return {"profile": "node", "statement": statement, **members}


def step_of(statement: str, inputs: dict[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    if "timeout_ms" in inputs:
        members["limits"] = {"wall_seconds": inputs["timeout_ms"] / 1000}
    if "setup_script" in inputs:
        members["setup"] = inputs["setup_script"]
    if "requirements" in inputs:
        members["requirements"] = inputs["requirements"]
    return a_node(statement, **members)


def asked(
    service: Served, statement: str, inputs: dict[str, Any], path: str = "/v1/runs"
) -> Answer:
    body = {"step": step_of(statement, inputs), "inputs": {"globals": inputs["state"]}}
    return service.request("POST", path, body, {"Prefer": "wait=45"})


def _check(run: dict[str, Any], expected: dict[str, Any]) -> None:
    statuses = expected.get("status_in") or [expected["status"]]
    assert run["state"] in [PLATFORMS[status] for status in statuses], run["error"]
    if "data" in expected:
        assert run["result"] == expected["data"]
        assert json.dumps(run["result"]) == json.dumps(expected["data"])
    for part in expected.get("error_contains", ()):
        assert part in run["error"]["message"]
    if "error_matches" in expected:
        assert re.search(expected["error_matches"], run["error"]["message"])
    for part in expected.get("trace_contains", ()):
        assert part in run["error"]["traceback"]


@pytest.mark.parametrize("case", EVERY)
def test_a_case_passes_over_http(service: Served, case: dict[str, Any]) -> None:
    for earlier in case["inputs"].get("run_before", ()):
        asked(service, earlier, case["inputs"])

    answer = asked(service, case["code"], case["inputs"])

    assert answer.status == 200, answer
    _check(answer.body, case["expected"])
    assert answer.body["rows"] is None


def test_a_node_reads_earlier_nodes_and_parameters(service: Served) -> None:
    statement = """
# Access results from a previous node named 'getSalesData'
sales = getSalesData['data']

# Access workflow parameters
user_id = params['userId']
"""
    run = asked(service, statement + "[len(sales), user_id]", {"state": STATE}).body

    assert run["result"] == [7, "u-7"]


def test_a_node_composes_a_response(service: Served) -> None:
    statement = """
result = {
    "sales": getSalesData["data"][:5],
    "inventory": getInventory["data"][:5],
    "csv": generateCSVData["data"]
}
"""
    run = asked(service, statement, {"state": STATE}).body

    assert run["result"] == {"sales": SALES[:5], "inventory": ["a", "b"], "csv": "id\n1"}


def test_a_node_uses_an_external_package(service: Served) -> None:
    statement = """
import pydash

result = pydash.map_([1, 2, 3], lambda x: x * 2)
# Returns: [2, 4, 6]
"""
    run = asked(service, statement, {"state": {}, "requirements": "pydash==8.0.3\n"}).body

    assert run["result"] == [2, 4, 6]


def in_shape(service: Served, statement: str) -> Any:
    return asked(service, statement, {"state": STATE}, "/v1/runs?shape=node").body


def test_a_node_that_ran_is_answered_in_the_platform_s_shape(service: Served) -> None:
    answer = in_shape(service, "params")

    assert answer.pop("executionTimeMs") > 0
    assert answer == {"status": "ok", "data": {"userId": "u-7"}}


def test_a_node_that_failed_is_answered_in_the_platform_s_shape(service: Served) -> None:
    answer = in_shape(service, "a = 1\nb = a / 0")

    assert answer.pop("executionTimeMs") > 0
    assert (answer["status"], answer["error"]) == ("error", "division by zero")
    assert "line 2" in answer["trace"]
    assert "ZeroDivisionError" in answer["trace"]


def test_a_node_without_a_trace_has_its_error_in_place_of_one(service: Served) -> None:
    answer = in_shape(service, "result = {1, 2}")

    assert "JSON serializable" in answer["trace"]


def test_a_shape_that_is_not_known_is_refused(service: Served) -> None:
    assert asked(service, "1", {"state": {}}, "/v1/runs?shape=other").status == 400


def test_a_run_can_be_looked_at_in_the_platform_s_shape_later(service: Served) -> None:
    run_id = asked(service, "5", {"state": {}}).body["id"]

    assert service.request("GET", f"/v1/runs/{run_id}?shape=node").body["data"] == 5


def test_the_command_line_prints_a_node_s_result(tmp_path: Path) -> None:
    (tmp_path / "node.py").write_text("print(params)\n[params['a'], 2]")
    (tmp_path / "inputs.json").write_text(json.dumps({"globals": {"params": {"a": 1}}}))

    done = subprocess.run(
        [
            COMMAND,
            "run",
            tmp_path / "node.py",
            "--env",
            "node",
            "--inputs",
            tmp_path / "inputs.json",
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=50,
    )

    assert (done.returncode, done.stdout) == (0, "[1,2]\n"), done.stderr
    assert "{'a': 1}" in done.stderr


def test_a_check_of_a_node_finds_what_does_not_compile_in_both_texts(service: Served) -> None:
    step = a_node("import os\nx = (", setup="y = = 1")

    found = service.request("POST", "/v1/check", {"step": step}).body["findings"]

    assert [each["message"] for each in found] == [
        "in the setup script: invalid syntax (line 1)",
        "'(' was never closed",
    ]
