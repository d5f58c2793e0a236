"""The authors' tools over HTTP, on a real service."""

import json
from typing import Any

from processor.config import CHECKOUT
from tests.served import Served

FOLDER = CHECKOUT / "examples" / "incremental-sync"


def step() -> dict[str, Any]:
    members: dict[str, Any] = json.loads((FOLDER / "step.json").read_bytes())
    return {**members, "id": "tools", "statement": (FOLDER / "step.py").read_text()}


def inputs() -> Any:
    return json.loads((FOLDER / "input.json").read_bytes())


def test_a_year_in_slices_is_proven_to_come_through_once(service: Served) -> None:
    answer = service.request("POST", "/v1/simulate", {"step": step(), "inputs": inputs()})

    assert answer.status == 200
    assert (answer.body["end"], answer.body["faults"]) == ("finished", [])
    assert (len(answer.body["cycles"]), answer.body["coverage"]["once"]) == (14, 366)
    assert service.request("GET", "/v1/checkpoints/tools").status == 404


def test_a_statement_that_fails_is_a_failed_cycle_with_its_line(service: Served) -> None:
    broken = {**step(), "statement": "\n1 / 0"}

    answer = service.request("POST", "/v1/simulate", {"step": broken, "inputs": inputs()})

    (cycle,) = answer.body["cycles"]
    assert (answer.body["end"], cycle["error"]["code"]) == ("failed", "statement_raised")
    assert cycle["error"]["line"] == 2


def test_a_statement_that_ends_its_process_does_not_end_the_simulation(service: Served) -> None:
    exits = "import json\nreach = json.codecs.builtins.__import__\nreach('os')._exit(0)"

    answer = service.request(
        "POST", "/v1/simulate", {"step": {**step(), "statement": exits}, "inputs": inputs()}
    )

    assert answer.body["cycles"][0]["error"]["code"] == "bad_result"


def test_an_inferred_schema_is_one_that_a_run_takes(service: Served) -> None:
    rows = inputs()["INPUT_DATA"]
    schema = service.request("POST", "/v1/infer-schema", {"rows": rows}).body["schema"]

    copies = {"statement": "return INPUT_DATA", "input_schema": schema, "output_schema": schema}
    run = service.run(copies, {"INPUT_DATA": rows})

    assert (run["state"], run["row_count"]) == ("succeeded", 366)


def test_two_runs_are_compared_by_their_rows(service: Served) -> None:
    rows = inputs()["INPUT_DATA"]

    answer = service.request("POST", "/v1/diff", {"before": rows, "after": rows[1:][::-1]})

    assert answer.body["key"] == ["date"]
    assert (answer.body["removed_rows"]["count"], answer.body["same_rows"]) == (1, 365)
