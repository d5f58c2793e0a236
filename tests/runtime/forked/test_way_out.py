"""A child's way out, between real walls: it ends at the proxy of its run, whatever is tried."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from processor.errors import ProcessorFault
from processor.runtime.forked.connecting import _accepted, answered, tcp_pair
from processor.runtime.forked.way_out import served
from processor.runtime.guest.network import keep_blocking_modes
from processor.runtime.jail import (
    PROXY_HOST,
    PROXY_PORT,
    ConnectsByHost,
    ListensForHost,
    Restriction,
    landlock,
)
from processor.runtime.jail.landlock import Listed
from processor.runtime.jail.process import NoNewPrivileges
from processor.runtime.jail.seccomp import Network, SyscallFilter, policy_for
from processor.runtime.jail.syscalls import CLONE_NEWNET, CLONE_NEWUSER, unshare
from processor.values import Json
from tests.egress.outsides import MadeUp, Way, a_server, a_way, echo, listed
from tests.runtime.jail.forks import in_child
from tests.runtime.jail.jails import ORDINARY, ROOT, in_jail, need, reason_of

WAYS = ("listens as root", "listens as nobody", "connects")
BAD = os.strerror(errno.EBADF)
PROXY = (PROXY_HOST, PROXY_PORT)


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name.startswith("listens"):
        need(user_of(name))
    return name


def user_of(way: str) -> str:
    return ROOT if way.endswith("root") else ORDINARY


def go(way: str, setup: int, function: Callable[[], Any]) -> Any:
    """Give what a function gives behind a child's walls."""
    filters = SyscallFilter(policy_for(Network.PROXY))
    filters.prepare()
    if way == "connects":

        def inside() -> Any:
            for wall in (NoNewPrivileges(), ConnectsByHost(setup), filters):
                wall.apply()
            return function()

        return in_child(inside)
    walls: list[Restriction] = [ListensForHost(setup), NoNewPrivileges(), filters]
    if landlock.abi() >= landlock.LEAST_ABI:
        walls.insert(2, Listed(readable=("/tmp",), ports=(PROXY_PORT,)))
    return in_jail(user_of(way), function, *walls)


@asynccontextmanager
async def a_child(
    way: str, function: Callable[[], Any]
) -> AsyncIterator[tuple[socket.socket, "asyncio.Task[Any]"]]:
    """Give the host's end of a child's setup socket, once it was written to, and its result."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    running = asyncio.create_task(asyncio.to_thread(go, way, theirs.fileno(), function))
    with ours, theirs:
        said = asyncio.Event()
        asyncio.get_running_loop().add_reader(ours, said.set)
        waiting = asyncio.create_task(said.wait())
        await asyncio.wait({waiting, running}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        asyncio.get_running_loop().remove_reader(ours)
        yield ours, running


async def told_by(way: str, function: Callable[[], Any], out: Way) -> Any:
    """Give what a child's function gives while its way out is served."""
    async with a_child(way, function) as (setup, running), served(setup, out.proxy):
        return await running


def asked(address: tuple[str, int], data: bytes) -> str:
    with socket.create_connection(address, timeout=20) as made:
        made.sendall(data)
        return made.recv(1000).decode()


def connect_line(target: str) -> bytes:
    return f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@dataclass
class Canary:
    """A server of the host that no child may reach."""

    hits: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.hits.append(await reader.read(100))
        writer.write(b"tweet")
        writer.close()


async def test_a_child_reaches_what_its_proxy_lets_through(way: str) -> None:
    def talk() -> str:
        with socket.create_connection(PROXY, timeout=20) as made:
            made.sendall(connect_line("allowed.test:443") + b"hello")
            said = b""
            while not said.endswith(b"hello"):
                said += made.recv(1000)
        return said.decode()

    async with a_server(echo) as port, a_way(MadeUp(port=port)) as out:
        said = await told_by(way, talk, out)

    assert said.startswith("HTTP/1.1 200")


async def test_a_child_is_told_what_its_proxy_refuses(way: str) -> None:
    async with a_way(policy=listed("allowed.test")) as out:
        said = await told_by(way, partial(asked, PROXY, connect_line("evil.test:443")), out)

    assert said.startswith("HTTP/1.1 403 evil.test is not among the step's hosts")
    assert out.told == ["network: evil.test is not among the step's hosts"]


async def test_a_child_reaches_no_server_of_the_host(way: str) -> None:
    canary = Canary()
    async with a_server(canary.serve) as port, a_way() as out:

        def reach() -> str:
            try:
                return asked(("127.0.0.1", port), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            except OSError as error:
                return type(error).__name__

        said = await told_by(way, reach, out)

    assert said.startswith("HTTP/1.1 400") if way == "connects" else "Error" in said
    assert canary.hits == []


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "::1", "fe80::1"])
async def test_a_child_reaches_no_other_machine(way: str, host: str) -> None:
    async with a_way() as out:

        def reach() -> str:
            try:
                return asked((host, 80), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            except OSError as error:
                return type(error).__name__

        said = await told_by(way, reach, out)

    assert said.startswith("HTTP/1.1 400") if way == "connects" else "Error" in said


@pytest.mark.parametrize(
    "kind", [(socket.AF_INET, socket.SOCK_DGRAM), (socket.AF_UNIX, socket.SOCK_STREAM)]
)
async def test_a_child_has_streams_only(way: str, kind: tuple[int, int]) -> None:
    def other() -> str:
        return reason_of(lambda: socket.socket(*kind).close())

    async with a_way() as out:
        assert await told_by(way, other, out) == os.strerror(errno.EACCES)


@pytest.mark.parametrize("wall", [ConnectsByHost, ListensForHost])
def test_a_child_keeps_nothing_open_of_its_way_out(
    wall: type[ConnectsByHost | ListensForHost],
) -> None:
    def opened() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    def difference() -> Json:
        before = opened()
        NoNewPrivileges().apply()
        if wall is ListensForHost:
            unshare(CLONE_NEWUSER | CLONE_NEWNET)
        wall(theirs.fileno()).apply()
        return [before - opened(), reason_of(lambda: os.fstat(theirs.fileno())) == BAD]

    need(ORDINARY)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        assert in_child(difference) == [1, True]


async def test_many_connections_one_after_the_other_are_all_served(way: str) -> None:
    def many() -> int:
        line = connect_line("evil.test:443")
        return sum(asked(PROXY, line).startswith("HTTP/1.1 403") for _ in range(50))

    async with a_way(policy=listed("allowed.test")) as out:
        assert await told_by(way, many, out) == 50


@pytest.mark.parametrize("call", ["connect", "connect_ex"])
async def test_a_socket_stays_as_blocking_as_it_was_told_to_be(way: str, call: str) -> None:
    def modes() -> list[Any]:
        keep_blocking_modes()
        told = []
        for seconds in (None, 0.0, 5.0):
            with socket.socket() as made:
                made.settimeout(seconds)
                with suppress(BlockingIOError):  # a real loopback may not be done at once
                    getattr(made, call)(PROXY)
                told.append([os.get_blocking(made.fileno()), made.gettimeout()])
        return told

    async with a_way() as out:
        told = await told_by(way, modes, out)

    assert told == [[True, None], [False, 0.0], [False, 5.0]]


# Without namespaces


async def test_without_help_a_socket_is_blocking_once_the_host_has_connected_it() -> None:
    def mode() -> bool:
        with socket.socket() as made:
            made.setblocking(False)
            made.connect(PROXY)
            return os.get_blocking(made.fileno())

    async with a_way() as out:
        assert await told_by("connects", mode, out) is True


async def test_a_descriptor_that_a_child_does_not_have_is_not_connected() -> None:
    def strange() -> list[int]:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        address = b"\2\0\0\x50\x7f\0\0\1" + bytes(8)
        told = []
        for descriptor in (-1, 100_000):
            libc.connect(descriptor, address, 16)
            told.append(ctypes.get_errno())
        return told

    async with a_way() as out:
        assert await told_by("connects", strange, out) == [errno.EBADF, errno.EBADF]


async def test_when_the_host_no_longer_answers_nobody_waits_for_it() -> None:
    def late() -> str:
        return reason_of(lambda: socket.create_connection(PROXY).close())

    async with a_child("connects", late) as (setup, running):
        _, (listener,), _, _ = socket.recv_fds(setup, 64, 1)
        async with answered(listener, lambda _: None):
            pass
        assert await running == os.strerror(errno.ENOSYS)


async def test_a_child_that_has_ended_leaves_nothing_to_answer() -> None:
    async with a_child("connects", lambda: "done") as (setup, running):
        _, (listener,), _, _ = socket.recv_fds(setup, 64, 1)
        async with answered(listener, lambda _: None):
            assert await running == "done"
            await asyncio.sleep(0)  # the end is noticed here, and the loop still turns


# The host's side alone


def test_a_pair_is_connected_with_itself() -> None:
    near, far = tcp_pair()
    with near, far:
        near.sendall(b"hello")
        assert far.recv(5) == b"hello"
        assert os.get_blocking(near.fileno())


def test_a_stranger_who_connects_first_is_let_go() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        with (
            socket.create_connection(address) as stranger,
            socket.create_connection(address) as near,
        ):
            with _accepted(listening, near) as far:
                assert far.getpeername() == near.getsockname()
            assert stranger.recv(1) == b""


@pytest.mark.parametrize("word", [None, b"listening", b"nonsense"])
async def test_a_child_that_hands_no_way_out_over_has_a_fault(word: bytes | None) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        if word == b"nonsense":
            socket.send_fds(theirs, [word], [theirs.fileno()])
        elif word is not None:
            theirs.send(word)
        async with a_way() as out:
            with pytest.raises(ProcessorFault):
                async with served(ours, out.proxy):
                    pass
