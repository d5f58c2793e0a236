"""The host's hold on one child: its two descriptors, what it uses, its end."""

import os
import resource
import select
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from processor.runtime.jail import Limited, Terms

from .ends import Incoming, Outgoing
from .zygote import Forked, Zygote, let_go

_CPU_CLOCK_OF_PROCESS: Final = 2  # see clock_getcpuclockid(3): (~pid << 3) | 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """One fork of a zygote; serves one run and dies."""

    forked: Forked
    payload: Outgoing
    frames: Incoming

    def close(self) -> None:
        """End it and hang up. It is killed, not terminated: a guest may block SIGTERM."""
        let_go(self.forked.handle)
        self.payload.close()
        self.frames.close()

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

    def bound_memory(self, most: int) -> tuple[str, ...]:
        """Limit the memory that it uses from here on, and tell how; raises OSError."""
        mapped = _statm(self.forked.process)[0] * resource.getpagesize()
        wall = Limited(resource.RLIMIT_AS, mapped + most)
        wall.apply_to(self.forked.process)
        return (wall.describe(), *self.bound_group(most))

    def bound_group(self, most: int) -> tuple[str, ...]:
        """
        Limit its control group, if it has one, and tell so; raises OSError where it is gone.

        What it writes to of its zygote's memory is copied for it, and counts there. None of that is
        the run's, so there is room for it.
        """
        if self.forked.slot is None:
            return ()
        _, used, of_files = _statm(self.forked.process)
        self.forked.slot.bound_memory(most + (used - of_files) * resource.getpagesize())
        return (f"at most {most} bytes of memory in its control group",)

    def peak_memory_bytes(self) -> int:
        """Give the most memory that it has had in use, or 0 where it is gone."""
        with suppress(OSError), open(f"/proc/{self.forked.process}/status", "rb") as status:  # noqa: PTH123 (read at every run's end)
            for line in status:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
        return 0


def _statm(process: int) -> list[int]:
    """Give its sizes in pages: mapped, in use, of that from files; see proc_pid_statm(5)."""
    with open(f"/proc/{process}/statm", "rb") as pages:  # noqa: PTH123 (read fifty times a second)
        return [int(size) for size in pages.read().split()[:3]]


async def forked_from(
    zygote: Zygote, terms: Terms, setup: Sequence[socket.socket] = (), *, ahead: bool = False
) -> Child:
    """
    Fork a child, which whoever asks for it closes.

    With a socket for `setup` it has a way out. The socket is the child's alone afterwards. For
    `ahead` see Zygote.fork.
    """
    with ExitStack() as ours, ExitStack() as theirs:
        their_payload, our_payload = _pipe(theirs, ours)
        our_frames, their_frames = _pipe(ours, theirs)
        given = [each.fileno() for each in setup]
        forked = await zygote.fork(terms, their_payload, their_frames, *given, ahead=ahead)
        for each in setup:
            each.close()
        ours.pop_all()
        return Child(forked=forked, payload=Outgoing(our_payload), frames=Incoming(our_frames))


def _pipe(reader: ExitStack, writer: ExitStack) -> tuple[int, int]:
    """Make a pipe, each end to be closed with a stack."""
    read, write = os.pipe()
    reader.callback(os.close, read)
    writer.callback(os.close, write)
    return read, write
