"""The host's end of a child's way out: the proxy put behind what the child hands over."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

from processor import egress
from processor.egress import Outside, Policy, Proxy
from processor.errors import ProcessorFault
from processor.runtime.contract import Entry
from processor.runtime.jail import CONNECTING, LISTENING

from .connecting import answered

LONGEST_WORD: Final = 64


class WayOut:
    """One run's way out, on the host's side; where its step has no network, none."""

    def __init__(self, policy: Policy, outside: Outside, setup: socket.socket | None) -> None:
        self._policy = policy
        self._outside = outside
        self._setup = setup
        self.entries: list[Entry] = []
        """What was refused, for the run's log."""

    @property
    def name(self) -> str:
        """What a run's isolation calls it."""
        return "none" if self._setup is None else "proxy"

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """Serve the child while the block lasts, once its walls are up; see `served`."""
        if self._setup is None:
            yield
            return
        async with (
            egress.opened(self._policy, self._outside, self._tell) as proxy,
            served(self._setup, proxy),
        ):
            yield

    def _tell(self, line: str) -> None:
        entry = Entry(
            level="warn", message=line, line=None, time=datetime.now(UTC), source="service"
        )
        self.entries.append(entry)


@asynccontextmanager
async def served(setup: socket.socket, proxy: Proxy) -> AsyncIterator[None]:
    """
    Put a proxy behind what a child has handed over, while the block lasts.

    The child has said its word on `setup` before it says that it is ready, so nobody waits here.
    Raises ProcessorFault where it has not.
    """
    word, descriptor = _received(setup)
    if word == LISTENING:
        proxy.listen(socket.socket(fileno=descriptor))
        yield
    elif word == CONNECTING:
        async with answered(descriptor, proxy.serve):
            yield
    else:
        os.close(descriptor)
        raise ProcessorFault(f"a child said {word!r} of its way out")


def _received(setup: socket.socket) -> tuple[bytes, int]:
    setup.setblocking(False)
    try:
        word, descriptors, _, _ = socket.recv_fds(setup, LONGEST_WORD, 1)
    except OSError as error:
        raise ProcessorFault(f"a child has no way out that the host could serve: {error}") from None
    if not descriptors:
        raise ProcessorFault("a child handed no way out over")
    return word, descriptors[0]
