"""What stands before every request: names, connections, room, and patience with bodies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import Busy
from processor.service import Connections, bodies, connections, room
from processor.service.hosts import is_local
from processor.service.room import FREE_BYTES, Room

from .door import Door

LARGE = FREE_BYTES + 1


async def test_a_name_that_resolves_to_us_is_not_ours(door: Door) -> None:
    answer = await door.ask("GET", "/livez", headers={"Host": "rebound.example:8080"})

    assert (answer.status, answer.body["code"]) == (421, "misdirected")


@pytest.mark.parametrize("host", ["localhost:1", "app.localhost", "127.0.0.1:8080", "[::1]:80"])
async def test_addresses_and_localhost_are_ours(door: Door, host: str) -> None:
    assert (await door.ask("GET", "/livez", headers={"Host": host})).status == 200


@given(st.text())
def test_any_host_is_judged(host: str) -> None:
    assert is_local(host) in (True, False)


@pytest.mark.parametrize("host", ["localhost.evil.example", "127.0.0.1.nip.example", "", ":80"])
def test_a_name_that_looks_like_ours_is_not(host: str) -> None:
    assert not is_local(host)


async def test_a_body_that_stops_coming_is_given_up(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "LONGEST_PAUSE_SECONDS", 0.05)

    async def stopping() -> AsyncIterator[bytes]:
        yield b'{"step": '
        await asyncio.sleep(5)

    async with door.client.post(
        "/v1/runs", data=stopping(), headers={"Content-Type": "application/json"}
    ) as answer:
        problem = await answer.json()

    assert (answer.status, problem["code"]) == (408, "slow_request")


async def test_who_asks_for_nothing_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.05)

    async with listening() as port:
        for begun in (b"", b"GET /livez HTTP/1.1\r\nX-Slow: a"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(begun)

            assert await reader.read() == b""
            writer.close()


async def test_who_asks_in_time_is_answered_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.05)

    async with listening() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for pause in (0.0, 0.2):
            await asyncio.sleep(pause)
            writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert (await reader.readuntil(b"served")).startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_who_asks_no_more_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.05)

    async with listening() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")

        assert (await reader.read()).endswith(b"served")
        writer.close()


@asynccontextmanager
async def listening(most: int = 10) -> AsyncIterator[int]:
    """Serve one answer to whatever is asked, and give the port."""

    async def serve(_request: Any) -> web.StreamResponse:
        return web.Response(text="served")

    async with RawTestServer(serve) as server:
        served = server.runner and server.runner.server
        assert served
        taken = Connections(served, most=most)
        async with await asyncio.get_running_loop().create_server(taken, "127.0.0.1", 0) as bound:
            yield bound.sockets[0].getsockname()[1]


async def test_small_bodies_wait_for_nobody() -> None:
    shared = Room(LARGE)

    async with shared.taken(LARGE), shared.taken(FREE_BYTES):
        pass


async def test_a_large_body_waits_until_there_is_room() -> None:
    shared = Room(LARGE)
    order: list[str] = []

    async def second() -> None:
        async with shared.taken(LARGE):
            order.append("second")

    async with asyncio.TaskGroup() as tasks, shared.taken(LARGE):
        tasks.create_task(second())
        await asyncio.sleep(0.01)
        order.append("first")

    assert order == ["first", "second"]


async def test_who_finds_no_room_is_refused_and_takes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PATIENCE_SECONDS", 0.01)
    shared = Room(LARGE)

    async with shared.taken(LARGE):
        with pytest.raises(Busy, match="no room"):
            async with shared.taken(LARGE):
                pass

    async with shared.taken(LARGE):
        pass


async def test_a_body_larger_than_all_the_room_has_it_alone() -> None:
    async with Room(LARGE).taken(10 * LARGE):
        pass


async def test_a_connection_too_many_is_told_so_and_hung_up_on() -> None:
    async with listening(most=1) as port:
        _, first = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0.05)
        reader, second = await asyncio.open_connection("127.0.0.1", port)
        answer = await reader.read()
        first.close()
        second.close()

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b'"code":"busy"' in answer
