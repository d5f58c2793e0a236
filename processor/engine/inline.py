"""Here, a few at a time: every run in this process, with a bounded queue before it."""

import asyncio
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Final, Self, TypeAlias
from weakref import WeakValueDictionary

from processor.errors import Busy, Draining
from processor.pipeline import Pipeline
from processor.run import Run, RunId, Ticket
from processor.step import Order

CLAIM: Final = timedelta(seconds=1)
"""How long a run may take to get its id, also where its caller does not wait for its end."""

_Key: TypeAlias = tuple[str, bytes]


class InlineEngine:
    """
    Runs orders at once; what it has begun goes on when its caller stops waiting.

    It ends with the block: runs may end by themselves while it drains, the rest are killed.
    """

    def __init__(self, pipeline: Pipeline, *, most_jobs: int, drain: timedelta) -> None:
        self._pipeline = pipeline
        self._most_jobs = most_jobs
        self._drain = drain
        self._draining = False
        self._jobs: set[asyncio.Task[None]] = set()
        self._claims: WeakValueDictionary[_Key, asyncio.Future[RunId]] = WeakValueDictionary()
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.drain()
        # Told of no error: it would raise the block's own in a group, which nobody catches.
        await self._tasks.__aexit__(None, None, None)

    async def drain(self) -> None:
        """Take no more runs, wait a while for those that are under way, and end the rest."""
        self._draining = True
        if self._jobs:
            _, left = await asyncio.wait(self._jobs, timeout=self._drain.total_seconds())
            for job in left:
                job.cancel()
            if left:
                await asyncio.wait(left)

    @property
    def draining(self) -> bool:
        """Whether it takes no more runs."""
        return self._draining

    async def run(
        self, order: Order, ticket: Ticket, patience: timedelta, *, at_once: bool = False
    ) -> Run | RunId:
        """
        Run an order, and give its answer, or its id where it takes longer than `patience`.

        `at_once` gives the id as soon as there is one, or a run that has ended already, without
        those of its rows that are kept in chunks. Raises Busy where too many runs wait
        already, or where the step's earlier runs took all of the patience; then nothing happened.
        """
        if self._draining:
            raise Draining("the service is stopping and takes no more runs", retry_after=5)
        if len(self._jobs) >= self._most_jobs:
            message = f"{len(self._jobs)} runs are under way or waiting, no more are taken"
            raise Busy(message, retry_after=1)
        claimed = self._claim_of(ticket)
        finished: asyncio.Future[Run] = asyncio.get_running_loop().create_future()
        finished.add_done_callback(_retrieved)
        job = self._tasks.create_task(self._perform(order, ticket, claimed, finished))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        ends = (finished, claimed) if at_once else (finished,)
        await asyncio.wait(
            ends, timeout=patience.total_seconds(), return_when=asyncio.FIRST_COMPLETED
        )
        if not (finished.done() or claimed.done()):
            await asyncio.wait(
                (finished, claimed),
                timeout=CLAIM.total_seconds(),
                return_when=asyncio.FIRST_COMPLETED,
            )
        if finished.done():
            run = finished.result()
            return run if at_once else await self._pipeline.runs.whole(run)
        if claimed.done():
            return claimed.result()
        job.cancel()
        raise Busy("the step's earlier runs have not ended yet", retry_after=1)

    def _claim_of(self, ticket: Ticket) -> "asyncio.Future[RunId]":
        """Give the run's id to come; who repeats a request that is under way shares it."""
        claimed: asyncio.Future[RunId] = asyncio.get_running_loop().create_future()
        if ticket.key is None:
            return claimed
        return self._claims.setdefault((ticket.key, ticket.body_digest), claimed)

    async def _perform(
        self,
        order: Order,
        ticket: Ticket,
        claimed: "asyncio.Future[RunId]",
        finished: "asyncio.Future[Run]",
    ) -> None:
        try:
            run = await self._pipeline.run(order, ticket, partial(_tell, claimed))
            finished.set_result(run)
        except asyncio.CancelledError:
            message = "the service is stopping, and the run has not begun"
            finished.set_exception(Draining(message, retry_after=5))
            raise
        except Exception as error:  # noqa: BLE001 (told to who waits; the group's other runs go on)
            finished.set_exception(error)


def _tell(claimed: "asyncio.Future[RunId]", run_id: RunId) -> None:
    """Tell the run's id, which a request that this one repeats may have told already."""
    if not claimed.done():
        claimed.set_result(run_id)


def _retrieved(finished: "asyncio.Future[Run]") -> None:
    """Take an error that perhaps nobody waits for; the pipeline has kept it with the run."""
    if not finished.cancelled():
        finished.exception()
