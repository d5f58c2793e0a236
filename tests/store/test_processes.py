"""Several real processes on one SQLite store, some of them killed."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from processor.errors import KeyReused, StaleCheckpoint
from processor.run import Run, RunId
from processor.step import StepId
from processor.store import sqlite
from processor.store.kept import Keeping, Store
from tests.store.build import STEP, a_cycle, a_run, a_ticket, claimed, kept

ROOT = Path(__file__).parents[2]


class Child:
    def __init__(self, process: Process) -> None:
        self._process = process

    async def ask(self, line: str) -> str:
        await self.tell(line)
        return await self.answer()

    async def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()

    async def answer(self) -> str:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, "the child has ended"
        return line.decode().strip()

    def suspend(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()


Start = Callable[[], Awaitable[Child]]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def start(data_dir: Path) -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def started() -> Child:
            return await stack.enter_async_context(a_child(data_dir))

        yield started


@asynccontextmanager
async def a_child(data_dir: Path) -> AsyncIterator[Child]:
    child = Child(
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.store.child", str(data_dir)),
            cwd=ROOT,
            stdin=PIPE,
            stdout=PIPE,
        )
    )
    try:
        assert await child.answer() == "ready"
        yield child
    finally:
        await child.kill()


@pytest.fixture
async def store(data_dir: Path, request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    short = "short_lease" in request.fixturenames
    keeping = Keeping(lease=timedelta(seconds=2.5)) if short else Keeping()
    async with sqlite.opened(data_dir, keeping) as opened:
        yield opened


async def test_a_run_whose_process_is_killed_frees_its_step_at_once(
    store: Store, start: Start
) -> None:
    child = await start()
    run_id = await child.ask(f"claim {STEP}")

    await child.kill()
    claim = await claimed(store.runs)

    run = await kept(store.runs, run_id)
    assert (claim.fence, run.state, msgspec.json.decode(run.error)["code"]) == (
        3,
        "failed",
        "killed",
    )


async def test_a_claim_that_is_waiting_when_the_other_process_is_killed_goes_on(
    store: Store, start: Start
) -> None:
    child = await start()
    await child.ask(f"claim {STEP}")

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(claimed(store.runs))
        await child.kill()

    assert waiting.result().attempt == 1


async def test_a_run_that_is_killed_before_it_finishes_has_not_moved_the_checkpoint(
    store: Store, start: Start
) -> None:
    await a_cycle(store.runs, b"1")
    child = await start()
    await child.ask(f"claim {STEP}")

    await child.kill()

    checkpoint = (await claimed(store.runs)).checkpoint
    assert checkpoint is not None
    assert (checkpoint.value, checkpoint.version) == (b"1", 1)


async def test_a_run_that_is_killed_after_it_finished_is_kept_whole(
    store: Store, start: Start
) -> None:
    child = await start()
    run_id = await child.ask(f"claim {STEP} k")
    await child.ask("finish 7")

    await child.kill()

    run = await store.runs.claim(a_ticket(key="k"))
    assert isinstance(run, Run)
    assert (run.id, run.state, run.checkpoint and run.checkpoint.version) == (
        run_id,
        "succeeded",
        1,
    )


async def test_a_key_whose_process_is_killed_is_the_next_attempt_of_its_run(
    store: Store, start: Start
) -> None:
    child = await start()
    run_id = await child.ask(f"claim {STEP} k")

    await child.kill()

    again = await claimed(store.runs, a_ticket(key="k"))
    assert (again.run_id, again.attempt) == (run_id, 2)


async def test_a_key_whose_process_is_killed_still_refuses_another_body(
    store: Store, start: Start
) -> None:
    child = await start()
    await child.ask(f"claim {STEP} k")

    await child.kill()

    with pytest.raises(KeyReused):
        await store.runs.claim(a_ticket(key="k", body=b"another"))


async def test_one_who_joined_a_run_that_is_killed_takes_it_over(
    store: Store, start: Start
) -> None:
    child = await start()
    run_id = await child.ask(f"claim {STEP} k")

    async with asyncio.TaskGroup() as tasks:
        joining = tasks.create_task(claimed(store.runs, a_ticket(key="k")))
        await child.kill()

    assert (joining.result().run_id, joining.result().attempt) == (run_id, 2)


async def test_runs_of_a_killed_process_are_ended_when_the_next_one_starts(
    data_dir: Path, start: Start
) -> None:
    child = await start()
    run_id = await child.ask(f"claim {STEP}")
    await child.kill()

    async with sqlite.opened(data_dir) as store:
        assert (await kept(store.runs, run_id)).state == "failed"


async def test_a_killed_process_leaves_no_lock_file_once_it_is_noticed(
    data_dir: Path, start: Start
) -> None:
    child = await start()
    await child.kill()

    async with sqlite.opened(data_dir):
        pass

    assert list((data_dir / "executors").iterdir()) == []


async def test_a_live_process_keeps_its_run_while_others_start(
    data_dir: Path, start: Start
) -> None:
    child = await start()
    run_id = await child.ask(f"claim {STEP}")

    async with sqlite.opened(data_dir) as store:
        assert (await kept(store.runs, run_id)).state == "running"

    assert await child.ask("finish 1") == run_id


async def test_processes_that_race_on_one_step_lose_no_update(store: Store, start: Start) -> None:
    children = [await start() for _ in range(2)]

    for child in children:
        await child.tell(f"count 25 {STEP}")
    assert [await child.answer() for child in children] == ["counted", "counted"]

    moves = await store.checkpoints.history(STEP, below_version=None, limit=100)
    assert [(move.version, move.value) for move in moves] == [
        (version, b"%d" % version) for version in range(50, 0, -1)
    ]


async def test_processes_that_are_killed_in_a_race_leave_a_dense_history(
    store: Store, start: Start
) -> None:
    for _ in range(3):
        child = await start()
        await child.tell(f"count 1000000 {STEP}")
        seen = await store.checkpoints.get(STEP)
        async with asyncio.timeout(20):
            while await store.checkpoints.get(STEP) == seen:
                pass
        await child.kill()

    claim = await claimed(store.runs)
    await store.runs.finish(claim, a_run(claim), b"0")

    moves = await store.checkpoints.history(STEP, below_version=None, limit=1_000_000)
    assert [move.version for move in moves] == list(range(len(moves), 0, -1))
    assert all(move.value == b"%d" % move.version for move in moves[1:])


async def test_processes_that_start_at_once_on_nothing_all_get_ready(
    data_dir: Path, start: Start
) -> None:
    children = await asyncio.gather(*(start() for _ in range(4)))

    for child in children:
        assert await child.ask("count 2 step") == "counted"

    async with sqlite.opened(data_dir) as store:
        assert (await claimed(store.runs, a_ticket("step"))).fence == 9


async def test_what_a_killed_process_had_streamed_is_forgotten_with_its_run(
    start: Start, data_dir: Path
) -> None:
    child = await start()
    run_id = RunId(await child.ask(f"claim {STEP} key"))
    for position in range(3):
        await child.ask(f"chunk {position}")
    await child.kill()
    async with sqlite.opened(data_dir) as store:
        again = await claimed(store.runs, a_ticket(STEP, "key"))

        assert (again.run_id, again.attempt) == (run_id, 2)
        assert await store.runs.chunk(run_id, 0) is None
        await store.runs.add_chunk(again, 0, b'[{"id":7}]')
        streamed = msgspec.structs.replace(a_run(again, rows=b"null"), row_count=1)
        await store.runs.finish(again, streamed, b"7")
        assert bytes((await kept(store.runs, run_id)).rows) == b'[{"id":7}]'


async def test_an_attempt_that_was_taken_over_streams_into_nothing(data_dir: Path) -> None:
    async with sqlite.opened(data_dir) as store:
        claim = await claimed(store.runs, a_ticket(STEP, "key"))
        late = replace(claim, attempt=claim.attempt - 1)

        with pytest.raises(StaleCheckpoint):
            await store.runs.add_chunk(late, 0, b'[{"id":1}]')


# Processes that stand still


@pytest.fixture
def short_lease() -> None:
    """Let the test's own process take others for dead after little time."""


@pytest.mark.usefixtures("short_lease")
async def test_a_run_whose_process_stands_still_frees_its_step(store: Store, start: Start) -> None:
    child = await start()
    run_id = await child.ask(f"claim {STEP}")

    child.suspend()
    claim = await claimed(store.runs)
    child.resume()

    assert claim.fence == 3
    assert (await kept(store.runs, run_id)).state == "failed"


@pytest.mark.usefixtures("short_lease")
async def test_what_a_process_brings_after_it_stood_still_does_not_count(
    store: Store, start: Start
) -> None:
    child = await start()
    await child.ask(f"claim {STEP}")
    child.suspend()
    claim = await claimed(store.runs)
    child.resume()

    await child.tell("finish 666")
    run = await store.runs.finish(claim, a_run(claim), b"1")

    assert run.checkpoint is not None
    assert run.checkpoint.version == 1
    moves = await store.checkpoints.history(STEP, below_version=None, limit=9)
    assert [move.value for move in moves] == [b"1"]


@pytest.mark.usefixtures("short_lease")
async def test_a_process_that_stood_still_comes_back(store: Store, start: Start) -> None:
    child = await start()
    await child.ask(f"claim {STEP}")
    child.suspend()
    claim = await claimed(store.runs)
    await store.runs.finish(claim, a_run(claim), None)
    child.resume()

    await child.ask("count 3 another")

    checkpoint = await store.checkpoints.get(StepId("another"))
    assert checkpoint is not None
    assert checkpoint.value == b"3"


@pytest.mark.usefixtures("short_lease")
async def test_a_process_that_lives_is_not_taken_for_one_that_stands_still(
    store: Store, start: Start
) -> None:
    child = await start()
    run_id = await child.ask(f"claim {STEP}")

    await asyncio.sleep(4)  # more than a lease

    assert (await kept(store.runs, run_id)).state == "running"
    assert await child.ask("finish 1") == run_id
