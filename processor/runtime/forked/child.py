"""The host's hold on one child: its two descriptors, what it uses, its end."""

import asyncio
import io
import os
import resource
import select
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from processor.runtime.jail import Terms

from .zygote import Forked, Zygote, let_go

_CPU_CLOCK_OF_PROCESS: Final = 2  # see clock_getcpuclockid(3): (~pid << 3) | 2
_PIPE_BYTES: Final = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """One fork of a zygote; serves one run and dies."""

    forked: Forked
    payload: asyncio.StreamWriter
    frames: asyncio.StreamReader

    def kill(self) -> None:
        """Kill it, not terminate it: a guest may block SIGTERM."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.forked.handle, signal.SIGKILL)

    @property
    def alive(self) -> bool:
        """Whether it has not ended, as the kernel has it now."""
        poll = select.poll()
        poll.register(self.forked.handle, select.POLLIN)
        return not poll.poll(0)

    def cpu(self) -> timedelta:
        """Give the processor time that it has used, or zero where it is gone."""
        clock = (~self.forked.process << 3) | _CPU_CLOCK_OF_PROCESS
        if self.forked.process <= 0:  # a clock of our own
            return timedelta()
        try:
            return timedelta(seconds=time.clock_gettime(clock))
        except OSError:
            return timedelta()

    def memory_bytes(self) -> int:
        """Give the memory that it has in use, shared pages included, or 0 where it is gone."""
        with suppress(OSError):
            return _statm(self.forked.process)[1] * resource.getpagesize()
        return 0

    def address_space(self) -> int:
        """Give the bytes that it has mapped; raises OSError where it is gone."""
        return _statm(self.forked.process)[0] * resource.getpagesize()

    def peak_memory_bytes(self) -> int:
        """Give the most memory that it has had in use, or 0 where it is gone."""
        with suppress(OSError), open(f"/proc/{self.forked.process}/status", "rb") as status:  # noqa: PTH123 (read at every run's end)
            for line in status:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
        return 0


def _statm(process: int) -> list[int]:
    """Give its sizes in pages: mapped, in use; see proc_pid_statm(5). Raises OSError."""
    with open(f"/proc/{process}/statm", "rb") as pages:  # noqa: PTH123 (read fifty times a second)
        return [int(size) for size in pages.read().split()[:2]]


@asynccontextmanager
async def forked_from(
    zygote: Zygote, terms: Terms, setup: Sequence[socket.socket] = (), *, ahead: bool = False
) -> AsyncIterator[Child]:
    """
    Fork a child; it is dead, and its descriptors are closed, when the block ends.

    With a socket for `setup` it has a way out. The socket is the child's alone afterwards. For
    `ahead` see Zygote.fork.
    """
    with _pipe() as (their_payload, our_payload), _pipe() as (our_frames, their_frames):
        given = [each.fileno() for each in setup]
        forked = await zygote.fork(
            terms, their_payload.fileno(), their_frames.fileno(), *given, ahead=ahead
        )
        try:
            their_payload.close()
            their_frames.close()
            for each in setup:
                each.close()
            async with _opened(our_payload, our_frames) as (payload, frames):
                child = Child(forked=forked, payload=payload, frames=frames)
                try:
                    yield child
                finally:
                    child.kill()
        finally:
            let_go(forked.handle)


@contextmanager
def _pipe() -> Iterator[tuple[io.FileIO, io.FileIO]]:
    read, write = os.pipe()
    with io.FileIO(read, "rb") as reading, io.FileIO(write, "wb") as writing:
        yield reading, writing


@asynccontextmanager
async def _opened(
    payload: io.FileIO, frames: io.FileIO
) -> AsyncIterator[tuple[asyncio.StreamWriter, asyncio.StreamReader]]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_PIPE_BYTES)
    incoming, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), frames)
    try:
        outgoing, protocol = await loop.connect_write_pipe(
            lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), payload
        )
        try:
            yield asyncio.StreamWriter(outgoing, protocol, None, loop), reader
        finally:
            if not outgoing.is_closing():
                outgoing.abort()  # not close: what a dead child did not read is of no use
    finally:
        incoming.close()
