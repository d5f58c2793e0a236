"""An outside that tests make up: names with addresses of their choice, and servers on loopback."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from processor.egress import Budget, Outside, Policy, Proxy, opened, read_policy
from processor.egress.addresses import Address, Range
from processor.egress.policy import OPEN

PUBLIC = "93.184.216.34"
WEB = {"allowed.test": [PUBLIC], "other.test": ["93.184.216.35"]}


@dataclass
class MadeUp:
    """Resolves names by a table, and leads every address to loopback."""

    names: Mapping[str, Sequence[str]] = field(default_factory=lambda: dict(WEB))
    port: int | None = None
    """Of loopback, for every port that `ports` has not."""
    ports: Mapping[int, int] = field(default_factory=dict)
    resolved: list[str] = field(default_factory=list)
    connected: list[tuple[str, int]] = field(default_factory=list)

    def outside(self, allowed: tuple[Range, ...] = ()) -> Outside:
        return Outside(resolve=self.resolve, connect=self.connect, allowed=allowed)

    def resolve(self, name: str) -> "asyncio.Future[Sequence[Address]]":
        self.resolved.append(name)
        answer: asyncio.Future[Sequence[Address]] = asyncio.get_running_loop().create_future()
        if name in self.names:
            answer.set_result([ipaddress.ip_address(each) for each in self.names[name]])
        else:
            answer.set_exception(OSError("no such name"))
        return answer

    async def connect(self, address: Address, port: int) -> socket.socket:
        self.connected.append((str(address), port))
        here = self.ports.get(port, self.port)
        if here is None:
            raise ConnectionRefusedError(111, "Connection refused")
        made = socket.socket()
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", here))
        return made


@dataclass
class Way:
    """An open proxy, what it told, and connections to it."""

    proxy: Proxy
    told: list[str]

    @asynccontextmanager
    async def connection(
        self,
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        ours, theirs = socket.socketpair()
        self.proxy.serve(theirs)
        reader, writer = await asyncio.open_connection(sock=ours)
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def ask(self, *parts: bytes) -> bytes:
        """Send bytes, and give all that comes back."""
        async with self.connection() as (reader, writer):
            with contextlib.suppress(OSError):
                for part in parts:
                    writer.write(part)
                    await writer.drain()
                return await reader.read()
        return b""


@asynccontextmanager
async def a_way(
    made_up: MadeUp | None = None,
    policy: Policy = OPEN,
    allowed: tuple[Range, ...] = (),
    outside: Outside | None = None,
    **budget: Any,
) -> AsyncIterator[Way]:
    told: list[str] = []
    outside = outside or (made_up or MadeUp()).outside(allowed)
    outside = replace(outside, budget=Budget(**budget))
    async with opened(policy, outside, told.append) as proxy:
        yield Way(proxy, told)


def listed(*hosts: str) -> Policy:
    return read_policy("allowlist", hosts)


@asynccontextmanager
async def a_server(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any], **options: Any
) -> AsyncIterator[int]:
    """Serve on a port of loopback."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, **options)
    async with server:
        yield server.sockets[0].getsockname()[1]


@dataclass
class Origin:
    """A server of one answer, which keeps what it was asked."""

    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head)
            length = next(
                (
                    int(line[15:])
                    for line in head.lower().split(b"\r\n")
                    if line[:15] == b"content-length:"
                ),
                0,
            )
            self.bodies.append(await reader.readexactly(length))
            writer.write(self.answer)
            await writer.drain()
        writer.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Give back what comes, until nothing more does."""
    with contextlib.suppress(OSError):
        while data := await reader.read(1000):
            writer.write(data)
            await writer.drain()
    writer.close()
