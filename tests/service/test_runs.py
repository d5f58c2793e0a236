"""Runs over HTTP: answers now or later, once each."""

import asyncio
import json
from typing import Any

import pytest

from processor.runtime.contract import Exceeded
from tests.fakes import returned
from tests.service.door import Answer, Door, a_body, a_gate


async def end_of(door: Door, location: str) -> Answer:
    """Wait for a run's end."""
    while True:
        answer = await door.ask("GET", location)
        if answer.body["state"] not in ("queued", "running"):
            return answer


async def test_a_run_is_answered_with_all_its_members(door: Door) -> None:
    answer = await door.run(id="orders", checkpoint_column="x")

    run = answer.body
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert set(run) == {
        "id", "step_id", "state", "attempts", "status", "rows", "row_count", "result",
        "checkpoint", "streams", "logs", "logs_truncated", "figures", "error", "usage", "timings",
        "isolation", "environment", "trace_id",
    }  # fmt: skip
    assert (run["state"], run["rows"], run["row_count"]) == ("succeeded", [{"x": 1}], 1)
    assert run["status"] == {"code": 200, "name": "finished_successfully"}
    assert run["checkpoint"] == {"before": None, "after": 1, "committed": True, "version": 1}


async def test_a_run_is_shown_as_it_was_answered(door: Door) -> None:
    answered = await door.run()

    shown = await door.ask("GET", f"/v1/runs/{answered.body['id']}")

    assert shown.content == answered.content


async def test_a_failed_run_is_answered_with_200(door: Door) -> None:
    door.runtime.report = Exceeded(limit="wall_seconds")

    answer = await door.run()

    assert (answer.status, answer.body["state"], answer.body["rows"]) == (200, "failed", None)


@pytest.mark.parametrize("run_id", ["01J0000000000000000000000", "x", "a%2Fb", "%00", "%C3%BC"])
async def test_an_unknown_run_is_not_found(door: Door, run_id: str) -> None:
    answer = await door.ask("GET", f"/v1/runs/{run_id}")

    assert (answer.status, answer.body["code"]) == (404, "unknown_run")


async def test_commit_false_leaves_the_checkpoint(door: Door) -> None:
    body = {**a_body(id="orders", checkpoint_column="x"), "commit": False}

    run = (await door.run(body)).body

    assert run["checkpoint"]["committed"] is False
    assert (await door.ask("GET", "/v1/checkpoints/orders")).status == 404


# Prefer


@pytest.mark.parametrize(
    ("prefer", "state"),
    [
        ("respond-async", "queued"),
        ("wait=0", "running"),
        ("Respond-Async", "queued"),
        ("handling=lenient, wait=0", "running"),
    ],
)
async def test_who_does_not_wait_is_told_where_the_run_will_be(
    door: Door, prefer: str, state: str
) -> None:
    gate = a_gate(door)

    answer = await door.run(headers={"Prefer": prefer})
    gate.set()

    assert (answer.status, answer.body["state"]) == (202, state)
    assert answer.headers["Location"] == f"/v1/runs/{answer.body['id']}"
    ended = await end_of(door, answer.headers["Location"])
    assert (ended.body["id"], ended.body["state"]) == (answer.body["id"], "succeeded")


async def test_a_run_that_is_under_way_is_shown_as_running(door: Door) -> None:
    gate = a_gate(door)
    answer = await door.run(headers={"Prefer": "wait=0"})

    shown = await door.ask("GET", answer.headers["Location"])
    gate.set()

    assert (shown.status, shown.body["state"], shown.body["rows"]) == (200, "running", None)


@pytest.mark.parametrize("prefer", ["wait=5", "wait=x", "nonsense", "wait=999999", ""])
async def test_who_waits_gets_the_run(door: Door, prefer: str) -> None:
    assert (await door.run(headers={"Prefer": prefer})).status == 200


async def test_outcome_problem_makes_a_failed_run_a_problem(door: Door) -> None:
    door.runtime.report = Exceeded(limit="wall_seconds")

    answer = await door.run(headers={"Prefer": "outcome=problem"})

    assert (answer.status, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert answer.body["code"] == "wall_limit"
    shown = await door.ask("GET", f"/v1/runs/{answer.body['run_id']}")
    assert shown.body["error"]["code"] == "wall_limit"


async def test_outcome_problem_leaves_a_success_as_it_is(door: Door) -> None:
    assert (await door.run(headers={"Prefer": "outcome=problem"})).status == 200


# Idempotency-Key


async def test_a_repeated_request_is_answered_byte_for_byte(door: Door) -> None:
    door.runtime.report = Exceeded(limit="wall_seconds")
    headers = {"Idempotency-Key": "once"}
    first = await door.run(headers=headers, id="orders")

    again = await door.run(headers=headers, id="orders")

    assert again.content == first.content
    assert len(door.runtime.assignments) == 1


async def test_a_repeated_request_moves_the_checkpoint_once(door: Door) -> None:
    headers = {"Idempotency-Key": "once"}
    for _ in range(2):
        await door.run(headers=headers, id="orders", checkpoint_column="x")

    assert (await door.ask("GET", "/v1/checkpoints/orders")).body["version"] == 1


async def test_another_body_under_the_same_key_is_refused(door: Door) -> None:
    headers = {"Idempotency-Key": "once"}
    await door.run(headers=headers)

    answer = await door.run(headers=headers, id="orders")

    assert (answer.status, answer.body["code"]) == (422, "idempotency_key_reused")


async def test_a_repeated_request_joins_the_run_that_is_under_way(door: Door) -> None:
    gate = a_gate(door)
    headers = {"Idempotency-Key": "once"}
    first = await door.run(headers={**headers, "Prefer": "respond-async"})
    async with asyncio.TaskGroup() as tasks:
        joining = tasks.create_task(door.run(headers=headers))
        gate.set()

    joined = joining.result()
    assert (joined.status, joined.body["id"]) == (200, first.body["id"])
    assert len(door.runtime.assignments) == 1


@pytest.mark.parametrize("prefer", ["respond-async", "wait=0"])
async def test_a_repeated_request_gets_its_own_202(door: Door, prefer: str) -> None:
    gate = a_gate(door)
    headers = {"Idempotency-Key": "once", "Prefer": prefer}
    first = await door.run(headers=headers, id="orders")

    again = await door.run(headers=headers, id="orders")
    gate.set()

    assert (again.status, again.body["id"]) == (202, first.body["id"])


@pytest.mark.parametrize("key", ["", "x" * 256, "\u00a0"])
async def test_a_bad_key_is_refused(door: Door, key: str) -> None:
    answer = await door.run(headers={"Idempotency-Key": key})

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")


async def test_who_cannot_wait_for_the_steps_earlier_run_is_queued_behind_it(door: Door) -> None:
    gate = a_gate(door)
    await door.run(headers={"Prefer": "wait=0"}, id="orders")

    answer = await door.run(headers={"Prefer": "wait=0"}, id="orders")
    gate.set()

    assert (answer.status, answer.body["state"]) == (202, "queued")
    assert (await end_of(door, answer.headers["Location"])).body["state"] == "succeeded"


async def test_a_missing_environment_is_told_with_when_to_come_again(door: Door) -> None:
    answer = await door.run(environment="other")

    assert (answer.status, answer.body["code"]) == (503, "environment_not_ready")
    assert (answer.headers["Retry-After"], answer.body["retryable"]) == ("30", True)


async def test_rows_with_every_kind_of_text_come_back_as_they_are(door: Door) -> None:
    rows: list[dict[str, Any]] = [{"t": 'ü €\u2028 \U0001f600 \\ " </script>'}, {"t": ""}]
    door.runtime.report = returned(rows)

    schema = {"columns": [{"name": "t", "type": "Text", "nullable": False}]}

    assert (await door.run(output_schema=schema)).body["rows"] == rows


@pytest.mark.parametrize(
    ("rows", "pointer"),
    [
        ('[{"a": 1}, {"b": NaN}]', "/inputs/INPUT_DATA/1/b"),
        ('[{"a": "\\ud800"}]', "/inputs/INPUT_DATA/0/a"),
        ('[{"a": {"b": [-Infinity]}}]', "/inputs/INPUT_DATA/0/a/b/0"),
    ],
)
async def test_rows_that_json_cannot_carry_are_refused_with_their_row(
    door: Door, rows: str, pointer: str
) -> None:
    body = json.dumps(a_body()["step"])

    answer = await door.run(f'{{"step": {body}, "inputs": {{"INPUT_DATA": {rows}}}}}'.encode())

    assert (answer.status, answer.body["code"]) == (422, "input_mismatch")
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]
