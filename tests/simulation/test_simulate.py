"""Cycles on the main path, with a runtime that does as it is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from processor import chunks
from processor.errors import InvalidRequest, StatementRaised
from processor.gate import Gate
from processor.runtime.contract import Refused
from processor.simulation import Simulation, Simulator
from processor.step import SimulationOrder
from processor.store import sqlite
from processor.store.kept import Store
from tests.build import STEP, a_step, an_order, some_limits
from tests.fakes import FakeRuntime, a_pipeline, logged, returned

INPUT = [{"x": number} for number in range(1, 6)]


@dataclass(kw_only=True)
class Stage:
    """A simulator, and what a statement makes of its checkpoint."""

    simulator: Simulator
    runtime: FakeRuntime
    store: Store
    seen: list[Any] = field(default_factory=list)

    def plays(self, statement: Callable[[Any], Any]) -> None:
        async def play() -> None:
            checkpoint = json.loads(self.runtime.assignments[-1].inputs["DATA_CHECKPOINT"])
            self.seen.append(checkpoint)
            made = statement(checkpoint)
            self.runtime.report = made if isinstance(made, Refused) else returned(made)

        self.runtime.meanwhile = play

    async def simulate(self, *, cycles: int = 20, key: Any = None, **order: Any) -> Simulation:
        asked = SimulationOrder(
            order=an_order(**{"rows": INPUT, **order}), column="x", cycles=cycles, key=key
        )
        return await self.simulator.simulate(asked)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    runtime = FakeRuntime()
    async with sqlite.opened(tmp_path / "data") as store:
        simulator = Simulator(
            pipeline=a_pipeline(store, runtime, tmp_path),
            gate=Gate("simulations", slots=1, most_waiting=0),
        )
        yield Stage(simulator=simulator, runtime=runtime, store=store)


def after(checkpoint: Any, *, size: int = 2) -> list[dict[str, int]]:
    return [row for row in INPUT if row["x"] > (checkpoint or 0)][:size]


def moves(found: Simulation) -> list[tuple[bytes, bytes]]:
    return [(bytes(cycle.before), bytes(cycle.after)) for cycle in found.cycles]


async def test_cycles_go_on_from_the_checkpoint_until_no_rows_come(stage: Stage) -> None:
    stage.plays(after)

    found = await stage.simulate()

    assert stage.seen == [None, 2, 4, 5]
    assert moves(found) == [(b"null", b"2"), (b"2", b"4"), (b"4", b"5"), (b"5", b"5")]
    assert [cycle.row_count for cycle in found.cycles] == [2, 2, 1, 0]
    assert (found.end, found.faults) == ("finished", ())


async def test_the_first_cycle_starts_from_the_checkpoint_that_is_given(stage: Stage) -> None:
    stage.plays(after)

    await stage.simulate(checkpoint=4)

    assert stage.seen == [4, 5]


async def test_the_steps_own_checkpoint_is_neither_read_nor_moved(stage: Stage) -> None:
    await stage.store.checkpoints.set(STEP, b"3", expected_version=None)
    stage.plays(after)

    await stage.simulate()

    kept = await stage.store.checkpoints.get(STEP)
    assert kept is not None
    assert (stage.seen[0], kept.value, kept.version) == (None, b"3", 1)


async def test_rows_that_leave_the_checkpoint_where_it_was_are_a_stall(stage: Stage) -> None:
    stage.plays(lambda _checkpoint: [{"x": 3}])

    found = await stage.simulate()

    assert (found.end, len(found.cycles)) == ("stalled", 2)
    assert found.faults == ("stalled", "twice", "skipped", "left")


async def test_a_checkpoint_that_comes_back_to_an_earlier_value_is_a_loop(stage: Stage) -> None:
    stage.plays(lambda checkpoint: [{"x": {None: 1, 1: 2, 2: 1}[checkpoint]}])

    found = await stage.simulate()

    assert (found.end, len(found.cycles)) == ("loops", 3)


async def test_a_failed_cycle_ends_it_with_its_error(stage: Stage) -> None:
    stage.plays(
        lambda checkpoint: Refused(error=StatementRaised("no")) if checkpoint else after(None)
    )

    found = await stage.simulate()

    assert (found.end, found.faults[0]) == ("failed", "failed")
    assert json.loads(bytes(found.cycles[-1].error))["code"] == "statement_raised"


async def test_no_more_cycles_run_than_are_asked_for(stage: Stage) -> None:
    stage.plays(after)

    found = await stage.simulate(cycles=2)

    assert (found.end, len(found.cycles)) == ("cycles", 2)
    assert found.coverage is not None
    assert found.coverage.left.count == 1


async def test_no_cycle_begins_when_the_time_is_over(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.plays(after)
    clock = iter([0.0, 1.0, 301.0])
    monkeypatch.setattr("processor.simulation.simulate.monotonic", lambda: next(clock))

    found = await stage.simulate()

    assert (found.end, len(found.cycles)) == ("time", 1)


async def test_a_cycle_has_no_more_time_than_is_left(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.plays(after)
    clock = iter([0.0, 290.0, 299.5, 299.75, 299.9])
    monkeypatch.setattr("processor.simulation.simulate.monotonic", lambda: next(clock))

    await stage.simulate(step=a_step(limits=some_limits(wall=timedelta(seconds=5))))

    walls = [assignment.limits.wall for assignment in stage.runtime.assignments]
    assert walls[:2] == [timedelta(seconds=5), timedelta(seconds=0.5)]


async def test_rows_that_do_not_match_the_input_schema_fail_the_first_cycle(stage: Stage) -> None:
    schema = {"columns": [{"name": "x", "type": "Text"}]}

    found = await stage.simulate(step=a_step(input_schema=schema))

    assert json.loads(bytes(found.cycles[0].error))["code"] == "input_mismatch"


@pytest.mark.parametrize(("declared", "codes"), [(False, ["rewritten_dates"]), (True, [])])
async def test_dates_are_judged_as_the_statement_sees_them(
    stage: Stage, declared: bool, codes: list[str]
) -> None:
    schema: Any = {"columns": [{"name": "x", "type": "Date"}]}
    step = a_step(input_schema=schema if declared else None, output_schema=schema)
    stage.plays(lambda checkpoint: [] if checkpoint else [{"x": "2024-12-31T10:00:00Z"}])

    found = await stage.simulate(step=step, rows=[{"x": "2024-12-31 10:00:00Z"}])

    assert [remark.code for remark in found.remarks] == codes
    assert found.coverage is not None
    assert found.coverage.once == 1


@pytest.mark.parametrize("rows", [None, [1], {"a": 1}])
async def test_input_without_rows_has_no_coverage(stage: Stage, rows: Any) -> None:
    stage.plays(lambda _checkpoint: [])

    found = await stage.simulate(rows=rows)

    assert (found.coverage, found.faults) == (None, ("no_key",))


async def test_a_key_that_the_input_lacks_is_refused_before_anything_runs(stage: Stage) -> None:
    with pytest.raises(InvalidRequest):
        await stage.simulate(key=("nobody",))

    assert stage.runtime.assignments == []


async def test_each_cycle_is_told_as_it_ends_with_its_log(stage: Stage) -> None:
    stage.plays(after)
    stage.runtime.entries = (logged("info", "hello"),) * 30
    told: list[int] = []
    order = SimulationOrder(order=an_order(rows=INPUT), column="x", cycles=2, key=None)

    found = await stage.simulator.simulate(order, lambda cycle: told.append(cycle.number))

    assert told == [1, 2]
    assert len(found.cycles[0].logs) == 20


async def test_a_simulation_that_is_cancelled_ends(stage: Stage) -> None:
    started = asyncio.Event()

    async def stuck() -> None:
        started.set()
        await asyncio.Event().wait()

    stage.runtime.meanwhile = stuck
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(stage.simulate())
        await started.wait()
        running.cancel()

    assert stage.runtime.running == 0


async def test_rows_that_are_yielded_in_chunks_are_covered_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 0)  # each lot of yielded rows is a chunk
    stage.runtime.streamed = [[{"x": 1}, {"x": 2}], [{"x": 3}, {"x": 4}]]
    stage.plays(lambda _: [{"x": 5}])

    simulated = await stage.simulate(cycles=1)

    assert simulated.cycles[0].row_count == 5
    assert simulated.coverage is not None
    assert simulated.coverage.once == 5
