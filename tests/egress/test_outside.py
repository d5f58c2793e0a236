"""The real ways out: a resolver with threads of its own, connections to literals alone."""

import asyncio
import ipaddress
import socket

import pytest

from processor.egress.outside import Resolver, connect, require_peer
from tests.egress.outsides import a_server, echo

LOOPBACK = ipaddress.ip_address("127.0.0.1")


async def test_a_connection_is_made_to_the_literal_address() -> None:
    async with a_server(echo) as port:
        with await connect(LOOPBACK, port) as made:
            assert made.getpeername() == ("127.0.0.1", port)
            assert not made.getblocking()


async def test_a_connection_that_fails_leaves_no_socket() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(OSError, match="Connect"):
            await connect(LOOPBACK, unused.getsockname()[1])


async def test_another_address_that_answers_is_an_error() -> None:
    async with a_server(echo) as port:
        with socket.create_connection(("127.0.0.1", port)) as made:
            require_peer(made, LOOPBACK)
            with pytest.raises(OSError, match="another address"):
                require_peer(made, ipaddress.ip_address("127.0.0.2"))


async def test_who_answers_is_looked_at_before_a_connection_is_used() -> None:
    async with a_server(echo) as port:
        with pytest.raises(OSError, match="another address"):
            await connect(ipaddress.ip_address("0.0.0.0"), port)  # which leads to 127.0.0.1


async def test_a_name_is_resolved_as_a_whole_without_a_search_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def getaddrinfo(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0)),
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1%lo", 0, 0, 1)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    resolver = Resolver()
    try:
        found = await resolver("allowed.test")
    finally:
        resolver.close()

    assert asked == ["allowed.test."]
    assert [*map(str, found)] == ["192.0.2.1", "fe80::1"]


async def test_who_waits_for_a_name_when_the_resolver_closes_gets_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolver = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    resolver.close()

    with pytest.raises(RuntimeError):
        await asyncio.shield(resolver("allowed.test"))
