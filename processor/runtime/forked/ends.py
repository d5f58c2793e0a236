"""
The host's ends of a child's two pipes.

A transport of the event loop costs more than all that a small run says, so there is none: what is
there is read at once, and the loop is asked to watch only where nothing is.
"""

import asyncio
import fcntl
import os
from contextlib import suppress
from typing import Final

PIPE_BYTES: Final = 64 << 10
"""What a pipe holds unless told otherwise."""
LARGE_PIPE_BYTES: Final = 1 << 20
"""What it is told to hold where more than that is to go through: fewer turns for the same bytes."""


class Incoming:
    """The end that a child's frames are read from."""

    def __init__(self, descriptor: int) -> None:
        """Take the descriptor; it is closed with this."""
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._there = bytearray()
        self._is_large = False

    async def readexactly(self, count: int) -> bytes:
        """Give so many bytes; raises IncompleteReadError where the child hangs up before."""
        there = self._there
        if count > PIPE_BYTES and not self._is_large:
            self._is_large = True
            _enlarge(self._descriptor)
        while len(there) < count:
            part = await self._some(count - len(there))
            if not part:
                raise asyncio.IncompleteReadError(bytes(there), count)
            there += part
        content = bytes(there[:count])
        del there[:count]
        return content

    async def _some(self, wanted: int) -> bytes:
        size = min(max(wanted, PIPE_BYTES), LARGE_PIPE_BYTES)
        while True:
            with suppress(BlockingIOError):
                part = os.read(self._descriptor, size)
                if len(part) >= PIPE_BYTES:
                    await asyncio.sleep(0)  # who fills the pipe as fast as it is read holds up none
                return part
            await self._readable()

    async def _readable(self) -> None:
        waiting = self._loop.create_future()
        self._loop.add_reader(self._descriptor, _wake, waiting)
        try:
            await waiting
        finally:
            self._loop.remove_reader(self._descriptor)

    def close(self) -> None:
        """Hang up."""
        os.close(self._descriptor)


class Outgoing:
    """The end that a child's payload is written to."""

    def __init__(self, descriptor: int) -> None:
        """Take the descriptor; it is closed with this."""
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()

    def write_some(self, content: bytes | memoryview) -> int:
        """Write what there is room for, and give how much that was; raises ConnectionError."""
        try:
            return os.write(self._descriptor, content)
        except BlockingIOError:
            return 0

    async def write(self, content: bytes | memoryview) -> None:
        """Write it all, as the child reads it; raises ConnectionError where it hangs up."""
        rest = memoryview(content)
        if len(rest) > PIPE_BYTES:
            _enlarge(self._descriptor)
        while rest:
            written = self.write_some(rest[:LARGE_PIPE_BYTES])
            rest = rest[written:]
            if rest and written < LARGE_PIPE_BYTES:
                await self._writable()

    async def _writable(self) -> None:
        waiting = self._loop.create_future()
        self._loop.add_writer(self._descriptor, _wake, waiting)
        try:
            await waiting
        finally:
            self._loop.remove_writer(self._descriptor)

    def close(self) -> None:
        """Hang up."""
        os.close(self._descriptor)


def _wake(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)


def _enlarge(descriptor: int) -> None:
    """Let a pipe hold more, unless its user has too many of those already."""
    with suppress(OSError):
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, LARGE_PIPE_BYTES)
