"""Branches over HTTP: brought one by one, run together."""

import asyncio
import json
from typing import Any

import pytest

from tests.build import COLUMN_X
from tests.service.door import Answer, Door
from tests.service.test_runs import end_of

PATH = "/v1/joins/merge/2024-01-01"


async def stored(door: Door, **step: Any) -> None:
    members = {"statement": "return []", "output_schema": COLUMN_X, "branches": ["orders", "a/b"]}
    answer = await door.ask("PUT", "/v1/steps/merge", {"step": {**members, **step}})
    assert answer.status == 200, answer.body


async def bring(door: Door, branch: str, rows: Any = None, **more: Any) -> Answer:
    return await door.ask("PUT", f"{PATH}/branches/{branch}", {"rows": rows or [], **more})


async def test_the_run_sees_each_branch_under_its_number(door: Door) -> None:
    await stored(door)
    await bring(door, "a%2Fb", [{"b": 1}])
    await bring(door, "orders", [{"o": 1}])

    last = await bring(door, "INPUT_DATA", [{"i": 1}])

    assert (last.status, last.body["disposition"], last.body["state"]) == (202, "accepted", "fired")
    assert last.body["missing"] == []
    run = (await end_of(door, f"/v1/runs/{last.body['run_id']}")).body
    assert (run["state"], run["step_id"]) == ("succeeded", "merge")
    (assignment,) = door.runtime.assignments
    assert {name: json.loads(assignment.inputs[name]) for name in assignment.inputs} == {
        "INPUT_DATA": [{"i": 1}],
        "INPUT_DATA2": [{"o": 1}],
        "INPUT_DATA3": [{"b": 1}],
        "DATA_CHECKPOINT": None,
    }


async def test_a_join_is_shown_as_it_stands(door: Door) -> None:
    await stored(door)
    await bring(door, "orders")

    answer = await door.ask("GET", PATH)

    assert (answer.status, answer.body) == (
        200,
        {
            "step_id": "merge",
            "key": "2024-01-01",
            "generation": 1,
            "state": "open",
            "expected": ["INPUT_DATA", "orders", "a/b"],
            "arrived": ["orders"],
            "missing": ["INPUT_DATA", "a/b"],
            "late": 0,
            "deadline": None,
            "run_id": None,
        },
    )


async def test_other_rows_under_one_delivery_are_a_conflict(door: Door) -> None:
    await stored(door)
    await bring(door, "orders", [{"x": 1}], delivery_id="1")

    answer = await bring(door, "orders", [{"x": 2}], delivery_id="1")

    assert (answer.status, answer.body["code"]) == (409, "delivery_conflict")


async def test_a_step_that_is_not_stored_waits_for_nothing(door: Door) -> None:
    answer = await bring(door, "orders")

    assert (answer.status, answer.body["code"]) == (404, "unknown_step")


async def test_an_unknown_branch_is_not_found(door: Door) -> None:
    await stored(door)

    answer = await bring(door, "nobody")

    assert (answer.status, answer.body["code"]) == (404, "unknown_branch")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"rows": {}}, "/rows"),
        ({"rows": 1}, "/rows"),
        ({"rows": [], "delivery_id": ""}, "/delivery_id"),
        ({"rows": [], "delivery_id": "x" * 513}, "/delivery_id"),
        ({"rows": [], "more": 1}, "/more"),
        ({}, "/rows"),
    ],
)
async def test_a_bad_delivery_is_pointed_at(door: Door, body: Any, pointer: str) -> None:
    await stored(door)

    answer = await door.ask("PUT", f"{PATH}/branches/orders", body)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, pointer)


@pytest.mark.parametrize(
    ("join", "pointer"),
    [
        ({"deadline_seconds": 0}, "/step/join/deadline_seconds"),
        ({"deadline_seconds": 1e10}, "/step/join/deadline_seconds"),
        ({"on_deadline": "x"}, "/step/join/on_deadline"),
        ({"primary": False}, "/step/join/primary"),
    ],
)
async def test_a_bad_policy_is_pointed_at(door: Door, join: Any, pointer: str) -> None:
    step = {"statement": "return []", "output_schema": COLUMN_X, "join": join}

    answer = await door.ask("PUT", "/v1/steps/merge", {"step": step})

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, pointer)


async def test_a_branch_that_has_the_name_of_the_primary_input_is_refused(door: Door) -> None:
    await stored(door, branches=["INPUT_DATA"])

    assert (await bring(door, "INPUT_DATA")).status == 400


async def test_a_script_is_not_told_how_to_wait_for_branches(door: Door) -> None:
    step = {"profile": "script", "statement": "1", "join": {"deadline_seconds": 1}}

    answer = await door.ask("PUT", "/v1/steps/merge", {"step": step})

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, "/step/join")


async def test_no_branch_is_brought_to_a_script(door: Door) -> None:
    step = {"profile": "script", "statement": "1"}
    assert (await door.ask("PUT", "/v1/steps/merge", {"step": step})).status == 200

    answer = await bring(door, "INPUT_DATA")

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, "/step_id")
    assert "a script has one input" in answer.body["errors"][0]["message"]


async def test_a_join_can_be_cancelled(door: Door) -> None:
    await stored(door)
    await bring(door, "orders")

    assert (await door.ask("DELETE", PATH)).body["state"] == "cancelled"
    assert (await bring(door, "a%2Fb")).body["disposition"] == "late"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_unknown_join_is_not_found(door: Door, method: str) -> None:
    answer = await door.ask(method, PATH)

    assert (answer.status, answer.body["code"]) == (404, "unknown_join")


async def test_branches_that_arrive_at_the_same_time_fire_one_run(door: Door) -> None:
    await stored(door)
    async with asyncio.TaskGroup() as tasks:
        for name in ("INPUT_DATA", "orders", "a%2Fb") * 5:
            tasks.create_task(bring(door, name))

    items = (await door.ask("GET", "/v1/runs?step_id=merge")).body["items"]
    assert [item["origin"] for item in items] == ["join"]
