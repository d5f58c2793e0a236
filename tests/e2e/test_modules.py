"""Modules of nodes over HTTP, beyond the acceptance cases."""

from typing import Any

import pytest

from tests.runtime.wasm.host import NODE
from tests.served import COLUMN_X, Served


def run(service: Served, statement: str, context: Any = None, **step: Any) -> Any:
    members = {"statement": statement, "profile": "wasm-node", **step}
    return service.run(members, {"context": context or {}})


BOTH = pytest.mark.parametrize("runtime", ["wasm", "forked"])
ECHO = NODE + "def run(context): return {'outputs': {'out': context['inputs']['a'].upper()}}\n"


@BOTH
def test_a_module_runs_the_same_in_both_runtimes(service: Served, runtime: str) -> None:
    ran = run(service, ECHO, {"inputs": {"a": "hé"}}, runtime=runtime)

    assert ran["result"] == {
        "outputs": {"out": "HÉ"}, "error": None, "activate_exec": [], "pending": None
    }  # fmt: skip
    assert (ran["rows"], ran["row_count"], ran["status"]["code"]) == (None, None, 200)


@BOTH
def test_an_exception_is_told_with_its_line_in_both(service: Served, runtime: str) -> None:
    ran = run(service, ECHO, runtime=runtime)

    line = ECHO.splitlines().index(ECHO.splitlines()[-1]) + 1
    assert ran["result"]["error"] == f"KeyError: 'a' (line {line})"
    assert (ran["error"]["code"], ran["error"]["line"]) == ("statement_raised", line)
    assert "in run" in ran["error"]["traceback"]


@BOTH
def test_streams_are_kept_in_order_in_both(service: Served, runtime: str) -> None:
    statement = (
        "from sdk import *\n"
        "def get_definition(): return NodeDefinition('n', 'N', 'd', 'C')\n"
        "def run(ctx):\n"
        "    ctx.stream_text('1')\n    ctx.stream_json(1)\n    ctx.info('é')\n"
        "    return ctx.fail('no')\n"
    )

    ran = run(service, statement, {"stream_state": True}, runtime=runtime)

    assert ran["streams"] == [{"type": "text", "data": "1"}, {"type": "json", "data": 1}]
    assert [entry["message"] for entry in ran["logs"]] == ["é"]
    assert (ran["state"], ran["error"]["code"]) == ("failed", "node_error")
    assert service.request("GET", f"/v1/runs/{ran['id']}").body == ran


def test_a_forked_node_has_packages(service: Served) -> None:
    statement = NODE + (
        "import pandas\n"
        "def run(context): return {'outputs': {'out': int(pandas.Series([1, 2]).sum())}}\n"
    )

    assert run(service, statement, runtime="forked")["result"]["outputs"] == {"out": 3}


def test_an_unknown_pin_fails_the_run(service: Served) -> None:
    ran = run(service, NODE + "def run(context): return {'outputs': {'y': 1}}\n")

    assert (ran["error"]["code"], ran["error"]["message"]) == ("unknown_pin", "Pin y not found")
    assert (ran["status"]["code"], ran["result"]) == (306, None)


def test_a_module_that_defines_nothing_fails_the_run(service: Served) -> None:
    assert run(service, "x = 1")["error"]["code"] == "invalid_definition"


def test_a_module_that_is_no_python_is_told_where(service: Served) -> None:
    error = run(service, "def get_node(:\n    pass")["error"]

    assert (error["code"], error["line"]) == ("syntax_error", 1)


def test_outputs_are_held_against_a_schema_and_move_a_checkpoint(service: Served) -> None:
    statement = NODE.replace('"out"', '"x"') + "def run(context): return {'outputs': {'x': 7}}\n"
    schema = {"output_schema": COLUMN_X, "checkpoint_column": "x", "id": "a node"}

    ran = run(service, statement, **schema)
    wrong = run(service, statement.replace("7", "'no'"), **schema)

    assert ran["checkpoint"]["after"] == 7
    assert ran["result"]["outputs"] == {"x": 7}
    assert (wrong["error"]["code"], wrong["result"]) == ("output_mismatch", None)


def test_time_zones_are_there(service: Served) -> None:
    statement = NODE + (
        "import datetime, zoneinfo\n"
        "def run(context):\n"
        "    noon = datetime.datetime(2026, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo('Europe/Prague'))\n"
        "    return {'outputs': {'out': noon.isoformat()}}\n"
    )

    assert run(service, statement)["result"]["outputs"] == {"out": "2026-07-01T12:00:00+02:00"}


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("x = (", "'(' was never closed"),
        ("raise KeyError('k')", "KeyError: 'k' (line 1)"),
        ("import time\ntime.sleep(60)", "limit wall_seconds"),
    ],
)
def test_what_cannot_be_defined_is_told(service: Served, statement: str, words: str) -> None:
    answer = service.request("POST", "/v1/nodes/definition", {"statement": statement})

    assert (answer.status, answer.body["code"]) == (422, "invalid_definition")
    assert words in answer.body["detail"]


def test_a_package_runs_by_the_step_that_its_manifest_stands_for(service: Served) -> None:
    manifest = (
        'id = "org.example.n"\nname = "N"\nversion = "1"\n[permissions]\ncache = true\n'
        'timeout = "quick"\n[[nodes]]\nid = "n"\n'
    )
    statement = (
        "from sdk import *\n"
        "def get_definition():\n"
        "    nd = NodeDefinition('n', 'N', 'd', 'C')\n"
        "    return nd.add_pin(PinDefinition.output_pin('x', 'Bool'))\n"
        "def run(ctx):\n"
        "    ctx.cache_set('k', 1)\n"
        "    ctx.set_output('x', ctx.cache_has('k'))\n"
        "    return ctx.finish()\n"
    )

    told = service.request(
        "POST", "/v1/nodes/definition", {"statement": statement, "manifest": manifest}
    )
    ran = service.run({"statement": statement, **told.body["step"]}, {"context": {}})

    assert told.body["package"]["id"] == "org.example.n"
    assert ran["result"]["outputs"] == {"x": True}


def test_a_manifest_that_is_wrong_is_pointed_at(service: Served) -> None:
    body = {"statement": ECHO, "manifest": 'id = "a.b"\nname = "N"\nversion = "1"\n'}

    answer = service.request("POST", "/v1/nodes/definition", body)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, "/manifest/nodes")


def test_readiness_tells_of_the_runner(service: Served) -> None:
    assert service.request("GET", "/readyz").body["wasm"]["runner"] == "ready"


@pytest.mark.parametrize(
    ("statement", "codes"),
    [(ECHO, []), ("x = (", ["syntax_error"]), ("x = 1", ["invalid_definition"])],
)
def test_a_module_is_checked_without_a_run(
    service: Served, statement: str, codes: list[str]
) -> None:
    body = {"statement": statement, "profile": "wasm-node"}

    found = service.request("POST", "/v1/check", body).body["findings"]

    assert [finding["code"] for finding in found] == codes


BODY = "import json\nrows = [{'x': len(json.dumps(INPUT_DATA))}]\nawait sleep(0)\nreturn rows"


@BOTH
def test_a_body_runs_the_same_in_both_runtimes(service: Served, runtime: str) -> None:
    step = {"statement": BODY, "output_schema": COLUMN_X, "runtime": runtime}

    assert service.run(step, {"INPUT_DATA": [{"a": "é"}]})["rows"] == [{"x": 17}]


@BOTH
def test_a_body_may_not_import_what_is_not_listed_in_either(service: Served, runtime: str) -> None:
    step = {"statement": "import os\nreturn []", "output_schema": COLUMN_X, "runtime": runtime}

    assert service.run(step)["error"]["code"] == "import_not_allowed"
