"""The client: it asks again where that does no harm, and tells refusals as what they are."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from processor.client import Client, ClientError, RefusedRequest, Unreachable, connection
from processor.config import CHECKOUT
from tests.served import Served, a_step

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def client(service: Served) -> AsyncIterator[Client]:
    async with Client(f"http://127.0.0.1:{service.port}/") as client:
        yield client


@asynccontextmanager
async def asking(answer: Answering, token: str | None = None) -> AsyncIterator[Client]:
    """Give a client of a service that answers as it is told."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    async with TestServer(app) as server, Client(str(server.make_url("")), token=token) as client:
        yield client


def a_problem(status: int, retryable: bool = False, **headers: str) -> web.Response:
    body = {"status": status, "code": "busy", "detail": "later", "retryable": retryable}
    return web.json_response(body, status=status, headers=headers)


async def test_a_run_is_given_with_its_rows(client: Client) -> None:
    run = await client.run(a_step("return INPUT_DATA"), {"INPUT_DATA": [{"x": 10**30}]})

    assert (run.state, msgspec.json.decode(run.rows)) == ("succeeded", [{"x": 10**30}])


async def test_the_same_key_gives_the_same_run(client: Client) -> None:
    step = a_step("return []")

    first, again = [await client.run(step, key="client-same") for _ in range(2)]

    assert first.id == again.id


async def test_runs_are_listed_page_by_page(client: Client) -> None:
    step = a_step("return []", id="client/listed")
    made = [(await client.run(step)).id for _ in range(3)]

    assert [run.id async for run in client.runs(step_id="client/listed")] == made[::-1]


async def test_a_run_that_is_under_way_is_waited_for(client: Client, service: Served) -> None:
    body = {"step": a_step("await sleep(0.2)\nreturn [{'x': 1}]")}
    begun = service.request("POST", "/v1/runs", body, {"Prefer": "respond-async"}).body["id"]

    run = await client.wait_for(begun)

    assert (run.id, run.state) == (begun, "succeeded")


async def test_a_run_is_cancelled(client: Client, service: Served) -> None:
    body = {"step": a_step("await sleep(50)\nreturn []")}
    begun = service.request("POST", "/v1/runs", body, {"Prefer": "respond-async"}).body["id"]

    await client.cancel_run(begun)

    assert (await client.wait_for(begun)).state == "cancelled"


async def test_a_stored_step_runs_with_its_inputs_only(client: Client, service: Served) -> None:
    service.request("PUT", "/v1/steps/client%2Fstored", {"step": a_step("return INPUT_DATA")})

    run = await client.run_stored("client/stored", {"INPUT_DATA": [{"x": 3}]})

    assert msgspec.json.decode(run.rows) == [{"x": 3}]


async def test_a_checkpoint_that_is_not_there_is_none(client: Client) -> None:
    assert await client.checkpoint("client/never") is None


async def test_a_refusal_tells_where_and_why(client: Client) -> None:
    with pytest.raises(RefusedRequest) as refused:
        await client.run(a_step("return []", zoom=1))

    problem = refused.value.problem
    assert (problem.status, problem.code) == (400, "invalid_request")
    assert [at.pointer for at in problem.errors] == ["/step/zoom"]


# Attempts


async def test_it_asks_again_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([a_problem(503, retryable=True, **{"Retry-After": "0"}), web.json_response({})])
    keys = set()

    async def answer(request: web.Request) -> web.StreamResponse:
        keys.add(request.headers["Idempotency-Key"])
        return next(answers)

    async with asking(answer) as client:
        with pytest.raises(msgspec.ValidationError):  # the second answer is no run
            await client.run(a_step("return []"))

    assert len(keys) == 1


async def test_it_does_not_ask_again_what_cannot_succeed() -> None:
    asked = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return a_problem(503, retryable=False, **{"Retry-After": "0"})

    async with asking(answer) as client:
        with pytest.raises(RefusedRequest):
            await client.show_run("a")

    assert asked == ["/v1/runs/a"]


async def test_it_asks_no_more_than_some_times() -> None:
    asked = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return a_problem(429, retryable=True, **{"Retry-After": "0"})

    async with asking(answer) as client:
        with pytest.raises(RefusedRequest, match="busy: later"):
            await client.show_run("a")

    assert len(asked) == connection.ATTEMPTS


async def test_a_checkpoint_is_never_moved_twice_for_one_call() -> None:
    asked = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.method)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with asking(answer) as client:
        with pytest.raises(Unreachable):
            await client.set_checkpoint("a", 1)

    assert asked == ["PUT"]


async def test_a_token_is_shown_and_never_follows_a_redirect() -> None:
    shown: list[Any] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        shown.append(request.headers.get("Authorization"))
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async with asking(answer, token="prc_key") as client:
        with pytest.raises(ClientError, match="answers with 307"):
            await client.show_run("a")

    assert shown == ["Bearer prc_key"]


async def test_a_name_is_one_part_of_the_path() -> None:
    paths: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        paths.append(request.raw_path)
        return a_problem(404)

    async with asking(answer) as client:
        assert await client.checkpoint("a/b?c#d%2F é") is None

    assert paths == ["/v1/checkpoints/a%2Fb%3Fc%23d%252F%20%C3%A9"]


def test_the_example_of_its_page_runs(service: Served, capsys: pytest.CaptureFixture[str]) -> None:
    page = (CHECKOUT / "docs/reference/client.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    code = example.replace("http://127.0.0.1:8080", f"http://127.0.0.1:{service.port}")

    exec(compile(code, "client.md", "exec"), {})

    assert capsys.readouterr().out.startswith("succeeded [{'id': 1}, {'id': 2}] Movement(")
