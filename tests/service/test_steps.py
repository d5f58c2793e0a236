"""Stored steps over HTTP: kept, versioned, run with inputs only."""

import json
from typing import Any

import pytest

from tests.build import COLUMN_X
from tests.service.door import Answer, Door

STEP = {"statement": "return []", "output_schema": COLUMN_X, "checkpoint_column": "x"}


async def put(door: Door, headers: dict[str, str] | None = None, **step: Any) -> Answer:
    return await door.ask("PUT", "/v1/steps/task%2Fone", {"step": {**STEP, **step}}, headers)


async def test_a_stored_step_is_shown_as_it_was_put(door: Door) -> None:
    answer = await put(door)

    shown = await door.ask("GET", "/v1/steps/task%2Fone")
    assert (answer.status, shown.content) == (200, answer.content)
    assert (shown.headers["ETag"], shown.body["step_id"], shown.body["step"]) == (
        '"1"',
        "task/one",
        STEP,
    )


async def test_a_stored_step_is_run_with_inputs_only(door: Door) -> None:
    await put(door)

    answer = await door.ask(
        "POST", "/v1/steps/task%2Fone/runs", {"inputs": {"INPUT_DATA": [{"a": 1}]}}
    )

    assert (answer.status, answer.body["state"], answer.body["step_id"]) == (
        200,
        "succeeded",
        "task/one",
    )
    (assignment,) = door.runtime.assignments
    assert json.loads(assignment.inputs["INPUT_DATA"]) == [{"a": 1}]
    assert (await door.ask("GET", "/v1/checkpoints/task%2Fone")).body["value"] == 1


async def test_a_stored_step_can_be_run_dry(door: Door) -> None:
    await put(door)

    answer = await door.ask("POST", "/v1/steps/task%2Fone/runs", {"commit": False})

    assert answer.body["checkpoint"]["committed"] is False


async def test_an_earlier_version_can_be_run(door: Door) -> None:
    await put(door)
    await put(door, statement="return [1]")

    await door.ask("POST", "/v1/steps/task%2Fone/runs?version=1", {})
    await door.ask("POST", "/v1/steps/task%2Fone/runs", {})

    assert [each.statement for each in door.runtime.assignments] == ["return []", "return [1]"]


async def test_a_repeated_request_is_the_same_run_also_where_the_step_has_changed(
    door: Door,
) -> None:
    await put(door)
    headers = {"Idempotency-Key": "once"}
    first = await door.ask("POST", "/v1/steps/task%2Fone/runs", {}, headers)
    await put(door, statement="return [1]")

    again = await door.ask("POST", "/v1/steps/task%2Fone/runs", {}, headers)

    assert again.content == first.content


async def test_versions_are_listed_newest_first_and_in_parts(door: Door) -> None:
    for number in range(3):
        await put(door, statement=f"return [{number}]")

    first = (await door.ask("GET", "/v1/steps/task%2Fone/versions?limit=2")).body
    rest = (
        await door.ask("GET", f"/v1/steps/task%2Fone/versions?limit=2&cursor={first['next']}")
    ).body

    assert [item["version"] for item in (*first["items"], *rest["items"])] == [3, 2, 1]
    assert rest["next"] is None


async def test_if_match_puts_only_over_the_version_that_was_seen(door: Door) -> None:
    await put(door)

    moved = await put(door, {"If-Match": '"7"'}, statement="return [1]")

    assert (moved.status, moved.body["code"]) == (412, "version_moved")
    assert (await put(door, {"If-Match": '"1"'}, statement="return [1]")).status == 200


async def test_a_removed_step_is_not_found(door: Door) -> None:
    await put(door)

    assert (await door.ask("DELETE", "/v1/steps/task%2Fone")).status == 204

    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/runs")):
        answer = await door.ask(
            method, f"/v1/steps/task%2Fone{path}", {} if method == "POST" else None
        )
        assert (answer.status, answer.body["code"]) == (404, "unknown_step")


@pytest.mark.parametrize(
    ("step", "pointer"),
    [
        ({"id": "another"}, "/step/id"),
        ({"profile": "none"}, "/step/profile"),
        ({"limits": {"wall_seconds": 1e9}}, "/step/limits/wall_seconds"),
        ({"output_schema": None}, "/step/output_schema"),
        ({"limits": {"wall": 1}}, "/step/limits/wall"),
        ({"nonsense": 1}, "/step/nonsense"),
    ],
)
async def test_a_step_that_could_not_run_is_not_stored(
    door: Door, step: dict[str, Any], pointer: str
) -> None:
    answer = await put(door, **step)

    assert answer.status in (400, 422)
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]
    assert (await door.ask("GET", "/v1/steps/task%2Fone")).status == 404


async def test_inputs_of_a_stored_step_are_pointed_at(door: Door) -> None:
    await put(door)

    answer = await door.ask("POST", "/v1/steps/task%2Fone/runs", {"inputs": {"INPUT_DATA": 1}})

    assert answer.body["errors"][0]["pointer"] == "/inputs/INPUT_DATA"
