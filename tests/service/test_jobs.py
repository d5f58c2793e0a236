"""Runs that nobody waits for, over HTTP: their list, their events, their cancelling."""

import asyncio
import json
from typing import Any

import pytest

from processor.runtime.contract import Exceeded
from tests.fakes import logged, returned
from tests.service.door import Answer, Door, a_gate
from tests.service.test_runs import end_of

LATER = {"Prefer": "respond-async"}


async def running(door: Door, run_id: str) -> None:
    while (await door.ask("GET", f"/v1/runs/{run_id}")).body["state"] == "queued":
        await asyncio.sleep(0.01)


async def test_a_deferred_run_moves_the_checkpoint_as_any_other(door: Door) -> None:
    answer = await door.run(headers=LATER, id="orders", checkpoint_column="x")

    ended = await end_of(door, answer.headers["Location"])

    assert ended.body["checkpoint"] == {
        "before": None,
        "after": 1,
        "committed": True,
        "version": 1,
    }
    assert (ended.body["state"], ended.body["attempts"]) == ("succeeded", 1)


async def test_what_is_wrong_with_a_deferred_run_is_said_at_once(door: Door) -> None:
    answer = await door.run(headers=LATER, environment="other")

    assert (answer.status, answer.body["code"]) == (503, "environment_not_ready")


async def test_a_deferred_run_is_taken_in_before_what_it_requires_is_built(door: Door) -> None:
    answer = await door.run(headers=LATER, requirements="nothing-like-it")

    ended = await end_of(door, answer.headers["Location"])

    assert (answer.status, answer.body["state"]) == (202, "queued")
    assert ended.body["error"]["code"] == "environment_not_ready"


async def test_a_deferred_run_is_answered_to_who_sends_it_again(door: Door) -> None:
    headers = {"Idempotency-Key": "once"}
    first = await door.run(headers={**headers, **LATER}, id="orders")

    again = await door.run(headers=headers, id="orders")

    assert (again.status, again.body["id"], again.body["state"]) == (
        200,
        first.body["id"],
        "succeeded",
    )
    assert len(door.runtime.assignments) == 1


async def test_runs_of_one_step_come_one_after_the_other(door: Door) -> None:
    answers = [await door.run(headers=LATER, id="orders", checkpoint_column="x") for _ in range(5)]

    ends = [(await end_of(door, each.headers["Location"])).body for each in answers]

    assert [end["checkpoint"]["version"] for end in ends] == [1, 2, 3, 4, 5]
    assert door.runtime.most_running == 1


# The list


async def test_runs_are_listed_newest_first(door: Door) -> None:
    first = (await door.run(id="a")).body
    second = (await door.run(id="b")).body

    answer = (await door.ask("GET", "/v1/runs?limit=1")).body
    rest = (await door.ask("GET", f"/v1/runs?cursor={answer['next']}")).body

    assert [item["id"] for item in answer["items"]] == [second["id"]]
    assert [item["id"] for item in rest["items"]] == [first["id"]]
    assert rest["next"] is None
    assert set(rest["items"][0]) == {
        "id", "step_id", "state", "origin", "parent_id", "dead_letter", "attempts", "status",
        "row_count", "error", "created_at", "finished_at", "trace_id",
    }  # fmt: skip


async def test_runs_are_listed_by_step_and_state(door: Door) -> None:
    await door.run(id="a")
    await door.run(id="b")

    by_step = (await door.ask("GET", "/v1/runs?step_id=a")).body["items"]
    none = (await door.ask("GET", "/v1/runs?step_id=a&state=failed")).body["items"]

    assert [item["step_id"] for item in by_step] == ["a"]
    assert none == []


@pytest.mark.parametrize(
    "query", ["state=nonsense", "dead_letter=1", "limit=0", "limit=x", "step_id="]
)
async def test_a_bad_query_is_refused(door: Door, query: str) -> None:
    answer = await door.ask("GET", f"/v1/runs?{query}")

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")


# Attempts


async def test_a_deferred_run_is_tried_as_often_as_its_step_says(door: Door) -> None:
    door.runtime.report = Exceeded(limit="wall_seconds")
    retry = {"max_attempts": 3, "backoff_seconds": 0, "on": "errors"}
    answer = await door.run(headers=LATER, retry=retry)

    run = (await end_of(door, answer.headers["Location"])).body

    assert (run["state"], run["attempts"], run["error"]["code"]) == ("failed", 3, "wall_limit")


async def test_a_dead_letter_is_listed_and_redriven(door: Door) -> None:
    door.runtime.report = Exceeded(limit="wall_seconds")
    failed = await door.run(headers=LATER)
    await end_of(door, failed.headers["Location"])
    door.runtime.report = returned([{"x": 1}])

    listed = (await door.ask("GET", "/v1/runs?dead_letter=true")).body["items"]
    answer = await door.ask("POST", f"/v1/runs/{listed[0]['id']}/redrive")

    assert [item["id"] for item in listed] == [failed.body["id"]]
    assert (answer.status, answer.body["state"]) == (202, "queued")
    assert (await end_of(door, answer.headers["Location"])).body["state"] == "succeeded"
    again = await door.ask("POST", f"/v1/runs/{listed[0]['id']}/redrive")
    assert (again.status, again.body["code"]) == (409, "not_dead")


async def test_who_asks_for_too_many_runs_of_a_step_is_told_whose_limit_it_is(door: Door) -> None:
    gate = a_gate(door)
    step: dict[str, Any] = {"id": "orders", "queue": {"limit": 1}}
    await door.run(headers={"Prefer": "wait=0"}, **step)
    await door.run(headers=LATER, **step)

    answer = await door.run(headers=LATER, **step)
    gate.set()

    assert (answer.status, answer.body["code"]) == (429, "busy")
    assert answer.headers["Retry-After"] == "5"
    assert "queue.limit" in answer.body["detail"]


@pytest.mark.parametrize(
    ("step", "pointer"),
    [
        ({"retry": {"max_attempts": 0}}, "/step/retry/max_attempts"),
        ({"retry": {"max_attempts": 21}}, "/step/retry/max_attempts"),
        ({"retry": {"backoff_seconds": -1}}, "/step/retry/backoff_seconds"),
        ({"retry": {"on": "all"}}, "/step/retry/on"),
        ({"queue": {"limit": 0}}, "/step/queue/limit"),
        ({"queue": {"priority": 101}}, "/step/queue/priority"),
    ],
)
async def test_a_bad_policy_is_pointed_at(door: Door, step: Any, pointer: str) -> None:
    answer = await door.run(**step)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, pointer)


# Cancelling


@pytest.mark.parametrize("prefer", ["wait=0", "respond-async"])
async def test_a_run_that_is_under_way_is_cancelled(door: Door, prefer: str) -> None:
    a_gate(door)
    run_id = (await door.run(headers={"Prefer": prefer})).body["id"]
    await running(door, run_id)

    answer = await door.ask("POST", f"/v1/runs/{run_id}/cancel")

    assert (answer.status, answer.body["state"]) == (202, "running")
    ended = (await end_of(door, f"/v1/runs/{run_id}")).body
    assert (ended["state"], ended["status"]["code"], ended["error"]["code"]) == (
        "cancelled",
        303,
        "cancelled",
    )
    assert door.runtime.running == 0


async def test_who_waits_for_a_run_is_told_that_it_was_cancelled(door: Door) -> None:
    a_gate(door)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(door.run(id="orders"))
        while not (listed := (await door.ask("GET", "/v1/runs")).body["items"]):
            await asyncio.sleep(0.01)
        await door.ask("POST", f"/v1/runs/{listed[0]['id']}/cancel")

    assert (waiting.result().status, waiting.result().body["state"]) == (200, "cancelled")


async def test_a_run_that_another_process_performs_is_cancelled_by_it(door: Door) -> None:
    a_gate(door)
    run_id = (await door.run(headers={"Prefer": "wait=0"})).body["id"]

    await door.store.jobs.cancel(run_id)  # as another process writes it

    assert (await end_of(door, f"/v1/runs/{run_id}")).body["state"] == "cancelled"


async def test_a_run_that_waits_is_cancelled_and_never_runs(door: Door) -> None:
    gate = a_gate(door)
    await door.run(headers={"Prefer": "wait=0"}, id="orders")
    run_id = (await door.run(headers=LATER, id="orders")).body["id"]

    answer = await door.ask("POST", f"/v1/runs/{run_id}/cancel")
    gate.set()

    assert (answer.status, answer.body["state"]) == (200, "cancelled")
    await end_of(door, f"/v1/runs/{run_id}")
    assert len(door.runtime.assignments) == 1


async def test_a_run_that_has_ended_stays_as_it_is(door: Door) -> None:
    run = (await door.run()).body

    answer = await door.ask("POST", f"/v1/runs/{run['id']}/cancel")

    assert (answer.status, answer.body) == (200, run)


@pytest.mark.parametrize(("method", "path"), [("POST", "cancel"), ("GET", "events")])
async def test_an_unknown_run_is_not_found(door: Door, method: str, path: str) -> None:
    answer = await door.ask(method, f"/v1/runs/nobody/{path}")

    assert (answer.status, answer.body["code"]) == (404, "unknown_run")


# Events


def read_events(answer: Answer) -> list[tuple[int, str, Any]]:
    """Read server-sent events as a browser does."""
    found = []
    for block in answer.content.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if fields:
            found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


async def events(door: Door, run_id: str, headers: dict[str, str] | None = None) -> Answer:
    return await door.ask("GET", f"/v1/runs/{run_id}/events", headers=headers)


async def test_events_of_a_run_come_in_their_order_until_its_end(door: Door) -> None:
    door.runtime.entries = (logged("info", "one"), logged("warn", "two"))
    run_id = (await door.run(headers=LATER)).body["id"]

    answer = await events(door, run_id)

    assert answer.headers["Content-Type"] == "text/event-stream"
    assert [kind for _, kind, _ in read_events(answer)] == ["state", "state", "log", "log", "end"]
    assert [content["message"] for _, kind, content in read_events(answer) if kind == "log"] == [
        "one",
        "two",
    ]
    assert read_events(answer)[-1][2]["state"] == "succeeded"


async def test_who_comes_back_gets_the_events_since_the_last_one_that_he_saw(door: Door) -> None:
    run_id = (await door.run()).body["id"]
    all_events = read_events(await events(door, run_id))

    seen = str(all_events[0][0])
    rest = read_events(await events(door, run_id, {"Last-Event-ID": seen}))

    assert rest == all_events[1:]
    assert read_events(await events(door, run_id, {"Last-Event-ID": str(rest[-1][0])})) == []


async def test_events_come_as_ndjson_where_that_is_asked_for(door: Door) -> None:
    run_id = (await door.run()).body["id"]

    answer = await events(door, run_id, {"Accept": "application/x-ndjson"})

    lines = [json.loads(line) for line in answer.content.splitlines()]
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert [line["event"] for line in lines] == ["state", "end"]


async def test_the_log_arrives_while_the_statement_runs(door: Door) -> None:
    gate = a_gate(door)
    door.runtime.entries = (logged("info", "so far"),)
    run_id = (await door.run(headers={"Prefer": "wait=0"})).body["id"]

    async with door.client.get(f"/v1/runs/{run_id}/events") as stream:
        while b"so far" not in await stream.content.readline():
            pass
        assert door.runtime.running == 1
        gate.set()
        rest = await stream.read()

    assert b"so far" not in rest
    assert b"event: end" in rest


async def test_secrets_are_masked_in_events(door: Door) -> None:
    gate = a_gate(door)
    door.runtime.entries = (logged("info", "the token is hunter2"),)
    body = {
        "step": {
            "statement": "return []",
            "output_schema": {"type": "object"},
            "options": {"sensitive": ["Token"]},
        },
        "inputs": {"variables": {"Token": "hunter2"}},
    }
    run_id = (await door.run(body, {"Prefer": "wait=0"})).body["id"]

    async with door.client.get(f"/v1/runs/{run_id}/events") as stream:
        while b"the token is" not in (line := await stream.content.readline()):
            pass
        gate.set()
        rest = await stream.read()

    assert b"***" in line
    assert b"hunter2" not in line + rest


@pytest.mark.parametrize("number", ["x", "-1", "1" * 19, "1.5"])
async def test_a_bad_number_of_an_event_is_refused(door: Door, number: str) -> None:
    run_id = (await door.run()).body["id"]

    answer = await events(door, run_id, {"Last-Event-ID": number})

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")


# Callbacks


async def test_the_end_of_a_run_is_told_to_whom_its_step_names(door: Door) -> None:
    url = "https://example.com/ended"

    run = (await door.run(id="orders", callback={"url": url})).body

    (callback,) = await door.store.outbox.take(9)
    assert (callback.url, callback.event_id) == (url, f"{run['id']}:1")


@pytest.mark.parametrize(
    "url", ["", "ftp://example.com", "/ended", "https://a b", "https://a/" + "x" * 2048]
)
async def test_a_callback_that_is_no_address_is_pointed_at(door: Door, url: str) -> None:
    answer = await door.run(callback={"url": url})

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, "/step/callback/url")
