"""A schedule: a stored step that runs by the clock, until it has caught up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, Literal, NewType, Protocol, TypeAlias
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from processor.run import Run
from processor.step import StepId

ScheduleId = NewType("ScheduleId", str)

Misfire: TypeAlias = Literal["coalesce", "all", "skip"]
"""What becomes of ticks that were missed: one run for all, a run for each, none."""
Overlap: TypeAlias = Literal["skip", "queue"]
"""What becomes of a tick while a run of the schedule waits or is under way."""

LONGEST_CRON: Final = 200
GRACE: Final = timedelta(minutes=1)
"""A tick that is no later than this was not missed."""
MOST_AT_ONCE: Final = 100
"""Ticks of one schedule; the others come right after."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """When a schedule is due."""

    cron: str
    """Five fields, or six with seconds first."""
    time_zone: str = "UTC"
    misfire: Misfire = "coalesce"


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """A schedule as it stands."""

    schedule_id: ScheduleId
    step_id: StepId
    timing: Timing
    overlap: Overlap = "skip"
    max_cycles: int = 1
    """As many runs follow each other, each from the checkpoint that the one before committed."""
    time_budget: timedelta | None = None
    """No cycle begins later than this after its tick was due."""
    paused: bool = False
    inputs: bytes = b"{}"
    """The `inputs` of each run, as JSON."""
    version: int = 0
    next_at: datetime | None = None
    """None where it is never due again."""
    last_at: datetime | None = None
    """The tick that it fired for last."""
    last_run_id: str | None = None
    skipped: int = 0
    """How many ticks made no run: a run was under way, or the step is not stored."""


class Schedules(Protocol):
    """Schedules, each tick of which fires once, whichever process sees it first."""

    async def get(self, schedule_id: ScheduleId) -> Schedule | None:
        """Give a schedule, or None where there is none."""

    async def list(self, *, after: ScheduleId | None, limit: int) -> Sequence[Schedule]:
        """Give schedules in the order of their ids, beyond one if that is given."""

    async def put(self, schedule: Schedule, *, expected_version: int | None) -> Schedule:
        """
        Keep a schedule; its next tick is the first one from now on.

        Raises VersionMoved where `expected_version` is given and is not the current one; 0 means
        that there must be none.
        """

    async def remove(self, schedule_id: ScheduleId) -> bool:
        """Let a schedule be gone, and tell whether it was there; its runs go on."""

    async def pause(self, schedule_id: ScheduleId, *, paused: bool) -> Schedule | None:
        """Let a schedule rest, or go on from its next tick from now; None where there is none."""

    async def trigger(self, schedule_id: ScheduleId, trace_id: str) -> Run | None:
        """Make a run of a schedule now, whatever the clock says; raises UnknownStep."""

    async def backfill(
        self, schedule_id: ScheduleId, moments: Sequence[datetime], trace_id: str
    ) -> Sequence[Run] | None:
        """Make a run for each of these ticks; raises UnknownStep."""

    async def fire(self) -> int:
        """Make the runs of some ticks that are due; tell how many schedules were looked at."""


def read_cron(timing: Timing) -> None:
    """Raise ValueError, which says why, where a timing has no ticks."""
    if len(timing.cron) > LONGEST_CRON:
        raise ValueError(f"a cron expression has at most {LONGEST_CRON} characters")
    try:
        zone = ZoneInfo(timing.time_zone)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{timing.time_zone!r:.80} is no time zone") from None
    try:
        CronSim(timing.cron, datetime.now(zone))
    except CronSimError as error:
        raise ValueError(f"{timing.cron!r:.80} is no cron expression: {error}") from None


def ticks(timing: Timing, after: datetime) -> Iterator[datetime]:
    """Give the moments at which a schedule is due, in UTC, later than one."""
    zone = ZoneInfo(timing.time_zone)
    for tick in CronSim(timing.cron, after.astimezone(zone)):
        yield tick.astimezone(UTC)


def next_tick(timing: Timing, after: datetime) -> datetime | None:
    """Give the first tick after a moment; None where there is none in this century."""
    return next(ticks(timing, after), None)


def due(timing: Timing, next_at: datetime, now: datetime) -> tuple[list[datetime], datetime | None]:
    """
    Give the ticks to make runs for, and the next one to wait for.

    `next_at` is the earliest tick that nothing was done about.
    """
    if next_at > now:
        return [], next_at
    following = next_tick(timing, now)
    match timing.misfire:
        case "coalesce":
            return [next_at], following
        case "skip":
            since = max(next_at - timedelta(seconds=1), now - GRACE)
            recent = [tick for tick in islice(ticks(timing, since), MOST_AT_ONCE) if tick <= now]
            return recent, following
        case "all":
            later = islice(ticks(timing, next_at), MOST_AT_ONCE - 1)
            missed = [next_at, *(tick for tick in later if tick <= now)]
            return missed, next_tick(timing, missed[-1])


def goes_on(run: Run, *, cycles_left: int) -> bool:
    """Tell whether another cycle is worth it: there were rows, and the checkpoint has moved."""
    movement = run.checkpoint
    return (
        cycles_left > 0
        and run.state == "succeeded"
        and bool(run.row_count)
        and movement is not None
        and movement.committed
        and movement.before != movement.after
    )
