"""What every store promises of schedules: each tick fires once, cycles follow each other."""

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from processor.errors import UnknownStep, VersionMoved
from processor.run import Run, RunId
from processor.schedule import Schedule, ScheduleId, Timing
from processor.step import StepId
from tests.store.build import STEP, Opens, Store, a_run, kept, taken

NAME = ScheduleId("nightly")
EVERY_SECOND = Timing(cron="* * * * * *")
A_YEAR = Timing(cron="0 0 1 1 *")


def a_schedule(**changes: Any) -> Schedule:
    members: dict[str, Any] = {"schedule_id": NAME, "step_id": STEP, "timing": A_YEAR}
    return Schedule(**{**members, **changes})


async def scheduled(store: Store, **changes: Any) -> Schedule:
    await store.steps.put(STEP, b'{"statement":"return []"}', expected_version=None)
    return await store.schedules.put(a_schedule(**changes), expected_version=None)


async def found(store: Store) -> Schedule:
    schedule = await store.schedules.get(NAME)
    assert schedule is not None
    return schedule


async def fired(store: Store, times: int) -> list[str]:
    """Let a schedule fire so often; gives the runs, the oldest first."""
    while True:
        await store.schedules.fire()
        runs = [run.id for run in await store.jobs.list(step_id=STEP, limit=100)]
        if len(runs) >= times:
            return runs[::-1]
        await asyncio.sleep(0.05)


async def test_a_schedule_is_given_as_it_was_put_with_its_next_tick(
    store: Store, other: Store
) -> None:
    put = await scheduled(
        store,
        overlap="queue",
        max_cycles=9,
        time_budget=timedelta(minutes=5),
        inputs=b'{"INPUT_DATA":[]}',
    )

    assert await other.schedules.get(NAME) == put
    assert (put.overlap, put.max_cycles, put.time_budget, put.inputs) == (
        "queue",
        9,
        timedelta(minutes=5),
        b'{"INPUT_DATA":[]}',
    )
    year = datetime.now(UTC).year + 1
    assert (put.version, put.next_at) == (1, datetime(year, 1, 1, tzinfo=UTC))


async def test_a_schedule_is_put_only_over_the_version_that_was_seen(store: Store) -> None:
    await scheduled(store)

    with pytest.raises(VersionMoved):
        await store.schedules.put(a_schedule(), expected_version=0)
    assert (await store.schedules.put(a_schedule(), expected_version=1)).version == 2


async def test_a_tick_makes_a_run_of_the_step_as_it_is_stored_then(store: Store) -> None:
    await scheduled(store, timing=EVERY_SECOND, inputs=b'{"INPUT_DATA":[{"a":1}]}')

    (run_id, *_) = await fired(store, 1)

    job = await store.jobs.get(RunId(run_id))
    assert job is not None
    assert json.loads(job.document)["inputs"] == {"INPUT_DATA": [{"a": 1}]}
    assert (job.origin, job.ticket.step_id) == ("schedule", STEP)
    schedule = await found(store)
    assert schedule.last_run_id == run_id
    assert schedule.next_at is not None
    assert schedule.last_at is not None
    assert schedule.next_at > schedule.last_at


async def test_four_processes_fire_each_tick_once(open_store: Opens) -> None:
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(open_store()) for _ in range(4)]
        await scheduled(stores[0], timing=EVERY_SECOND, overlap="queue")
        first = (await found(stores[0])).next_at

        async def keep_firing(store: Store) -> None:
            while len(await stores[0].jobs.list(step_id=STEP, limit=9)) < 3:
                await store.schedules.fire()
                await asyncio.sleep(0.01)

        await asyncio.gather(*(keep_firing(store) for store in stores))

        schedule = await found(stores[0])
        assert first is not None
        assert schedule.last_at is not None
        runs = await stores[0].jobs.list(step_id=STEP, limit=9)
        assert len(runs) == (schedule.last_at - first) / timedelta(seconds=1) + 1


async def test_a_tick_is_skipped_while_a_run_of_the_schedule_waits(store: Store) -> None:
    await scheduled(store, timing=EVERY_SECOND, overlap="skip")
    await fired(store, 1)

    while (await found(store)).skipped == 0:
        await store.schedules.fire()
        await asyncio.sleep(0.05)

    assert len(await store.jobs.list(step_id=STEP, limit=9)) == 1


async def test_a_schedule_that_rests_does_not_fire(store: Store) -> None:
    await scheduled(store, timing=EVERY_SECOND)

    paused = await store.schedules.pause(NAME, paused=True)
    await asyncio.sleep(1.1)

    assert paused is not None
    assert paused.paused
    assert await store.schedules.fire() == 0
    await store.schedules.pause(NAME, paused=False)
    assert await fired(store, 1)


async def test_a_schedule_whose_step_is_gone_fires_nothing_and_counts_that(store: Store) -> None:
    await scheduled(store, timing=EVERY_SECOND)
    await store.steps.remove(STEP, expected_version=None)

    while (await found(store)).skipped == 0:
        await store.schedules.fire()
        await asyncio.sleep(0.05)

    assert await store.jobs.list(step_id=STEP, limit=9) == []
    with pytest.raises(UnknownStep):
        await store.schedules.trigger(NAME, "t")


async def test_a_schedule_runs_when_it_is_told_to(store: Store) -> None:
    await scheduled(store)

    run = await store.schedules.trigger(NAME, "0af7651916cd43dd8448eb211c80319c")

    assert run is not None
    assert (run.state, run.step_id) == ("queued", STEP)
    assert [*await store.jobs.ready(9)] == [run.id]


async def test_a_span_is_backfilled_with_a_run_each(store: Store) -> None:
    await scheduled(store)
    moments = [datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2, 3)]

    runs = await store.schedules.backfill(NAME, moments, "t")

    assert runs is not None
    assert len(runs) == 3
    listed = await store.jobs.list(step_id=STEP, limit=9)
    assert {run.origin for run in listed} == {"backfill"}


async def test_an_unknown_schedule_is_none(store: Store) -> None:
    assert await store.schedules.get(NAME) is None
    assert await store.schedules.trigger(NAME, "t") is None
    assert await store.schedules.backfill(NAME, [], "t") is None
    assert await store.schedules.pause(NAME, paused=True) is None
    assert await store.schedules.remove(NAME) is False


async def test_schedules_are_listed_in_parts_and_removed(store: Store) -> None:
    await scheduled(store)
    for name in ("a", "z"):
        await scheduled(store, schedule_id=ScheduleId(name))

    first = await store.schedules.list(after=None, limit=2)
    rest = await store.schedules.list(after=first[-1].schedule_id, limit=2)

    assert [each.schedule_id for each in (*first, *rest)] == ["a", NAME, "z"]
    assert await store.schedules.remove(NAME)
    assert await store.schedules.get(NAME) is None


# Cycles


async def a_cycle(store: Store, move: bytes | None, rows: int = 1) -> Run:
    """Perform the one run that is ready."""
    (run_id,) = await store.jobs.ready(9)
    claim = await taken(store, run_id)
    run = msgspec.structs.replace(a_run(claim), row_count=rows)
    return await store.runs.finish(claim, run, move)


async def test_cycles_follow_each_other_until_there_are_no_more_rows(store: Store) -> None:
    await scheduled(store, max_cycles=10)
    await store.schedules.trigger(NAME, "t")

    ends = [await a_cycle(store, b"1"), await a_cycle(store, b"2"), await a_cycle(store, None, 0)]

    assert [*await store.jobs.ready(9)] == []
    assert [run.checkpoint and run.checkpoint.version for run in ends] == [1, 2, 2]
    listed = await store.jobs.list(step_id=STEP, limit=9)
    assert [run.origin for run in listed] == ["cycle", "cycle", "schedule"]
    assert [run.parent_id for run in listed] == [ends[1].id, ends[0].id, None]


async def test_there_are_no_more_cycles_than_allowed(store: Store) -> None:
    await scheduled(store, max_cycles=2)
    await store.schedules.trigger(NAME, "t")

    await a_cycle(store, b"1")
    await a_cycle(store, b"2")

    assert [*await store.jobs.ready(9)] == []


async def test_a_checkpoint_that_stands_still_ends_the_cycles(store: Store) -> None:
    await scheduled(store, max_cycles=10)
    await store.schedules.trigger(NAME, "t")

    await a_cycle(store, b"1")
    await a_cycle(store, b"1")

    assert [*await store.jobs.ready(9)] == []


async def test_no_cycle_begins_after_the_time_budget(store: Store) -> None:
    await scheduled(store, max_cycles=10, time_budget=timedelta(seconds=-1))
    await store.schedules.trigger(NAME, "t")

    await a_cycle(store, b"1")

    assert [*await store.jobs.ready(9)] == []


async def test_a_failed_cycle_is_the_last_one(store: Store) -> None:
    await scheduled(store, max_cycles=10)
    run = await store.schedules.trigger(NAME, "t")
    assert run is not None
    claim = await taken(store, RunId(run.id))

    await store.runs.finish(claim, a_run(claim, "failed"), None)

    assert [*await store.jobs.ready(9)] == []
    assert (await kept(store.runs, run.id)).state == "failed"


async def test_cycles_of_another_step_are_apart(store: Store) -> None:
    await scheduled(store, max_cycles=2)
    another = StepId("another")
    await store.steps.put(another, b'{"statement":"return []"}', expected_version=None)
    await store.schedules.put(
        a_schedule(schedule_id=ScheduleId("b"), step_id=another), expected_version=None
    )
    await store.schedules.trigger(ScheduleId("b"), "t")

    await a_cycle(store, b"1")

    assert [*await store.jobs.ready(9)] == []
