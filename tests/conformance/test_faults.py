"""Workers in processes of their own that are killed, frozen and cut off, on both databases."""

import asyncio
import json
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from processor.job import Job
from processor.run import RunId
from processor.step import Queueing, StepId
from processor.store.kept import Keeping, Store
from processor.store.opening import Place, opened
from tests.build import COLUMN_X
from tests.conformance.audit import audit
from tests.database import Server
from tests.store.build import a_job, submitted

ROOT = Path(__file__).parents[2]
LEASE = timedelta(seconds=2)
STEPS = [StepId(name) for name in "abcd"]
OFTEN = Queueing(max_attempts=10, backoff=timedelta(seconds=0.1))


@dataclass(eq=False)
class Child:
    """A worker that is started, and what it has said, each line with its time."""

    process: Process
    said: list[tuple[float, str]] = field(default_factory=list)

    async def listen(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self.said.append((time.monotonic(), line.decode().strip()))

    async def has_said(self, word: str) -> str:
        """Give the first line that begins with a word, once it is there."""
        async with asyncio.timeout(30):
            while True:
                for _, line in self.said:
                    if line.startswith(word):
                        return line
                await asyncio.sleep(0.01)

    async def leave(self) -> None:
        """Let it end what it has begun."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()

    def tell(self, number: signal.Signals) -> float:
        self.process.send_signal(number)
        return time.monotonic()


Starts = Callable[..., Awaitable[Child]]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        return Place("sqlite:", tmp_path)
    server: Server = request.getfixturevalue("database_server")
    return Place(server.emptied(), tmp_path)


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    async with opened(place, Keeping(lease=LEASE)) as store:
        yield store


@pytest.fixture
async def start(place: Place) -> AsyncIterator[Starts]:
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:

        async def started(*, seconds: float = 0.1, fenced: str = "fenced") -> Child:
            child = await stack.enter_async_context(a_child(place, seconds, fenced))
            tasks.create_task(child.listen())
            return child

        yield started
        await stack.aclose()


@asynccontextmanager
async def a_child(place: Place, seconds: float, fenced: str) -> AsyncIterator[Child]:
    words = (place.url, place.data_dir, LEASE.total_seconds(), seconds, fenced)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.conformance.worker", *map(str, words)),
        cwd=ROOT,
        stdin=PIPE,
        stdout=PIPE,
    )
    try:
        yield Child(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def submit(store: Store, runs: int) -> Mapping[StepId, Sequence[RunId]]:
    """Have so many runs of each step wait, whose statement is the step's name."""
    made: dict[StepId, list[RunId]] = {step_id: [] for step_id in STEPS}
    for _ in range(runs):
        for step_id in STEPS:
            step = {
                "id": step_id,
                "statement": step_id,
                "output_schema": COLUMN_X,
                "checkpoint_column": "x",
            }
            document = json.dumps({"step": step}).encode()
            job: Job = replace(a_job(step_id), document=document, queueing=OFTEN)
            made[step_id].append(await submitted(store, job))
    return made


async def all_done(store: Store, seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while await store.jobs.list(state="queued", limit=1) or await store.jobs.list(
            state="running", limit=1
        ):
            await asyncio.sleep(0.05)


def restarted(child: Child, step_id: str, after: float) -> float:
    """Give when a child began a run of a step, the first time after a moment."""
    return next(at for at, line in child.said if at > after and line.split()[1:2] == [step_id])


async def test_workers_that_are_killed_or_frozen_lose_nothing_and_record_nothing_twice(
    store: Store, start: Starts
) -> None:
    runs = await submit(store, 4)
    killed, frozen = await asyncio.gather(start(seconds=600), start(seconds=4))
    step_id = (await killed.has_said("start")).split()[1]
    await frozen.has_said("start")
    third = await start()
    await third.has_said("ready")  # how long it takes to start is not what is measured

    killed_at = killed.tell(signal.SIGKILL)
    frozen.tell(signal.SIGSTOP)
    await all_done(store)
    frozen.tell(signal.SIGCONT)
    await frozen.leave()

    assert await audit(store, runs) == []
    assert restarted(third, step_id, killed_at) - killed_at < 2 * LEASE.total_seconds()


async def test_without_the_fence_the_same_audit_finds_what_a_frozen_worker_has_spoilt(
    store: Store, start: Starts
) -> None:
    runs = await submit(store, 2)
    frozen = await start(seconds=2, fenced="naive")
    await frozen.has_said("start")

    frozen.tell(signal.SIGSTOP)
    await start(fenced="naive")
    with suppress(TimeoutError):  # where a live worker is taken for dead too, some never end
        await all_done(store, seconds=20)
    frozen.tell(signal.SIGCONT)
    await frozen.leave()

    assert await audit(store, runs) != []


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
async def test_a_database_that_is_ended_and_away_for_longer_than_a_lease_loses_nothing(
    store: Store, start: Starts, database_server: Server
) -> None:
    runs = await submit(store, 4)
    workers = [await start(), await start()]
    await workers[0].has_said("start")

    await asyncio.to_thread(database_server.stop, "immediate")
    await asyncio.to_thread(database_server.start)
    await workers[1].has_said("start")
    await asyncio.to_thread(database_server.stop, "immediate")
    await asyncio.sleep(1.5 * LEASE.total_seconds())
    await asyncio.to_thread(database_server.start)
    await all_done(store)

    assert await audit(store, runs) == []
