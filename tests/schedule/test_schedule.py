"""When a schedule is due, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.run import Claim, Movement, Run, RunId
from processor.schedule import Timing, due, goes_on, next_tick, read_cron
from processor.schedule.schedule import MOST_AT_ONCE
from tests.store.build import a_run, a_ticket

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EVERY_MINUTE = "* * * * *"


def timing(misfire: Any = "coalesce", cron: str = EVERY_MINUTE, zone: str = "UTC") -> Timing:
    return Timing(cron=cron, time_zone=zone, misfire=misfire)


@pytest.mark.parametrize("misfire", ["coalesce", "all", "skip"])
def test_a_tick_that_is_on_time_fires_once(misfire: Any) -> None:
    moments, following = due(timing(misfire), NOON, NOON + timedelta(seconds=5))

    assert (moments, following) == ([NOON], NOON + MINUTE)


@pytest.mark.parametrize("misfire", ["coalesce", "all", "skip"])
def test_nothing_is_due_before_its_time(misfire: Any) -> None:
    assert due(timing(misfire), NOON, NOON - timedelta(seconds=1)) == ([], NOON)


def test_missed_ticks_become_one_run() -> None:
    moments, following = due(timing("coalesce"), NOON, NOON + 10 * MINUTE)

    assert (moments, following) == ([NOON], NOON + 11 * MINUTE)


def test_missed_ticks_become_a_run_each() -> None:
    moments, following = due(timing("all"), NOON, NOON + 3 * MINUTE)

    assert moments == [NOON + n * MINUTE for n in range(4)]
    assert following == NOON + 4 * MINUTE


def test_many_missed_ticks_come_in_parts() -> None:
    now = NOON + 250 * MINUTE
    found: list[datetime] = []
    following: datetime | None = NOON
    while following is not None and following <= now:
        moments, following = due(timing("all"), following, now)
        assert len(moments) <= MOST_AT_ONCE
        found += moments

    assert found == [NOON + n * MINUTE for n in range(251)]


def test_missed_ticks_are_skipped_but_for_one_that_is_hardly_late() -> None:
    moments, following = due(timing("skip"), NOON, NOON + 10 * MINUTE + timedelta(seconds=20))

    assert (moments, following) == ([NOON + 10 * MINUTE], NOON + 11 * MINUTE)
    hourly = timing("skip", "0 * * * *")
    assert due(hourly, NOON, NOON + 10 * MINUTE) == ([], NOON + 60 * MINUTE)


@given(st.sampled_from(["coalesce", "all", "skip"]), st.integers(0, 10_000), st.integers(0, 59))
def test_no_tick_comes_twice_and_the_next_one_is_later(
    misfire: Any, late: int, seconds: int
) -> None:
    now = NOON + late * MINUTE + timedelta(seconds=seconds)

    moments, following = due(timing(misfire), NOON, now)

    assert moments == sorted(set(moments))
    assert all(NOON <= tick <= now for tick in moments)
    assert following is not None
    assert not moments or following > moments[-1]


def test_a_time_zone_is_kept_over_daylight_saving() -> None:
    nightly = timing(cron="30 2 * * *", zone="Europe/Prague")

    before = next_tick(nightly, datetime(2026, 3, 27, 12, tzinfo=UTC))
    in_the_gap = next_tick(nightly, datetime(2026, 3, 28, 12, tzinfo=UTC))
    after = next_tick(nightly, datetime(2026, 3, 29, 12, tzinfo=UTC))

    assert before == datetime(2026, 3, 28, 1, 30, tzinfo=UTC)
    assert in_the_gap == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert after == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


def test_an_hour_that_comes_twice_has_its_tick_once() -> None:
    nightly = timing("all", "30 2 * * *", "Europe/Prague")
    first = next_tick(nightly, datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert first is not None

    assert next_tick(nightly, first) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "why"),
    [
        ("* * * *", "UTC", "no cron expression"),
        ("61 * * * *", "UTC", "no cron expression"),
        ("0 0 30 2 *", "UTC", "no cron expression"),
        ("", "UTC", "no cron expression"),
        ("* " * 101, "UTC", "at most 200"),
        (EVERY_MINUTE, "Europe/Nowhere", "no time zone"),
        (EVERY_MINUTE, "../../etc/passwd", "no time zone"),
        (EVERY_MINUTE, "/etc/localtime", "no time zone"),
        (EVERY_MINUTE, "", "no time zone"),
    ],
)
def test_what_has_no_ticks_is_told(cron: str, zone: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_cron(timing(cron=cron, zone=zone))


@pytest.mark.parametrize("cron", [EVERY_MINUTE, "*/10 * * * * *", "0 0 29 2 *", "0 9 * * MON-FRI"])
def test_a_cron_expression_is_taken(cron: str) -> None:
    read_cron(timing(cron=cron))


# Cycles


def ended(before: bytes = b"1", after: bytes = b"2", **changes: Any) -> Run:
    claim = Claim(run_id=RunId("r"), ticket=a_ticket(), attempt=1, fence=1, checkpoint=None)
    movement = Movement(
        before=msgspec.Raw(before), after=msgspec.Raw(after), committed=True, version=1
    )
    return msgspec.structs.replace(a_run(claim), **{"checkpoint": movement, **changes})


def test_a_run_that_moved_its_checkpoint_goes_on() -> None:
    assert goes_on(ended(), cycles_left=1)


@pytest.mark.parametrize(
    ("run", "left"),
    [
        (ended(), 0),
        (ended(row_count=0), 1),
        (ended(state="failed"), 1),
        (ended(after=b"1"), 1),
        (ended(checkpoint=None), 1),
    ],
)
def test_a_run_stops_when_cycles_rows_or_progress_are_at_an_end(run: Run, left: int) -> None:
    assert not goes_on(run, cycles_left=left)
