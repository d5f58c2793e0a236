"""Schedules over HTTP."""

from typing import Any

import pytest

from tests.build import COLUMN_X
from tests.service.door import Answer, Door
from tests.service.test_runs import end_of

YEARLY = {"step_id": "sync", "cron": "0 0 1 1 *"}


async def put(door: Door, headers: dict[str, str] | None = None, **members: Any) -> Answer:
    step = {"statement": "return []", "output_schema": COLUMN_X, "checkpoint_column": "x"}
    await door.ask("PUT", "/v1/steps/sync", {"step": step})
    return await door.ask("PUT", "/v1/schedules/nightly", {**YEARLY, **members}, headers)


async def test_a_schedule_is_shown_as_it_was_put(door: Door) -> None:
    answer = await put(door, time_zone="Europe/Prague", time_budget_seconds=60)

    shown = await door.ask("GET", "/v1/schedules/nightly")
    assert (answer.status, shown.content, shown.headers["ETag"]) == (200, answer.content, '"1"')
    assert set(shown.body) == {
        "id", "step_id", "cron", "time_zone", "misfire", "overlap", "max_cycles",
        "time_budget_seconds", "paused", "inputs", "version", "next_at", "last_at",
        "last_run_id", "skipped",
    }  # fmt: skip
    assert shown.body["next_at"].endswith("-12-31T23:00:00Z")


async def test_a_schedule_is_triggered_and_runs_until_it_has_caught_up(door: Door) -> None:
    await put(door, max_cycles=5)

    answer = await door.ask("POST", "/v1/schedules/nightly/trigger")

    assert (answer.status, answer.body["state"]) == (202, "queued")
    run = (await end_of(door, answer.headers["Location"])).body
    assert run["checkpoint"]["after"] == 1
    while len(items := (await door.ask("GET", "/v1/runs")).body["items"]) < 2 or any(
        item["state"] != "succeeded" for item in items
    ):
        pass
    # The second cycle gives the same checkpoint: it stands still.
    assert [item["origin"] for item in items] == ["cycle", "schedule"]


async def test_a_schedule_fires_by_the_clock(door: Door) -> None:
    await put(door, cron="* * * * * *")
    while not await door.store.schedules.fire():
        pass

    assert (await door.ask("GET", "/v1/schedules/nightly")).body["last_run_id"] is not None


async def test_a_schedule_rests_and_goes_on(door: Door) -> None:
    await put(door)

    paused = await door.ask("POST", "/v1/schedules/nightly/pause")
    resumed = await door.ask("POST", "/v1/schedules/nightly/resume")

    assert (paused.body["paused"], paused.body["next_at"]) == (True, None)
    assert resumed.body["paused"] is False
    assert resumed.body["next_at"] is not None


async def test_a_span_is_backfilled(door: Door) -> None:
    await put(door, cron="0 0 * * *")
    span = {"from": "2024-01-01T00:00:00Z", "to": "2024-01-03T00:00:00Z"}

    answer = await door.ask("POST", "/v1/schedules/nightly/backfill", span)

    assert (answer.status, len(answer.body["items"])) == (202, 3)


@pytest.mark.parametrize(
    ("span", "pointer"),
    [
        ({"from": "2024-01-01T00:00:00", "to": "2024-01-03T00:00:00Z"}, "/from"),
        ({"from": "2024-01-01T00:00:00Z", "to": "2030-01-03T00:00:00Z"}, "/to"),
        ({"from": "x", "to": "2024-01-03T00:00:00Z"}, "/from"),
    ],
)
async def test_a_bad_span_is_pointed_at(door: Door, span: Any, pointer: str) -> None:
    await put(door, cron="0 0 * * *")

    answer = await door.ask("POST", "/v1/schedules/nightly/backfill", span)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, pointer)


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"cron": "x"}, "/cron"),
        ({"time_zone": "Nowhere"}, "/time_zone"),
        ({"step_id": "nobody"}, "/step_id"),
        ({"misfire": "x"}, "/misfire"),
        ({"overlap": "x"}, "/overlap"),
        ({"max_cycles": 0}, "/max_cycles"),
        ({"time_budget_seconds": 0}, "/time_budget_seconds"),
        ({"inputs": {"DATA_CHECKPOINT": 1}}, "/inputs/DATA_CHECKPOINT"),
        ({"inputs": {"INPUT_DATA": 1}}, "/inputs/INPUT_DATA"),
        ({"more": 1}, "/more"),
    ],
)
async def test_a_bad_schedule_is_pointed_at(door: Door, members: Any, pointer: str) -> None:
    answer = await put(door, **members)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, pointer)


async def test_schedules_are_listed_and_removed(door: Door) -> None:
    await put(door)

    listed = (await door.ask("GET", "/v1/schedules")).body
    removed = await door.ask("DELETE", "/v1/schedules/nightly")

    assert [item["id"] for item in listed["items"]] == ["nightly"]
    assert (listed["next"], removed.status) == (None, 204)


async def test_if_match_puts_only_over_the_version_that_was_seen(door: Door) -> None:
    await put(door)

    assert (await put(door, {"If-Match": '"2"'})).status == 412
    assert (await put(door, {"If-Match": '"1"'})).headers["ETag"] == '"2"'


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("DELETE", ""), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/trigger")],
)
async def test_an_unknown_schedule_is_not_found(door: Door, method: str, path: str) -> None:
    answer = await door.ask(method, f"/v1/schedules/nobody{path}")

    assert (answer.status, answer.body["code"]) == (404, "unknown_schedule")
