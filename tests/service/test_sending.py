"""Callbacks over real HTTP on loopback: signed, settled, and only where they may go."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from processor.callback import Attempted, Callback, Outbox, signed_headers
from processor.service import opened_sender

KEY = b"k" * 24


@dataclass
class FakeOutbox:
    """Hands out what it was given, once, and remembers how it went."""

    waiting: list[Callback]
    settled: list[tuple[Attempted, str]] = field(default_factory=list)

    async def take(self, limit: int) -> Sequence[Callback]:
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return taken

    async def settle(self, callback: Callback, attempted: Attempted, reason: str) -> None:
        self.settled.append((attempted, reason))


def _it_satisfies_its_protocol() -> Outbox:
    return FakeOutbox([])


@dataclass
class Receiver:
    url: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with _receiving() as found:
        yield found


@asynccontextmanager
async def _receiving() -> AsyncIterator[Receiver]:
    found = Receiver(url="")

    async def receive(request: web.Request) -> web.Response:
        found.got.append((dict(request.headers), await request.read()))
        return web.Response(status=found.status, headers=found.headers)

    app = web.Application()
    app.router.add_post("/{path:.*}", receive)
    async with TestServer(app) as server:
        found.url = str(server.make_url("/ended"))
        yield found


def a_callback(url: str) -> Callback:
    return Callback(position=1, event_id="r1:1", url=url, attempt=1, content=b'{"a":1}')


async def sent(url: str, *, public: bool = True) -> tuple[Attempted, str]:
    outbox = FakeOutbox([a_callback(url)])
    async with opened_sender(outbox, KEY, lambda _address: public) as sender:
        assert await sender.send() == 1
        assert await sender.send() == 0
    (settled,) = outbox.settled
    return settled


async def test_a_callback_arrives_signed(receiver: Receiver) -> None:
    assert await sent(receiver.url) == ("delivered", "")

    ((headers, content),) = receiver.got
    moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert json.loads(content) == {"a": 1}
    assert headers["Content-Type"] == "application/cloudevents+json"
    expected = signed_headers(a_callback(""), KEY, moment)
    assert {name: headers[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("status", "attempted"), [(204, "delivered"), (410, "gone"), (500, "failed"), (404, "failed")]
)
async def test_the_status_tells_how_it_went(
    receiver: Receiver, status: int, attempted: str
) -> None:
    receiver.status = status

    assert (await sent(receiver.url))[0] == attempted


async def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 307, {"Location": receiver.url + "/more"}

    assert (await sent(receiver.url))[0] == "failed"
    assert len(receiver.got) == 1


@pytest.mark.parametrize("host", ["0x7f.1", "2130706433", "017700000001"])
async def test_nothing_is_sent_to_an_address_in_another_spelling(
    receiver: Receiver, host: str
) -> None:
    attempted, _ = await sent(receiver.url.replace("127.0.0.1", host), public=False)

    assert (attempted, receiver.got) == ("failed", [])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_nothing_is_sent_to_an_address_that_is_not_public(
    receiver: Receiver, host: str
) -> None:
    attempted, reason = await sent(receiver.url.replace("127.0.0.1", host), public=False)

    assert attempted == "failed"
    assert "may not be sent to" in reason
    assert receiver.got == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://[::1", "http://nobody.invalid/"])
async def test_what_cannot_be_reached_fails_and_is_told(url: str) -> None:
    attempted, reason = await sent(url)

    assert attempted == "failed"
    assert reason
