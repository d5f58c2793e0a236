"""Runs in this process: who waits how long, who is turned away, what a stop does."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from processor.engine import InlineEngine, inline
from processor.errors import Busy, Draining, KeyReused, ProcessorFault
from processor.run import Run, RunId
from processor.step import Order
from processor.store import sqlite
from processor.store.kept import Store
from tests.build import STEP, a_step, a_ticket, an_order, until
from tests.fakes import FakeRuntime, a_pipeline

NONE = timedelta()
AN_HOUR = timedelta(hours=1)
A_MOMENT = timedelta(milliseconds=20)


@dataclass(frozen=True, kw_only=True)
class House:
    """A store, and engines on it whose statements wait for a gate."""

    store: Store
    folder: Path
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    runtime: FakeRuntime = field(default_factory=FakeRuntime)

    def engine(
        self, *, most_jobs: int = 10, drain: timedelta = NONE
    ) -> AbstractAsyncContextManager[InlineEngine]:
        self.runtime.meanwhile = self.gate.wait
        pipeline = a_pipeline(self.store, self.runtime, self.folder)
        return InlineEngine(
            pipeline,
            jobs=self.store.jobs,
            notices=self.store.notices,
            most_jobs=most_jobs,
            drain=drain,
        )

    async def ended(self, run_id: RunId) -> Run:
        """Wait for a run's end."""
        while True:
            run = await self.store.runs.get(run_id)
            if run is not None and run.state != "running":
                return run


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with sqlite.opened(tmp_path / "data") as store:
        yield House(store=store, folder=tmp_path)


def without_step() -> Order:
    return an_order(a_step(id=None))


async def test_who_has_patience_gets_the_run(house: House) -> None:
    house.gate.set()
    async with house.engine() as engine:
        run = await engine.run(an_order(), a_ticket(), AN_HOUR)

    assert isinstance(run, Run)
    assert run.state == "succeeded"


async def test_who_loses_patience_gets_the_id_and_the_run_goes_on(house: House) -> None:
    async with house.engine() as engine:
        run_id = await engine.run(an_order(), a_ticket(), A_MOMENT)
        assert run_id is not None
        assert not isinstance(run_id, Run)
        house.gate.set()

        assert (await house.ended(run_id)).state == "succeeded"


async def test_who_has_no_patience_at_all_gets_the_id_as_soon_as_there_is_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inline, "CLAIM", AN_HOUR)
    async with house.engine() as engine:
        run_id = await engine.run(an_order(), a_ticket(), NONE)
        house.gate.set()

    assert run_id is not None
    assert not isinstance(run_id, Run)
    assert await house.store.runs.get(run_id) is not None


async def test_a_fault_is_raised_to_who_waits(house: House) -> None:
    async def broken() -> None:
        raise ProcessorFault("no child could be started")

    async with house.engine() as engine:
        house.runtime.meanwhile = broken

        with pytest.raises(ProcessorFault):
            await engine.run(an_order(), a_ticket(), AN_HOUR)


async def test_a_fault_that_nobody_waits_for_harms_no_other_run(house: House) -> None:
    async def broken() -> None:
        await house.gate.wait()
        raise RuntimeError("nobody thought of this")

    async with house.engine() as engine:
        house.runtime.meanwhile = broken
        run_id = await engine.run(an_order(), a_ticket(), NONE)
        assert not isinstance(run_id, Run)
        assert run_id is not None
        house.gate.set()
        assert (await house.ended(run_id)).state == "failed"
        house.runtime.meanwhile = FakeRuntime().meanwhile

        run = await engine.run(an_order(), a_ticket(), AN_HOUR)

    assert isinstance(run, Run)
    assert run.state == "succeeded"


async def test_more_jobs_than_allowed_are_turned_away(house: House) -> None:
    async with house.engine(most_jobs=1) as engine:
        await engine.run(without_step(), a_ticket(None), NONE)

        with pytest.raises(Busy) as caught:
            await engine.run(without_step(), a_ticket(None), AN_HOUR)
        house.gate.set()

    assert caught.value.retry_after == 1


async def test_a_job_that_ended_makes_room(house: House) -> None:
    house.gate.set()
    async with house.engine(most_jobs=1) as engine:
        for _ in range(3):
            run = await engine.run(without_step(), a_ticket(None), AN_HOUR)
            assert isinstance(run, Run)
            await until(lambda: not engine._jobs)


async def test_who_cannot_wait_for_the_step_s_earlier_run_never_runs(
    house: House,
) -> None:
    async with house.engine(drain=AN_HOUR) as engine:
        await engine.run(an_order(), a_ticket(), NONE)

        assert await engine.run(an_order(), a_ticket(key="second"), A_MOMENT) is None
        house.gate.set()

    assert len(house.runtime.assignments) == 1


async def test_who_was_turned_away_can_come_again_with_the_same_key(house: House) -> None:
    async with house.engine() as engine:
        await engine.run(an_order(), a_ticket(), NONE)
        assert await engine.run(an_order(), a_ticket(key="second"), A_MOMENT) is None
        house.gate.set()

        again = await engine.run(an_order(), a_ticket(key="second"), AN_HOUR)

    assert isinstance(again, Run)
    assert again.attempts == 1


async def test_a_run_whose_caller_went_away_goes_on(house: House) -> None:
    async with house.engine() as engine:
        async with asyncio.TaskGroup() as tasks:
            calling = tasks.create_task(engine.run(an_order(), a_ticket(), AN_HOUR))
            await until(lambda: house.runtime.running)
            calling.cancel()
        house.gate.set()
        next_run = await engine.run(an_order(), a_ticket(), AN_HOUR)

    assert isinstance(next_run, Run)
    assert next_run.checkpoint is not None
    assert bytes(next_run.checkpoint.before) == b"1"


# Repeated requests


async def test_who_repeats_a_request_that_is_under_way_gets_its_answer(house: House) -> None:
    async with house.engine() as engine:
        run_id = await engine.run(an_order(), a_ticket(key="once"), NONE)
        async with asyncio.TaskGroup() as tasks:
            joining = tasks.create_task(engine.run(an_order(), a_ticket(key="once"), AN_HOUR))
            house.gate.set()

    joined = joining.result()
    assert isinstance(joined, Run)
    assert joined.id == run_id
    assert len(house.runtime.assignments) == 1


@pytest.mark.parametrize("step_id", [STEP, None])
async def test_who_repeats_a_request_that_is_under_way_gets_its_id(
    house: House, step_id: str | None
) -> None:
    order = an_order(a_step(id=step_id))
    async with house.engine() as engine:
        first = await engine.run(order, a_ticket(step_id, "once"), NONE)

        again = await engine.run(order, a_ticket(step_id, "once"), A_MOMENT)
        house.gate.set()

    assert again == first
    assert len(house.runtime.assignments) == 1


async def test_another_body_under_a_key_that_is_under_way_is_refused(house: House) -> None:
    async with house.engine() as engine:
        await engine.run(an_order(), a_ticket(key="once"), NONE)

        with pytest.raises(KeyReused):
            await engine.run(an_order(), a_ticket(key="once", body=b"other"), AN_HOUR)
        house.gate.set()


# The stop


async def test_runs_may_end_while_the_engine_drains(house: House) -> None:
    async with asyncio.TaskGroup() as tasks, house.engine(drain=AN_HOUR) as engine:
        run_id = await engine.run(an_order(), a_ticket(), NONE)
        tasks.create_task(_open(house.gate))

    assert run_id is not None
    assert not isinstance(run_id, Run)
    assert (await house.ended(run_id)).state == "succeeded"


async def _open(gate: asyncio.Event) -> None:
    gate.set()


async def test_runs_that_do_not_end_while_the_engine_drains_are_recorded_as_killed(
    house: House,
) -> None:
    async with house.engine(drain=A_MOMENT) as engine:
        run_id = await engine.run(an_order(), a_ticket(), NONE)

    assert run_id is not None
    assert not isinstance(run_id, Run)
    run = await house.ended(run_id)
    assert (run.state, json.loads(bytes(run.error))["code"]) == ("failed", "killed")


async def test_who_waits_for_a_run_that_the_stop_ends_is_told_how_it_ended(house: House) -> None:
    async with asyncio.TaskGroup() as tasks, house.engine(drain=A_MOMENT) as engine:
        waiting = tasks.create_task(engine.run(an_order(), a_ticket(), AN_HOUR))
        await until(lambda: house.runtime.running)
        await engine.drain()

    run = waiting.result()
    assert isinstance(run, Run)
    error = json.loads(bytes(run.error))
    assert (run.state, error["code"], error["retryable"]) == ("failed", "killed", True)
    assert error["message"] == "the service was stopped before the run ended"


async def test_who_waits_for_the_step_s_earlier_run_at_the_stop_may_come_again(
    house: House,
) -> None:
    async with house.engine(drain=A_MOMENT) as engine:
        await engine.run(an_order(), a_ticket(), NONE)
        waiting = asyncio.create_task(engine.run(an_order(), a_ticket(key="next"), AN_HOUR))
        await until(lambda: len(engine._jobs) == 2)
        await engine.drain()

        with pytest.raises(Draining, match="has not begun") as caught:
            await waiting

    assert caught.value.retry_after == 5
    assert len(house.runtime.assignments) == 1


async def test_an_engine_that_drains_takes_no_more_runs(house: House) -> None:
    async with asyncio.TaskGroup() as tasks, house.engine(drain=AN_HOUR) as engine:
        waiting = tasks.create_task(engine.run(an_order(), a_ticket(), AN_HOUR))
        await until(lambda: house.runtime.running)
        assert not engine.draining
        draining = tasks.create_task(engine.drain())
        await until(lambda: engine.draining)

        with pytest.raises(Draining) as caught:
            await engine.run(without_step(), a_ticket(None), AN_HOUR)
        house.gate.set()

    assert caught.value.retry_after == 5
    assert isinstance(run := waiting.result(), Run)
    assert run.state == "succeeded"
    assert draining.done()


async def test_a_drain_is_over_when_the_last_run_is_kept(house: House) -> None:
    async with house.engine(drain=A_MOMENT) as engine:
        run_id = await engine.run(an_order(), a_ticket(), NONE)
        assert run_id is not None
        assert not isinstance(run_id, Run)

        await engine.drain()

        kept = await house.store.runs.get(run_id)
        assert kept is not None
        assert kept.state == "failed"
        await engine.drain()  # a second time there is nothing to do
