"""
Children made ready ahead of the runs that they will serve, so that no run waits for its walls.

A shelf holds children of one kind: of one zygote, with one reach, and the limits that only the
child can put up. Memory and processor time the host lowers when a run takes the child; where it may
not, they are part of the kind. Which kinds are wanted is learnt from what runs ask for. A child
that waits has been sent nothing, and costs nobody anything when it is dropped.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Final, Self

import structlog

from processor.environment import Environment
from processor.errors import ProcessorFault
from processor.runtime.jail import Terms
from processor.values import Json

from .ready import Ready, is_ours_to_limit, ready_child
from .shelf import Shelf, Waiting
from .zygotes import Zygotes

log = structlog.get_logger()

FLOOR: Final = 2
"""As many children of a kind that is kept wait at least."""
IDLE_SECONDS: Final = 60.0
"""After which half of what nobody asked for is let go."""
MOST_KINDS: Final = 64
"""Of which is remembered what was asked for; runs of any other have their child made."""
SWEEP_SECONDS: Final = 10.0
REST_SECONDS: Final = 0.01
"""From a child taken to another begun: by then most runs have been answered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    digest: str
    terms: Terms


class Pool:
    """The children of one runtime that wait; they end with the block."""

    def __init__(self, zygotes: Zygotes, *, most: int, least_level: int) -> None:
        """At most so many wait, of all kinds; 0 is none, and each run has its own made."""
        self._zygotes = zygotes
        self._most = most
        self._least_level = least_level
        self._shelves: dict[_Kind, Shelf] = {}
        self._kept: dict[tuple[str, Terms], Environment] = {}
        self._limits_from_outside = True
        """Until the kernel was seen to refuse it."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._refilling: asyncio.TimerHandle | None = None
        """When what was taken is made up for next."""

    async def __aenter__(self) -> Self:
        if self._most:
            self._start(self._sweep())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._refilling is not None:
            self._refilling.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for shelf in self._shelves.values():
            shelf.drop(len(shelf.waiting))
        self._shelves.clear()

    @asynccontextmanager
    async def child(self, environment: Environment, terms: Terms) -> AsyncIterator[Ready]:
        """
        Have a child that is ready for a run, one that waited or one made now.

        It is dead when the block ends. Raises ZygoteEnded and ProcessorFault as making one does.
        """
        shelf = self._shelf(environment, terms)
        shelf.asked = time.monotonic()
        ready = shelf.take(terms)
        if ready is None:
            shelf.grow(self._most)
            zygote = await self._zygotes.get(environment)
            ready = await ready_child(zygote, terms, least_level=self._least_level)
        try:
            self._make_up_for(shelf)
            yield ready
        finally:
            ready.close()

    def keep(self, environment: Environment, terms: Terms) -> None:
        """Have some children of a kind wait for as long as the pool is open."""
        self._kept[environment.digest, terms] = environment
        shelf = self._shelf(environment, terms)
        shelf.is_known = True
        left = self._most - sum(each.floor for each in self._shelves.values() if each is not shelf)
        shelf.floor = shelf.target = min(FLOOR, left)
        self._refill(shelf)

    def told(self) -> list[dict[str, Json]]:
        """Tell for each kind that is wanted how many wait, and how many should."""
        return [
            {
                "environment": shelf.environment.name,
                "network": shelf.terms.network,
                "waiting": len(shelf.waiting),
                "wanted": shelf.target,
            }
            for shelf in self._shelves.values()
            if shelf.target
        ]

    def _shelf(self, environment: Environment, terms: Terms) -> Shelf:
        if self._limits_from_outside:
            terms = replace(terms, memory_bytes=None, cpu_seconds=None)
        kind = _Kind(digest=environment.digest, terms=terms)
        shelf = self._shelves.get(kind)
        if shelf is None:
            shelf = Shelf(environment=environment, terms=terms)
            if self._most and len(self._shelves) < MOST_KINDS:
                self._shelves[kind] = shelf
        return shelf

    def _make_up_for(self, shelf: Shelf) -> None:
        """
        Have another child made in place of one that was taken.

        Not at once, where some are left: it would take the processor from the run that waits.
        """
        if 2 * len(shelf.waiting) < shelf.target:
            self._refill(shelf)
        elif self._refilling is None:
            self._refilling = asyncio.get_running_loop().call_later(REST_SECONDS, self._refill_all)

    def _refill_all(self) -> None:
        self._refilling = None
        for shelf in list(self._shelves.values()):
            self._refill(shelf)

    def _refill(self, shelf: Shelf) -> None:
        while shelf.count < shelf.target and self._has_room(shelf):
            shelf.coming += 1
            self._start(self._make(shelf))

    def _has_room(self, shelf: Shelf) -> bool:
        """Whether one more may wait, if need be for one that nobody has asked for since."""
        if self._zygotes.users.scarce:
            return False
        taken = sum(max(each.count, each.floor) for each in self._shelves.values())
        if shelf.count < shelf.floor or taken < self._most:
            return True
        spare = [each for each in self._shelves.values() if len(each.waiting) > each.floor]
        oldest = min(spare, key=lambda each: each.asked, default=shelf)
        if oldest.asked >= shelf.asked:
            return False
        oldest.target = max(oldest.target - 1, oldest.floor)
        oldest.drop(1)
        return True

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _make(self, shelf: Shelf) -> None:
        try:
            zygote = await self._zygotes.get(shelf.environment)
            made = await ready_child(zygote, shelf.terms, least_level=self._least_level, ahead=True)
            if not self._has(shelf):
                made.close()
            elif self._limits_from_outside and not is_ours_to_limit(made.child):
                made.close()
                self._leave_limits_to_children()
            else:
                shelf.waiting.append(Waiting(ready=made, zygote=zygote))
        except (ProcessorFault, OSError, TimeoutError) as error:
            log.warning("no_child_ahead", environment=shelf.environment.name, reason=str(error))
        finally:
            shelf.coming -= 1

    def _has(self, shelf: Shelf) -> bool:
        return any(each is shelf for each in self._shelves.values())

    def _leave_limits_to_children(self) -> None:
        """Begin again with kinds that have every limit."""
        self._limits_from_outside = False
        before, self._shelves = self._shelves, {}
        for shelf in before.values():
            shelf.drop(len(shelf.waiting))
        for (_, terms), environment in list(self._kept.items()):
            self.keep(environment, terms)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = time.monotonic()
            try:
                await self._zygotes.renew(now)
            except ProcessorFault as error:
                log.warning("zygote_not_renewed", reason=str(error))
            self.tidy(now)

    def tidy(self, now: float) -> None:
        """Let go of what has died and of what nobody asked for lately; make up for the rest."""
        for kind, shelf in list(self._shelves.items()):
            shelf.drop_unfit()
            if now - shelf.asked > IDLE_SECONDS:
                shelf.target = max(shelf.target // 2, shelf.floor)
            shelf.drop(len(shelf.waiting) - shelf.target)
            if not shelf.count and not shelf.target and now - shelf.asked > IDLE_SECONDS:
                del self._shelves[kind]
            else:
                self._refill(shelf)
