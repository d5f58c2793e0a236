"""Rows as they come, at the door."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiohttp import ClientPayloadError, ClientResponse

from processor import chunks
from processor.errors import ProcessorFault, StatementRaised
from processor.run import Run, RunId
from processor.runtime.contract import Refused
from processor.service import streams
from tests.fakes import returned
from tests.service.door import Door, a_body, a_gate
from tests.store.build import claimed

STREAM = {"Accept": "application/x-ndjson", "Prefer": "stream", "Content-Type": "application/json"}
CHECKPOINT = {"id": "s", "checkpoint_column": "x"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every row as soon as it comes."""
    monkeypatch.setattr(chunks, "CHUNK_SECONDS", -1)


@asynccontextmanager
async def streaming(
    door: Door, headers: dict[str, str] | None = None, **step: Any
) -> AsyncIterator[ClientResponse]:
    body = json.dumps(a_body(**{**CHECKPOINT, **step}))
    async with door.client.post(
        "/v1/runs", data=body, headers={**STREAM, **(headers or {})}
    ) as response:
        yield response


async def line(response: ClientResponse) -> Any:
    return json.loads(await response.content.readline())


async def lines(response: ClientResponse) -> list[Any]:
    return [json.loads(each) for each in (await response.read()).splitlines()]


async def test_rows_come_while_the_statement_runs(door: Door) -> None:
    gate = asyncio.Event()
    door.runtime.streamed = [[{"x": 1}], [{"x": 2}]]
    door.runtime.between = gate.wait
    async with streaming(door) as response:
        assert await line(response) == {"row": {"x": 1}}
        gate.set()
        rest = await lines(response)

    assert response.headers["Content-Type"] == "application/x-ndjson"
    assert response.headers["Preference-Applied"] == "stream"
    assert rest[0] == {"row": {"x": 2}}


async def test_the_last_line_is_the_run_as_it_was_kept_without_its_rows(door: Door) -> None:
    door.runtime.streamed = [[{"x": 1}], [{"x": 2}]]
    door.runtime.report = returned([{"x": 3}])
    async with streaming(door) as response:
        *rows, last = await lines(response)

    kept = await door.ask("GET", f"/v1/runs/{response.headers['Processor-Run-Id']}")
    assert [each["row"]["x"] for each in rows] == [1, 2, 3]
    assert last == {"run": {**kept.body, "rows": None}}
    assert last["run"]["checkpoint"]["after"] == 3
    assert kept.body["rows"] == [{"x": 1}, {"x": 2}, {"x": 3}]


async def test_rows_of_a_run_that_fails_are_followed_by_its_error(door: Door) -> None:
    gate = asyncio.Event()
    door.runtime.streamed = [[{"x": 1}], [{"x": 2}]]
    door.runtime.between = gate.wait
    door.runtime.report = Refused(error=StatementRaised("late"))
    async with streaming(door) as response:
        first = await line(response)
        gate.set()
        last = (await lines(response))[-1]

    assert first == {"row": {"x": 1}}
    assert (last["run"]["state"], last["run"]["error"]["message"]) == ("failed", "late")
    assert (await door.ask("GET", f"/v1/runs/{last['run']['id']}")).body["rows"] is None
    assert (await door.ask("GET", "/v1/checkpoints/s")).status == 404, "it never moved"


async def test_a_row_that_does_not_match_ends_the_stream_with_its_number(door: Door) -> None:
    door.runtime.streamed = [[{"x": 1}], [{"x": "no"}], [{"x": 3}]]
    async with streaming(door) as response:
        last = (await lines(response))[-1]

    assert last["run"]["error"]["mismatches"][0]["pointer"] == "/1/x"


async def test_a_list_that_is_returned_is_streamed_too(door: Door) -> None:
    door.runtime.report = returned([{"x": 1}, {"x": 2}])
    async with streaming(door) as response:
        *rows, last = await lines(response)

    assert rows == [{"row": {"x": 1}}, {"row": {"x": 2}}]
    assert last["run"]["state"] == "succeeded"


async def test_no_row_looks_like_the_last_line(door: Door) -> None:
    row = {"run": {"state": "succeeded"}}
    door.runtime.report = returned([row])
    async with streaming(door, output_schema={"type": "object"}, checkpoint_column=None) as got:
        first, last = await lines(got)

    assert (list(first), list(last)) == (["row"], ["run"])
    assert first["row"] == row


async def test_a_repeated_key_gives_the_same_rows_and_runs_nothing(door: Door) -> None:
    door.runtime.streamed = [[{"x": 1}], [{"x": 2}]]
    answers = []
    for _ in range(2):
        async with streaming(door, {"Idempotency-Key": "k"}) as response:
            answers.append(await lines(response))

    assert answers[0] == answers[1]
    assert len(door.runtime.assignments) == 1


async def test_a_repeated_key_gives_all_rows_as_one_answer(door: Door) -> None:
    door.runtime.streamed = [[{"x": 1}], [{"x": 2}]]
    for preferred in ("respond-async", "wait=10"):
        async with streaming(door, {"Idempotency-Key": "k"}) as response:
            await response.read()
        again = await door.run(a_body(**CHECKPOINT), {"Idempotency-Key": "k", "Prefer": preferred})
        assert again.body["rows"][:2] == [{"x": 1}, {"x": 2}]


async def test_a_run_under_way_can_be_followed_by_its_rows(door: Door) -> None:
    gate = asyncio.Event()
    door.runtime.streamed = [[{"x": 1}], [{"x": 2}]]
    door.runtime.between = gate.wait
    begun = await door.run(a_body(), {"Prefer": "respond-async"})
    async with door.client.get(f"/v1/runs/{begun.body['id']}/rows", headers=STREAM) as response:
        first = await line(response)
        gate.set()
        rest = await lines(response)

    assert (first, rest[0]) == ({"row": {"x": 1}}, {"row": {"x": 2}})


async def test_rows_of_a_run_whose_step_is_busy_come_once_it_is_free(door: Door) -> None:
    gate = a_gate(door)
    first = await door.run(a_body(**CHECKPOINT), {"Prefer": "wait=0"})
    door.runtime.streamed = [[{"x": 1}], [{"x": 2}]]
    async with streaming(door) as response:
        run_id = response.headers["Processor-Run-Id"]
        waiting = (await door.ask("GET", f"/v1/runs/{run_id}")).body
        gate.set()
        *rows, last = await lines(response)

    assert (first.status, waiting["state"]) == (202, "queued")
    assert [each["row"]["x"] for each in rows][:2] == [1, 2]
    assert (last["run"]["id"], last["run"]["attempts"]) == (run_id, 1)


async def test_a_deferred_run_is_followed_by_its_rows(door: Door) -> None:
    door.runtime.streamed = [[{"x": 1}], [{"x": 2}]]
    async with streaming(door, {"Prefer": "stream, respond-async"}) as response:
        *rows, last = await lines(response)

    assert [each["row"]["x"] for each in rows][:2] == [1, 2]
    assert last["run"]["state"] == "succeeded"


async def test_a_caller_who_goes_away_ends_no_run(door: Door) -> None:
    gate = asyncio.Event()
    door.runtime.streamed = [[{"x": 1}], [{"x": 2}]]
    door.runtime.between = gate.wait
    async with streaming(door, {"Idempotency-Key": "k"}) as response:
        await line(response)
        response.close()
    gate.set()

    again = await door.run(a_body(**CHECKPOINT), {"Idempotency-Key": "k"})
    assert again.body["state"] == "succeeded"


async def test_without_the_preference_rows_are_answered_once_all_are_there(door: Door) -> None:
    door.runtime.streamed = [[{"x": 1}]]
    answer = await door.run(a_body(), {"Accept": "application/x-ndjson"})

    assert answer.content == b'{"x":1}\n{"x":1}\n'


async def test_who_takes_no_ndjson_gets_the_run_whatever_it_prefers(door: Door) -> None:
    answer = await door.run(a_body(), {"Prefer": "stream"})

    assert answer.body["rows"] == [{"x": 1}]
    assert "Preference-Applied" not in answer.headers


async def test_a_run_that_nobody_knows_is_a_problem(door: Door) -> None:
    answer = await door.ask("GET", "/v1/runs/01J/rows", headers=STREAM)

    assert (answer.status, answer.body["code"]) == (404, "unknown_run")


async def test_a_step_that_is_refused_is_a_problem(door: Door) -> None:
    async with streaming(door, output_schema="nobody-knows") as response:
        answer = await response.json(content_type=None)

    assert (response.status, answer["code"]) == (422, "unknown_schema")


async def test_a_store_that_fails_cuts_the_answer(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = a_gate(door)
    begun = await door.run(a_body(), {"Prefer": "respond-async"})

    async def broken(_runs: object, _run_id: RunId, _position: int) -> bytes | None:
        raise ProcessorFault("the disk is gone")

    monkeypatch.setattr(type(door.store.runs), "chunk", broken)
    with pytest.raises(ClientPayloadError):
        async with door.client.get(f"/v1/runs/{begun.body['id']}/rows", headers=STREAM) as answer:
            await answer.read()
    gate.set()


async def test_an_attempt_that_is_lost_ends_the_answer_without_a_last_line(door: Door) -> None:
    claim = await claimed(door.store.runs)
    await door.store.runs.add_chunk(claim, 0, b'[{"x":1}]')
    run = await door.store.runs.glance(claim.run_id)
    assert run is not None
    parts = streams._lines(door.store.runs, run)
    assert await anext(parts) == b'{"row":{"x":1}}\n'
    again = msgspec.structs.replace(run, attempts=run.attempts + 1)

    async def glance(_runs: object, _run_id: RunId) -> Run:
        return again

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(door.store.runs), "glance", glance)
        assert [part async for part in parts] == []


async def test_an_answer_that_is_silent_too_long_ends_without_a_last_line(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LONGEST_SILENCE_SECONDS", 0.1)
    gate = a_gate(door)
    begun = await door.run(a_body(), {"Prefer": "respond-async"})

    answer = await door.ask("GET", f"/v1/runs/{begun.body['id']}/rows", headers=STREAM)

    assert (answer.status, answer.content) == (200, b"")
    gate.set()
