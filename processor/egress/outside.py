"""The world outside: a name resolved once, an address connected to, and looked at again."""

import asyncio
import ipaddress
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from .addresses import Address, Range
from .budget import Budget
from .refused import Kind

Resolve: TypeAlias = Callable[[str], "asyncio.Future[Sequence[Address]]"]
"""Gives the addresses of a name, in the order to try them; raises OSError where it has none."""
Connect: TypeAlias = Callable[[Address, int], Awaitable[socket.socket]]

THREADS: Final = 16


class Resolver:
    """Resolves names on threads of its own: a slow name server keeps nobody else waiting."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "resolve")

    def __call__(self, name: str) -> "asyncio.Future[Sequence[Address]]":
        """See Resolve."""
        return asyncio.get_running_loop().run_in_executor(self._threads, _addresses, name)

    def close(self) -> None:
        """Let go of the threads; who still waits for a name gets none."""
        self._threads.shutdown(wait=False, cancel_futures=True)


async def connect(address: Address, port: int) -> socket.socket:
    """Connect to a literal address; raises OSError, also where somebody else has answered."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 (of IP)
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, (str(address), port))
        require_peer(made, address)
    except BaseException:
        made.close()
        raise
    return made


def require_peer(made: socket.socket, address: Address) -> None:
    """Raise OSError where a socket is not connected to the address that was checked."""
    peer = ipaddress.ip_address(made.getpeername()[0].partition("%")[0])
    if peer != address:
        raise ConnectionRefusedError("another address answered")


@dataclass(slots=True)
class Totals:
    """What the proxies of all runs did since the service started; for its metrics."""

    requests: int = 0
    bytes_moved: int = 0
    """Counted when a run ends."""
    refused: Counter[Kind] = field(default_factory=Counter)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """How all runs of a service reach what is outside."""

    resolve: Resolve
    connect: Connect = connect
    allowed: tuple[Range, ...] = ()
    """Ranges that are not public, and that the operator lets statements reach."""
    budget: Budget = Budget()
    """Of each run."""
    totals: Totals = field(default_factory=Totals)


def _nowhere(_: str) -> "asyncio.Future[Sequence[Address]]":
    found: asyncio.Future[Sequence[Address]] = asyncio.get_running_loop().create_future()
    found.set_result(())
    return found


NOWHERE: Final = Outside(resolve=_nowhere)
"""For who runs nothing that has a network: no name has an address."""


def _addresses(name: str) -> list[Address]:
    # the last dot: a resolver's search list would make another name of it
    found = socket.getaddrinfo(f"{name}.", None, type=socket.SOCK_STREAM)
    texts = dict.fromkeys(str(address[0]).partition("%")[0] for *_, address in found)
    return [ipaddress.ip_address(text) for text in texts]
