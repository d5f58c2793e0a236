"""Keepers: lent out one at a time, replaced when they die, and no larger after many runs."""

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from processor.runtime.contract import Died, Exceeded, Returned
from processor.runtime.wasm.keepers import Keepers
from processor.runtime.wasm.process import Keeper

from . import soak
from .host import Host, opened

pytestmark = pytest.mark.asyncio(loop_scope="session")


def process(keeper: Keeper) -> int:
    return keeper._process.pid


async def test_a_keeper_that_was_killed_is_replaced(host: Host) -> None:
    await host.value("return 1")
    (keeper,) = host.idle
    os.kill(process(keeper), signal.SIGKILL)
    keeper._process.wait(10)

    assert await host.value("return 2") == 2
    assert host.idle != [keeper]


class Idle:
    """Stands in for a keeper that does nothing."""

    usable, jobs = True, 0

    def __init__(self) -> None:
        self.closed = False
        self.primed = 0

    def prime(self) -> None:
        self.primed += 1

    def is_alive(self) -> bool:
        return not self.closed

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Idle]:
    """Let no process be started, and tell what would have been."""
    made: list[Idle] = []

    async def start(_compiled: Path, *, counts_fuel: bool) -> Idle:
        made.append(Idle())
        return made[-1]

    monkeypatch.setattr("processor.runtime.wasm.keepers.Keeper.started", start)
    return made


async def use(lent: Keepers, *runners: str) -> None:
    for runner in runners:
        async with lent.one(Path(runner)):
            pass


async def test_runners_that_take_turns_keep_their_keepers(started: list[Idle]) -> None:
    async with Keepers(2) as lent:
        await use(lent, "a", "b", "a", "b", "a")

        assert [keeper.closed for keeper in started] == [False, False]


async def test_where_there_are_enough_the_one_that_has_waited_longest_goes(
    started: list[Idle],
) -> None:
    async with Keepers(2) as lent:
        await use(lent, "a", "b", "a", "c")

        assert [keeper.closed for keeper in started] == [False, True, False]


async def test_a_keeper_that_is_lent_counts_among_the_most(started: list[Idle]) -> None:
    async with Keepers(2) as lent:
        await use(lent, "a")
        async with lent.one(Path("b")), lent.one(Path("c")):
            assert [keeper.closed for keeper in started] == [True, False, False]


async def test_the_next_instance_is_made_ahead_while_nobody_waits(started: list[Idle]) -> None:
    async with Keepers(1) as lent:
        await use(lent, "a", "a")

        assert [keeper.primed for keeper in started] == [2]


async def test_under_load_no_instance_is_made_ahead(started: list[Idle]) -> None:
    async with Keepers(1) as lent, asyncio.TaskGroup() as tasks:
        async with lent.one(Path("a")):
            tasks.create_task(use(lent, "a"))
            await asyncio.sleep(0)
        assert [keeper.primed for keeper in started] == [0]


async def test_a_keeper_that_dies_in_a_run_fails_it_and_is_replaced(host: Host) -> None:
    await host.value("return 1")
    (keeper,) = host.idle
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(host.body("import time\ntime.sleep(20)"))
        while host.idle:
            await asyncio.sleep(0.01)
        os.kill(process(keeper), signal.SIGKILL)

    report = running.result().report
    assert report == Died(reason="its keeper was killed", killed=True, retryable=True)
    assert await host.value("return 1") == 1


async def test_a_run_that_is_cancelled_takes_its_keeper_along(host: Host) -> None:
    await host.value("return 1")
    (keeper,) = host.idle
    running = asyncio.get_running_loop().create_task(host.body("import time\ntime.sleep(20)"))
    while host.idle:
        await asyncio.sleep(0.01)

    running.cancel()
    await asyncio.wait([running])

    assert keeper._process.poll() is not None
    assert await host.value("return 1") == 1


async def test_an_instance_that_does_not_end_in_time_is_killed(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    await host.value("return 1")
    (keeper,) = host.idle
    monkeypatch.setattr("processor.runtime.wasm.wasm.GRACE_SECONDS", -0.4)

    execution = await host.body("while True: pass", wall=timedelta(seconds=0.5))

    assert execution.report == Exceeded(limit="wall_seconds")
    assert keeper._process.poll() is not None


async def test_a_run_ends_at_its_limit_of_processor_time(host: Host) -> None:
    execution = await host.body("while True: pass", cpu=timedelta(seconds=0.2))

    assert execution.report == Exceeded(limit="cpu_seconds")
    assert await host.value("return 1") == 1


async def test_a_keeper_is_replaced_after_many_jobs(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    await host.value("return 1")
    (keeper,) = host.idle
    monkeypatch.setattr("processor.runtime.wasm.keepers.MOST_JOBS", keeper.jobs + 2)

    await host.value("return 1")
    assert host.idle == [keeper]
    await host.value("return 1")

    assert host.idle == []


async def test_a_keeper_is_behind_walls(host: Host) -> None:
    await host.value("return 1")
    (keeper,) = host.idle
    status = dict(
        line.split(":", 1)
        for line in Path(f"/proc/{process(keeper)}/status").read_text().splitlines()
    )

    assert status["Seccomp"].strip() == "2"
    assert status["NoNewPrivs"].strip() == "1"
    assert {int(status[f"Cap{name}"], 16) for name in ("Inh", "Prm", "Eff", "Amb")} == {0}
    assert "memory never becomes code" in keeper.restrictions[-1]


async def test_some_hundred_runs_leave_a_keepers_memory_as_it_was() -> None:
    async with opened() as host:
        warm, after = await soak.resident(host, warming=100, runs=200)

    assert after < warm * soak.MOST_GROWN


async def test_runs_at_a_time_have_a_keeper_each() -> None:
    async with opened(most_keepers=2) as host, asyncio.TaskGroup() as tasks:
        runs = [
            tasks.create_task(host.value("import time\ntime.sleep(0.5)\nreturn 1")) for _ in "ab"
        ]
        while sum(run.done() for run in runs) < 2:
            await asyncio.sleep(0.01)
        assert len({process(keeper) for keeper in host.idle}) == 2
        assert isinstance((await host.body("return 1")).report, Returned)
