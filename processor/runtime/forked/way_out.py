"""The host's end of a child's way out: the proxy put behind what the child has handed over."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from processor.egress import Proxy
from processor.errors import ProcessorFault
from processor.runtime.jail import CONNECTING, LISTENING

from .connecting import answered

LONGEST_WORD = 64


@asynccontextmanager
async def served(setup: socket.socket, proxy: Proxy) -> AsyncIterator[None]:
    """
    Serve a child by its proxy while the block lasts, once its walls are up.

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
