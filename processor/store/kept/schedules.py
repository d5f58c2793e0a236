"""Schedules: the runs of a tick, and the wait for the next one, in one transaction."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import msgspec

from processor.errors import UnknownStep, VersionMoved
from processor.job import Cycles, Job, Origin
from processor.run import Run, Ticket
from processor.schedule import Schedule, ScheduleId, Timing, due, next_tick
from processor.step import StepId, StoredStep, callback_of, order_document, queueing_of

from .ids import instant, new_id
from .jobs import register
from .steps import stored
from .tenants import Tenanted, for_tenant, whose
from .transaction import Row, Transaction

AT_ONCE: Final = 50


class KeptSchedules(Tenanted):
    """Satisfies Schedules."""

    async def get(self, schedule_id: ScheduleId) -> Schedule | None:
        """See Schedules."""
        return await self._database.read(lambda reading: _find(reading, schedule_id))

    async def list(self, *, after: ScheduleId | None, limit: int) -> Sequence[Schedule]:
        """See Schedules."""
        rows = await self._database.read(
            lambda reading: reading.all("list_schedules", after=after, limit=limit)
        )
        return [_schedule(row) for row in rows]

    async def put(self, schedule: Schedule, *, expected_version: int | None) -> Schedule:
        """See Schedules."""
        return await self._database.write(partial(_put, schedule, expected_version))

    async def remove(self, schedule_id: ScheduleId) -> bool:
        """See Schedules."""
        removed = await self._database.write(
            lambda removing: removing.change("remove_schedule", schedule_id=schedule_id)
        )
        return removed > 0

    async def pause(self, schedule_id: ScheduleId, *, paused: bool) -> Schedule | None:
        """See Schedules."""
        return await self._database.write(partial(_pause, schedule_id, paused))

    async def trigger(self, schedule_id: ScheduleId, trace_id: str) -> Run | None:
        """See Schedules."""
        return await self._database.write(partial(_trigger, schedule_id, trace_id))

    async def backfill(
        self, schedule_id: ScheduleId, moments: Sequence[datetime], trace_id: str
    ) -> Sequence[Run] | None:
        """See Schedules."""
        return await self._database.write(partial(_backfill, schedule_id, moments, trace_id))

    async def fire(self) -> int:
        """See Schedules."""
        if not await self._database.read(_list_due):
            return 0  # no transaction that writes where there is nothing to do
        return await self._database.write(_fire)


def _put(schedule: Schedule, expected_version: int | None, transaction: Transaction) -> Schedule:
    found = _find(transaction, schedule.schedule_id)
    version = 0 if found is None else found.version
    if expected_version not in (None, version):
        raise VersionMoved(
            f"the schedule is at version {version}, not at {expected_version}; read it again first"
        )
    budget, timing = schedule.time_budget, schedule.timing
    transaction.change(
        "add_schedule" if found is None else "change_schedule",
        schedule_id=schedule.schedule_id,
        step_id=schedule.step_id,
        cron=timing.cron,
        time_zone=timing.time_zone,
        misfire=timing.misfire,
        overlap=schedule.overlap,
        max_cycles=schedule.max_cycles,
        time_budget_seconds=None if budget is None else budget.total_seconds(),
        paused=schedule.paused,
        next_at=_written(next_tick(timing, _now(transaction))),
        inputs=schedule.inputs,
    )
    return _existing(transaction, schedule.schedule_id)


def _pause(schedule_id: ScheduleId, paused: bool, transaction: Transaction) -> Schedule | None:
    schedule = _find(transaction, schedule_id)
    if schedule is None or schedule.paused == paused:
        return schedule
    transaction.change(
        "pause_schedule",
        schedule_id=schedule_id,
        paused=paused,
        next_at=_written(next_tick(schedule.timing, _now(transaction))),
    )
    return _find(transaction, schedule_id)


def _trigger(schedule_id: ScheduleId, trace_id: str, transaction: Transaction) -> Run | None:
    runs = _backfill(schedule_id, [_now(transaction)], trace_id, transaction, origin="schedule")
    return None if runs is None else runs[0]


def _backfill(
    schedule_id: ScheduleId,
    moments: Sequence[datetime],
    trace_id: str,
    transaction: Transaction,
    *,
    origin: Origin = "backfill",
) -> list[Run] | None:
    schedule = _find(transaction, schedule_id)
    if schedule is None:
        return None
    step = stored(transaction, schedule.step_id)
    if step is None:
        raise UnknownStep(f"no step is stored as {schedule.step_id!r:.80}")
    began = _now(transaction)
    return [_run(transaction, schedule, step, began, trace_id, origin) for _ in moments]


def _list_due(transaction: Transaction) -> list[Row]:
    return transaction.all("list_due_schedules", limit=AT_ONCE)


def _fire(transaction: Transaction) -> int:
    rows = _list_due(transaction)
    now = _now(transaction)
    for row in rows:
        schedule, transaction = _schedule(row), for_tenant(transaction, row["tenant"])
        assert schedule.next_at is not None, "it is due"
        moments, next_at = due(schedule.timing, schedule.next_at, now)
        runs = [run for tick in moments if (run := _tick(transaction, schedule, tick))]
        transaction.change(
            "move_schedule",
            schedule_id=schedule.schedule_id,
            next_at=_written(next_at),
            last_at=_written(moments[-1]) if runs else None,
            run_id=runs[-1].id if runs else None,
            skipped=len(moments) - len(runs),
        )
    return len(rows)


def _tick(transaction: Transaction, schedule: Schedule, tick: datetime) -> Run | None:
    """Make the run of one tick, unless one is under way that it must not overlap."""
    if schedule.overlap == "skip":
        which = {"schedule_id": schedule.schedule_id}
        if transaction.one("find_run_of_schedule", **which) is not None:
            return None
    step = stored(transaction, schedule.step_id)
    if step is None:
        return None
    return _run(transaction, schedule, step, tick, secrets.token_hex(16), "schedule")


def _run(
    transaction: Transaction,
    schedule: Schedule,
    step: StoredStep,
    began: datetime,
    trace_id: str,
    origin: Origin,
) -> Run:
    inputs = msgspec.json.decode(schedule.inputs, type=dict[str, msgspec.Raw])
    budget = schedule.time_budget
    job = Job(
        ticket=Ticket(
            tenant=whose(transaction),
            step_id=step.step_id,
            key=None,
            body_digest=b"",
            trace_id=trace_id,
            callback_url=callback_of(step.document),
        ),
        document=order_document(step, inputs),
        origin=origin,
        queueing=queueing_of(step.document),
        cycles=Cycles(
            schedule_id=schedule.schedule_id,
            left=schedule.max_cycles - 1,
            until=None if budget is None else began + budget,
        ),
    )
    return register(transaction, job, new_id())


def _find(transaction: Transaction, schedule_id: ScheduleId) -> Schedule | None:
    row = transaction.one("find_schedule", schedule_id=schedule_id)
    return None if row is None else _schedule(row)


def _existing(transaction: Transaction, schedule_id: ScheduleId) -> Schedule:
    schedule = _find(transaction, schedule_id)
    assert schedule is not None, "it was kept in this transaction"
    return schedule


def _schedule(row: Row) -> Schedule:
    budget = row["time_budget_seconds"]
    return Schedule(
        schedule_id=row["schedule_id"],
        step_id=StepId(row["step_id"]),
        timing=Timing(cron=row["cron"], time_zone=row["time_zone"], misfire=row["misfire"]),
        overlap=row["overlap"],
        max_cycles=row["max_cycles"],
        time_budget=None if budget is None else timedelta(seconds=budget),
        paused=bool(row["paused"]),
        inputs=row["inputs"],
        version=row["version"],
        next_at=_read(row["next_at"]),
        last_at=_read(row["last_at"]),
        last_run_id=row["last_run_id"],
        skipped=row["skipped"],
    )


def _now(transaction: Transaction) -> datetime:
    row = transaction.one("now")
    assert row is not None, "a database has a time"
    return datetime.fromisoformat(row["now"])


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else instant(moment)


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
