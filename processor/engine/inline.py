"""Here, a few at a time: every run in this process, with a bounded queue before it."""

import asyncio
from datetime import timedelta
from types import TracebackType
from typing import Self

from processor.errors import Busy
from processor.pipeline import Pipeline
from processor.run import Run, RunId, Ticket
from processor.step import Order


class InlineEngine:
    """
    Runs orders at once; what it has begun goes on when its caller stops waiting.

    It ends with the block: runs may end by themselves while it drains, the rest are killed.
    """

    def __init__(self, pipeline: Pipeline, *, most_jobs: int, drain: timedelta) -> None:
        self._pipeline = pipeline
        self._most_jobs = most_jobs
        self._drain = drain
        self._jobs: set[asyncio.Task[None]] = set()
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
        if self._jobs:
            _, left = await asyncio.wait(self._jobs, timeout=self._drain.total_seconds())
            for job in left:
                job.cancel()
        await self._tasks.__aexit__(kind, error, trace)

    async def run(
        self, order: Order, ticket: Ticket, patience: timedelta, *, at_once: bool = False
    ) -> Run | RunId:
        """
        Run an order, and give its answer, or its id where it takes longer than `patience`.

        `at_once` gives the id as soon as there is one. Raises Busy where too many runs wait
        already, or where the step's earlier runs took all of the patience; then nothing happened.
        """
        if len(self._jobs) >= self._most_jobs:
            message = f"{len(self._jobs)} runs are under way or waiting, no more are taken"
            raise Busy(message, retry_after=1)
        claimed: asyncio.Future[RunId] = asyncio.get_running_loop().create_future()
        finished: asyncio.Future[Run] = asyncio.get_running_loop().create_future()
        job = self._tasks.create_task(self._perform(order, ticket, claimed, finished))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        ends = (finished, claimed) if at_once else (finished,)
        await asyncio.wait(
            ends, timeout=patience.total_seconds(), return_when=asyncio.FIRST_COMPLETED
        )
        if finished.done():
            return finished.result()
        if claimed.done():
            finished.add_done_callback(_retrieved)
            return claimed.result()
        job.cancel()
        raise Busy("the step's earlier runs have not ended yet", retry_after=1)

    async def _perform(
        self,
        order: Order,
        ticket: Ticket,
        claimed: "asyncio.Future[RunId]",
        finished: "asyncio.Future[Run]",
    ) -> None:
        try:
            run = await self._pipeline.run(order, ticket, claimed.set_result)
            finished.set_result(run)
        except Exception as error:  # noqa: BLE001 (told to who waits; the group's other runs go on)
            finished.set_exception(error)


def _retrieved(finished: "asyncio.Future[Run]") -> None:
    """Take an error that nobody waits for any more; the pipeline has kept it with the run."""
    if not finished.cancelled():
        finished.exception()
