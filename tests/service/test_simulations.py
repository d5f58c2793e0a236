"""POST /v1/simulate at the door."""

from typing import Any

import pytest

from tests.fakes import returned
from tests.service.door import Door, a_body


def simulation(**members: Any) -> dict[str, Any]:
    body = a_body(checkpoint_column="x", id="mine")
    return {**body, "inputs": {"INPUT_DATA": [{"x": 1}]}, **members}


async def test_cycles_are_answered_with_what_they_prove(door: Door) -> None:
    door.runtime.report = returned([{"x": 1}])

    answer = await door.ask("POST", "/v1/simulate", simulation())

    assert answer.status == 200
    first, second = answer.body["cycles"]
    assert (first["before"], first["after"], first["row_count"]) == (None, 1, 1)
    assert (first["first"], first["status"]["code"], first["error"]) == ({"x": 1}, 200, None)
    assert second["after"] == 1
    assert (answer.body["end"], answer.body["faults"]) == ("stalled", ["stalled", "twice"])
    assert answer.body["coverage"] == {
        "key": ["x"],
        "input_rows": 1,
        "keys": 1,
        "once": 0,
        "twice": {"count": 1, "examples": ["1"]},
        "skipped": {"count": 0, "examples": []},
        "left": {"count": 0, "examples": []},
        "unknown": 0,
        "repeated_input": 0,
    }


async def test_nothing_is_kept_of_it(door: Door) -> None:
    await door.ask("POST", "/v1/simulate", simulation())

    assert (await door.ask("GET", "/v1/checkpoints/mine")).status == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (a_body(), "/step/checkpoint_column"),
        (simulation(cycles=0), "/cycles"),
        (simulation(cycles=1001), "/cycles"),
        (simulation(cycles="x"), "/cycles"),
        (simulation(key=[]), "/key"),
        (simulation(key=["nobody"]), "/key/0"),
        (simulation(more=1), "/more"),
        (simulation(inputs={"INPUT_DATA": 1}), "/inputs/INPUT_DATA"),
        (b"{", ""),
    ],
)
async def test_what_cannot_be_simulated_is_refused_with_a_pointer(
    door: Door, body: Any, pointer: str
) -> None:
    answer = await door.ask("POST", "/v1/simulate", body)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]
    assert door.runtime.assignments == []


async def test_a_service_that_stops_simulates_no_more(door: Door) -> None:
    await door.drain()

    answer = await door.ask("POST", "/v1/simulate", simulation())

    assert (answer.status, answer.body["code"]) == (503, "draining")
