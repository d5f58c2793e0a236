"""HTTP/1.1 over a socket, one side of a proxy's two; every byte is counted."""

import asyncio
import socket
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

import h11

from .budget import Meter
from .refused import Refused

CHUNK_BYTES: Final = 64 << 10
LONGEST_HEAD: Final = 32 << 10
GOODBYE_SECONDS: Final = 1.0
"""How long what still comes is read and dropped, so that the answer before it is not lost."""


class Line:
    """One side: a socket, what was said on it, and whose budget it uses. Not blocking."""

    def __init__(self, over: socket.socket, role: type[h11.CLIENT | h11.SERVER], meter: Meter):
        over.setblocking(False)
        self.socket = over
        self.http = h11.Connection(role, max_incomplete_event_size=LONGEST_HEAD)
        self._meter = meter
        self._loop = asyncio.get_running_loop()

    async def next_event(self) -> Any:
        """Give what comes next; raises h11.RemoteProtocolError where it is no HTTP."""
        while (event := self.http.next_event()) is h11.NEED_DATA:
            self.http.receive_data(await self.receive())
        return event

    async def send(self, event: Any) -> None:
        """Say something; raises h11.LocalProtocolError where it is not its turn."""
        data = self.http.send(event)
        if data:
            await self.write(data)

    async def receive(self) -> bytes:
        """Give some bytes, none at the end; raises Refused where the run has no more left."""
        data = await self._loop.sock_recv(self.socket, CHUNK_BYTES)
        self._meter.move(len(data))
        return data

    async def write(self, data: bytes) -> None:
        """Write all of some bytes."""
        await self._loop.sock_sendall(self.socket, data)

    def end(self) -> None:
        """Say that nothing more is written."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    async def refuse(self, refused: Refused) -> None:
        """Answer with a refusal, where an answer has not begun, and let it arrive."""
        if self.http.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return
        words = refused.message.encode("ascii", "replace")
        headers = [
            ("Content-Type", "text/plain"),
            ("Content-Length", str(len(words) + 1)),
            ("Connection", "close"),
        ]
        answer = h11.Response(status_code=refused.status, reason=words, headers=headers)
        with suppress(OSError, TimeoutError, h11.LocalProtocolError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                for event in (answer, h11.Data(data=words + b"\n"), h11.EndOfMessage()):
                    await self.send(event)
                self.end()
                while await self._loop.sock_recv(self.socket, CHUNK_BYTES):
                    pass


async def together(*parts: Coroutine[Any, Any, None]) -> None:
    """Wait for all, or until one raises: the others are cancelled, and that is raised as it is."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for part in parts:
                tasks.create_task(part)
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
