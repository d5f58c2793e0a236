"""
The way out of one run: an HTTP proxy that connects where the step's policy lets it.

The statement's process has no other. Whoever can reach the proxy's socket is that statement, so
nobody is asked who he is. A name is resolved here, once, each of its addresses is judged, and one
of those is connected to. Redirects come back as new requests. TLS stays from end to end.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import h11

from .addresses import Address, why_refused
from .budget import Meter
from .carry import carry_request, carry_tunnel
from .line import Line
from .names import Host
from .outside import Outside
from .policy import Policy
from .refused import Kind, Refused
from .request import Wanted, read_request

MOST_TOLD: Final = 100
"""Refusals that are told of one run; all are counted."""
_ENDS: Final = (OSError, TimeoutError, h11.ProtocolError)
"""What a connection ends in that needs no word: either side has gone, or talks nonsense."""


class Proxy:
    """One run's proxy; made by `opened`."""

    def __init__(
        self,
        policy: Policy,
        outside: Outside,
        *,
        tell: Callable[[str], None],
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._policy = policy
        self._outside = outside
        self._budget = outside.budget
        self._meter = Meter(outside.budget)
        self._tell = tell
        self._group = tasks
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections = 0
        self._looking = asyncio.Semaphore(self._budget.lookups)
        self.refusals: Counter[Kind] = Counter()
        """How many connections and requests were refused, by why."""

    @property
    def bytes_moved(self) -> int:
        """How many bytes went through, in both directions."""
        return self._meter.moved

    def listen(self, listening: socket.socket) -> None:
        """Serve whoever connects to a socket, until the proxy is closed; closes it then."""
        listening.setblocking(False)
        self._start(self._accept(listening), listening)

    def serve(self, connected: socket.socket) -> None:
        """Serve one connection; closes it at its end."""
        self._start(self._serve(connected), connected)

    def close(self) -> None:
        """End every connection."""
        for task in self._tasks:
            task.cancel()

    def _start(self, work: Coroutine[Any, Any, None], held: socket.socket) -> None:
        """Do work on a socket, and close it then; also where the work is ended before it begins."""
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: held.close())

    async def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):  # whoever made it may have closed it
            while True:
                connected, _ = await asyncio.get_running_loop().sock_accept(listening)
                self.serve(connected)

    async def _serve(self, connected: socket.socket) -> None:
        self._connections += 1
        try:
            await self._converse(Line(connected, h11.SERVER, self._meter))
        finally:
            self._connections -= 1

    async def _converse(self, child: Line) -> None:
        try:
            self._require_room()
            while await self._answer(child):
                child.http.start_next_cycle()
        except Refused as refused:
            self._count(refused)
            await child.refuse(refused)
        except _ENDS:
            return

    def _require_room(self) -> None:
        most = self._budget.connections
        if self._connections > most:
            raise Refused("budget", f"the run has more than {most} connections at a time")

    async def _answer(self, child: Line) -> bool:
        """Serve the next request; tells whether another one may follow."""
        request = await self._next_request(child)
        if request is None:
            return False
        self._outside.totals.requests += 1
        self._meter.request()
        wanted = read_request(request)
        with await self._reach(wanted) as reached:
            outside = Line(reached, h11.CLIENT, self._meter)
            seconds = self._budget.idle_seconds
            if wanted.path is None:
                await carry_tunnel(child, outside, idle_seconds=seconds)
                return False
            try:
                await carry_request(child, outside, request, wanted, idle_seconds=seconds)
            except _ENDS as error:
                message = f"{wanted.host}:{wanted.port} gave no answer: {_why(error)}"
                raise Refused("unreachable", message) from None
        return child.http.our_state is h11.DONE and child.http.their_state is h11.DONE

    async def _next_request(self, child: Line) -> h11.Request | None:
        """Give the next request, or None where none comes."""
        try:
            async with asyncio.timeout(self._budget.head_seconds):
                event = await child.next_event()
        except TimeoutError:
            if not child.http.trailing_data[0]:
                return None
            seconds = self._budget.head_seconds
            raise Refused("request", f"no whole request within {seconds:g} seconds") from None
        except h11.RemoteProtocolError as error:
            raise Refused("request", f"no HTTP request: {error}") from None
        return event if isinstance(event, h11.Request) else None

    async def _reach(self, wanted: Wanted) -> socket.socket:
        """Connect to where a request is to go; raises Refused."""
        reason = self._policy.why_refused(wanted.host, wanted.port)
        if reason is not None:
            raise Refused("policy", reason)
        addresses = await self._addresses(wanted.host)
        for address in addresses:
            special = why_refused(address, self._outside.allowed)
            if special is not None:
                # not which one: names of the operator's own network are nobody's business
                raise Refused("address", f"{wanted.host} has an address of a kind: {special}")
        return await self._connect(wanted, addresses)

    async def _addresses(self, host: Host) -> Sequence[Address]:
        if not isinstance(host, str):
            return (host,)
        try:
            async with asyncio.timeout(self._budget.resolve_seconds):
                await self._looking.acquire()
                found = self._outside.resolve(host)
                found.add_done_callback(self._looked)
                addresses = await asyncio.shield(found)
        except (OSError, UnicodeError):
            raise Refused("unreachable", f"{host} cannot be resolved") from None
        if not addresses:
            raise Refused("unreachable", f"{host} has no address")
        return addresses

    def _looked(self, found: "asyncio.Future[Sequence[Address]]") -> None:
        """Let the next name be looked up: a look-up cannot be stopped, and counts until its end."""
        self._looking.release()
        if not found.cancelled():
            found.exception()  # nobody may be waiting for it any more

    async def _connect(self, wanted: Wanted, addresses: Sequence[Address]) -> socket.socket:
        """Connect to the first of the addresses that answers: no name is resolved again."""
        reason = ""
        for address in addresses[: self._budget.addresses]:
            try:
                async with asyncio.timeout(self._budget.connect_seconds):
                    return await self._outside.connect(address, wanted.port)
            except OSError as error:  # a TimeoutError is one
                reason = _why(error)
        message = f"{wanted.host}:{wanted.port} cannot be reached: {reason}"
        raise Refused("unreachable", message)

    def _count(self, refused: Refused) -> None:
        self.refusals[refused.kind] += 1
        self._outside.totals.refused[refused.kind] += 1
        told = self.refusals.total()
        if told <= MOST_TOLD:
            self._tell(f"network: {refused}")
        elif told == MOST_TOLD + 1:
            self._tell(f"network: more than {MOST_TOLD} refusals; the others are only counted")


@asynccontextmanager
async def opened(
    policy: Policy,
    outside: Outside,
    tell: Callable[[str], None],
) -> AsyncIterator[Proxy]:
    """
    Open the way out of one run; every connection has ended when the block does.

    `tell` is given each refusal as a line for the run's log.
    """
    failed: Exception | None = None
    async with asyncio.TaskGroup() as tasks:
        proxy = Proxy(policy, outside, tell=tell, tasks=tasks)
        try:
            yield proxy
        except Exception as error:  # noqa: BLE001 (raised below: a group would wrap it)
            failed = error
        finally:
            proxy.close()
            outside.totals.bytes_moved += proxy.bytes_moved
    if failed is not None:
        raise failed


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
