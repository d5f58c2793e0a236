"""The proxy over real sockets: what it lets through, what it refuses, and what that is called."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.egress import NO_NETWORK, NOWHERE, opened
from processor.egress.addresses import Address, read_ranges
from processor.egress.outside import Outside
from tests.egress.outsides import PUBLIC, MadeUp, Origin, a_server, a_way, echo, listed
from tests.egress.test_request import heads

CONNECT = b"CONNECT allowed.test:443 HTTP/1.1\r\nHost: allowed.test:443\r\n\r\n"
GET = b"GET http://allowed.test/x HTTP/1.1\r\nHost: allowed.test\r\n\r\n"
LAST = b"GET http://allowed.test/ HTTP/1.1\r\nHost: allowed.test\r\nConnection: close\r\n\r\n"


def connect_to(target: str) -> bytes:
    return f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def status(answer: bytes) -> int:
    return int(answer.split(b" ")[1])


# What goes through


async def test_a_tunnel_carries_bytes_both_ways_and_sees_nothing_in_them() -> None:
    async with (
        a_server(echo) as port,
        a_way(MadeUp(port=port)) as way,
        way.connection() as (reader, writer),
    ):
        writer.write(CONNECT)
        assert status(await reader.readuntil(b"\r\n\r\n")) == 200
        writer.write(b"\x16\x03\x01 not HTTP\r\n\r\n")
        assert await reader.readexactly(16) == b"\x16\x03\x01 not HTTP\r\n\r\n"

    assert way.told == []


async def test_what_comes_with_a_connect_is_the_tunnel_s() -> None:
    async with (
        a_server(echo) as port,
        a_way(MadeUp(port=port)) as way,
        way.connection() as (reader, writer),
    ):
        writer.write(CONNECT + b"early")
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(5) == b"early"


async def test_a_side_that_ends_a_tunnel_still_hears_the_other() -> None:
    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(str(len(await reader.read())).encode())
        writer.close()

    async with (
        a_server(count) as port,
        a_way(MadeUp(port=port)) as way,
        way.connection() as (reader, writer),
    ):
        writer.write(CONNECT)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"x" * 200_000)
        writer.write_eof()
        assert await reader.read() == b"200000"


async def test_a_plain_request_is_carried_with_its_answer() -> None:
    origin = Origin()
    async with a_server(origin.serve) as port, a_way(MadeUp(port=port)) as way:
        answer = await way.ask(LAST)

    assert status(answer) == 200
    assert answer.endswith(b"\r\n\r\nhi")
    assert origin.heads == [b"GET / HTTP/1.1\r\nHost: allowed.test\r\nConnection: close\r\n\r\n"]


async def test_the_address_that_was_judged_is_the_one_that_is_connected_to() -> None:
    made_up = MadeUp()
    async with a_way(made_up) as way:
        await way.ask(CONNECT)

    assert made_up.connected == [(PUBLIC, 443)]


async def test_a_name_is_resolved_once_so_that_rebinding_has_no_second_chance() -> None:
    class Rebinding(MadeUp):
        def resolve(self, name: str) -> "asyncio.Future[Sequence[Address]]":
            self.names = {"allowed.test": [PUBLIC if not self.resolved else "127.0.0.1"]}
            return super().resolve(name)

    made_up = Rebinding()
    async with a_way(made_up) as way:
        await way.ask(CONNECT)
        await way.ask(CONNECT)

    assert made_up.resolved == ["allowed.test", "allowed.test"]
    assert made_up.connected == [(PUBLIC, 443)]


async def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    made_up = MadeUp(names={"allowed.test": [PUBLIC, "2606:4700::1"]})
    async with a_way(made_up) as way:
        await way.ask(CONNECT)

    assert [address for address, _ in made_up.connected] == [PUBLIC, "2606:4700::1"]


async def test_requests_on_one_connection_are_each_judged() -> None:
    origin = Origin()
    other = GET.replace(b"allowed", b"evil")
    async with (
        a_server(origin.serve) as port,
        a_way(MadeUp(port=port), listed("allowed.test")) as way,
    ):
        answer = await way.ask(GET + GET + other + GET)

    assert answer.count(b"HTTP/1.1 200") == 2
    assert answer.count(b"HTTP/1.1 403") == 1
    assert len(origin.heads) == 2
    assert way.told == ["network: evil.test is not among the step's hosts"]


async def test_a_redirect_is_a_new_request_that_is_judged_anew() -> None:
    away = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    origin = Origin(answer=away)
    async with a_server(origin.serve) as port, a_way(MadeUp(port=port)) as way:
        first = await way.ask(LAST)
        second = await way.ask(LAST.replace(b"allowed.test", b"169.254.169.254"))

    assert (status(first), status(second)) == (302, 403)
    assert len(origin.heads) == 1


# What does not


@pytest.mark.parametrize(
    "addresses",
    [
        *(["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::1"], ["fd00:ec2::254"]),
        *(["::ffff:10.0.0.1"], ["64:ff9b::a9fe:a9fe"], ["2002:7f00:1::"], ["100.64.0.1"]),
        *([PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC], [PUBLIC] * 9 + ["10.0.0.1"]),
    ],
)
async def test_one_special_address_among_a_name_s_refuses_the_name(addresses: list[str]) -> None:
    made_up = MadeUp(names={"allowed.test": addresses})
    async with a_way(made_up) as way:
        answer = await way.ask(CONNECT)

    assert status(answer) == 403
    assert made_up.connected == []
    assert way.proxy.refusals == {"address": 1}


async def test_a_refusal_does_not_tell_the_address_of_an_inner_name() -> None:
    async with a_way(MadeUp(names={"allowed.test": ["10.1.2.3"]})) as way:
        answer = await way.ask(CONNECT)

    assert b"10.1.2.3" not in answer
    assert way.told == ["network: allowed.test has an address of a kind: private"]


async def test_an_operator_lets_a_private_range_through_and_never_metadata() -> None:
    names = {"allowed.test": ["10.1.2.3"], "meta.test": ["169.254.169.254"]}
    made_up = MadeUp(names=names)
    allowed = read_ranges("10.1.0.0/16")
    async with a_way(made_up, allowed=allowed) as way:
        answers = [await way.ask(connect_to(f"{name}:443")) for name in names]

    assert [*map(status, answers)] == [502, 403]
    assert made_up.connected == [("10.1.2.3", 443)]


@pytest.mark.parametrize(
    "target",
    [
        *("127.0.0.1:80", "[::1]:80", "169.254.169.254:80", "[::ffff:169.254.169.254]:80"),
        *("2130706433:80", "0x7f.1:80", "0177.0.0.1:80", "localhost:80", "0:80", "10.0.0.1:443"),
    ],
)
async def test_a_literal_address_is_refused_in_any_form(target: str) -> None:
    made_up = MadeUp()
    async with a_way(made_up) as way:
        answer = await way.ask(connect_to(target))

    assert status(answer) in {400, 403}
    assert (made_up.resolved, made_up.connected) == ([], [])


async def test_a_listed_address_that_is_special_is_refused_all_the_same() -> None:
    async with a_way(policy=listed("127.0.0.1", "169.254.169.254")) as way:
        answers = [
            await way.ask(connect_to(f"{host}:80")) for host in ("127.0.0.1", "169.254.169.254")
        ]

    assert [*map(status, answers)] == [403, 403]


async def test_a_name_that_is_not_listed_is_never_resolved() -> None:
    made_up = MadeUp()
    async with a_way(made_up, listed("allowed.test")) as way:
        await way.ask(connect_to("secret.attacker.test:443"))

    assert made_up.resolved == []


async def test_why_is_the_answer_s_reason_so_that_clients_show_it() -> None:
    async with a_way(policy=listed("allowed.test")) as way:
        answer = await way.ask(connect_to("evil.test:443"))

    assert answer.startswith(b"HTTP/1.1 403 evil.test is not among the step's hosts\r\n")


async def test_a_name_without_an_address_and_a_host_that_refuses_are_told_apart() -> None:
    async with a_way() as way:
        await way.ask(connect_to("nowhere.test:443"))
        await way.ask(CONNECT)

    assert way.told == [
        "network: nowhere.test cannot be resolved",
        "network: allowed.test:443 cannot be reached: Connection refused",
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"X" * 100_000,
        b"GET http://allowed.test/ HTTP/1.1\r\nA: " + b"a" * 100_000,
        b"GET http://allowed.test/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET http://allowed.test/ HTTP/1.1\r\n\r\n",
        b"GET http://allowed.test/ HTTP/2.0\r\nHost: a\r\n\r\n",
        b"CONNECT allowed.test\x00127.0.0.1:80 HTTP/1.1\r\n\r\n",
        b"POST http://allowed.test/ HTTP/1.1\r\nHost: a\r\n"
        b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST http://allowed.test/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"GET http://allowed.test/ HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
    ],
)
async def test_what_is_no_clean_request_reaches_nobody(data: bytes) -> None:
    made_up = MadeUp()
    async with a_way(made_up) as way:
        await way.ask(data)

    assert made_up.connected == []
    assert way.proxy.refusals == {"request": 1}


async def test_a_length_beside_chunks_is_refused_before_anything_goes_on() -> None:
    made_up = MadeUp()
    data = (
        b"POST http://allowed.test/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    async with a_way(made_up) as way:
        answer = await way.ask(data)

    assert status(answer) == 400
    assert made_up.connected == []


async def test_what_follows_a_body_is_a_request_of_its_own() -> None:
    origin = Origin()
    hidden = b"GET http://evil.test/ HTTP/1.1\r\nHost: evil.test\r\n\r\n"
    data = b"POST http://allowed.test/ HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab" + hidden
    async with (
        a_server(origin.serve) as port,
        a_way(MadeUp(port=port), listed("allowed.test")) as way,
    ):
        answer = await way.ask(data)

    assert origin.bodies == [b"ab"]
    assert not any(b"evil" in head for head in origin.heads)
    assert answer.count(b"HTTP/1.1 403") == 1


async def test_a_server_cannot_answer_more_than_was_asked() -> None:
    two = Origin().answer + b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!"
    async with a_server(Origin(answer=two).serve) as port, a_way(MadeUp(port=port)) as way:
        answer = await way.ask(LAST)

    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    "answer", [b"nonsense\r\n\r\n", b"", b"HTTP/1.1 101 Up\r\nUpgrade: x\r\n\r\n", b"HTTP/1.1 200"]
)
async def test_a_server_that_speaks_no_http_gave_no_answer(answer: bytes) -> None:
    async with a_server(Origin(answer=answer).serve) as port, a_way(MadeUp(port=port)) as way:
        told = await way.ask(LAST)

    assert status(told) == 502
    assert way.proxy.refusals == {"unreachable": 1}


# Budgets


async def test_bytes_beyond_the_budget_end_the_connection_and_are_told() -> None:
    async with (
        a_server(echo) as port,
        a_way(MadeUp(port=port), bytes_moved=10_000) as way,
        way.connection() as (reader, writer),
    ):
        writer.write(CONNECT)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"x" * 20_000)
        with contextlib.suppress(OSError):
            assert len(await reader.read()) < 20_000

    assert way.told == ["network: the run has moved more than 10,000 bytes (egress.run_bytes)"]


async def test_connections_beyond_the_budget_are_refused_until_one_ends() -> None:
    async with a_way(policy=listed("allowed.test"), connections=1) as way:
        async with way.connection():
            refused = await way.ask(CONNECT)
        while way.proxy._connections:
            await asyncio.sleep(0)
        later = await way.ask(CONNECT)

    assert (status(refused), status(later)) == (429, 502)


async def test_requests_beyond_the_budget_are_refused() -> None:
    async with a_way(requests=2) as way:
        answers = [await way.ask(CONNECT) for _ in range(3)]

    assert [*map(status, answers)] == [502, 502, 429]


async def test_a_head_that_dribbles_is_given_up() -> None:
    async with a_way(head_seconds=0.05) as way:
        answer = await way.ask(b"CONNECT allowed.te")

    assert status(answer) == 400
    assert "no whole request within" in way.told[0]


async def test_a_connection_on_which_nothing_comes_is_closed_without_a_word() -> None:
    async with a_way(head_seconds=0.05) as way:
        assert await way.ask() == b""

    assert way.told == []


async def test_a_tunnel_without_a_byte_is_closed() -> None:
    async with a_server(echo) as port, a_way(MadeUp(port=port), idle_seconds=0.05) as way:
        assert status(await way.ask(CONNECT)) == 200


async def test_a_name_that_is_never_resolved_is_given_up() -> None:
    def never(_: str) -> "asyncio.Future[Sequence[Address]]":
        return asyncio.get_running_loop().create_future()

    async with a_way(outside=Outside(resolve=never), resolve_seconds=0.05) as way:
        assert status(await way.ask(CONNECT)) == 502


async def test_a_run_s_slow_names_hold_up_its_own_only() -> None:
    asked: list[str] = []

    def never(name: str) -> "asyncio.Future[Sequence[Address]]":
        asked.append(name)
        return asyncio.get_running_loop().create_future()

    outside = Outside(resolve=never)
    async with a_way(outside=outside, resolve_seconds=0.05, lookups=1) as way:
        for name in ("a", "b", "c"):
            await way.ask(connect_to(f"{name}.test:443"))

    assert asked == ["a.test"]


async def test_refusals_beyond_a_hundred_are_counted_and_not_told() -> None:
    async with a_way(policy=listed("allowed.test")) as way:
        for _ in range(105):
            await way.ask(connect_to("evil.test:443"))

    assert way.proxy.refusals == {"policy": 105}
    assert len(way.told) == 101
    assert "only counted" in way.told[-1]


async def test_what_all_runs_did_is_counted_together() -> None:
    made_up = MadeUp()
    outside = made_up.outside()
    for _ in range(2):
        async with a_way(outside=outside, policy=listed("allowed.test")) as way:
            await way.ask(CONNECT)
            await way.ask(connect_to("evil.test:443"))

    assert outside.totals.refused == {"unreachable": 2, "policy": 2}
    assert outside.totals.requests == 4
    assert outside.totals.bytes_moved == 2 * len(CONNECT + connect_to("evil.test:443"))


async def test_every_connection_has_ended_when_the_way_is_closed() -> None:
    async with a_server(echo) as port, a_way(MadeUp(port=port)) as way:
        ours, theirs = socket.socketpair()
        way.proxy.serve(theirs)
        reader, writer = await asyncio.open_connection(sock=ours)
        writer.write(CONNECT)
        await reader.readuntil(b"\r\n\r\n")

    assert await reader.read() == b""
    assert theirs.fileno() == -1
    writer.close()


async def test_an_error_inside_the_way_comes_out_as_it_is() -> None:
    with pytest.raises(LookupError, match="mine"):
        async with a_way():
            raise LookupError("mine")


async def test_who_connects_to_a_listening_socket_is_served() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    address = listening.getsockname()
    async with a_way(policy=listed("allowed.test")) as way:
        way.proxy.listen(listening)
        reader, writer = await asyncio.open_connection(*address)
        writer.write(connect_to("evil.test:443"))
        assert status(await reader.read()) == 403
        writer.close()

    assert listening.fileno() == -1


# Fuzz


@settings(max_examples=150, deadline=None)
@given(st.lists(heads | st.sampled_from([GET, CONNECT]), min_size=1, max_size=3))
async def test_whatever_is_sent_only_listed_hosts_are_reached(data: list[bytes]) -> None:
    made_up = MadeUp()
    async with a_way(made_up, listed("allowed.test"), head_seconds=0.01) as way:
        await way.ask(*data)

    assert {*made_up.resolved} <= {"allowed.test"}
    assert {*made_up.connected} <= {(PUBLIC, 80), (PUBLIC, 443)}


async def test_what_is_served_when_the_way_ends_at_once_is_closed() -> None:
    listening, (far, near) = socket.create_server(("127.0.0.1", 0)), socket.socketpair()
    with far:
        async with opened(NO_NETWORK, NOWHERE, print) as proxy:
            proxy.listen(listening)
            proxy.serve(near)

        assert (listening.fileno(), near.fileno()) == (-1, -1)
