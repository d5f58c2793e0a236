"""Scheduled incremental syncs: when they run, what they run, by hand and after the fact."""

import re
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Annotated, Any, Final

import msgspec
from aiohttp import web

from processor.errors import UnknownSchedule
from processor.run import Run
from processor.schedule import Misfire, Overlap, Schedule, ScheduleId, Timing, read_cron, ticks
from processor.step import decode_order, decoded, order_document, refused, step_id

from .bodies import MOST_ITEMS, answer_json, expected_version, number, read_json
from .parts import parts_of
from .traces import TRACE_ID

MOST_BACKFILLED: Final = 1000
LARGEST_INPUTS: Final = 1 << 20
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class _Put(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    step_id: str
    cron: str
    time_zone: str = "UTC"
    misfire: Misfire = "coalesce"
    overlap: Overlap = "skip"
    max_cycles: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    time_budget_seconds: Annotated[float, msgspec.Meta(gt=0, le=31_536_000)] | None = None
    paused: bool = False
    inputs: dict[str, msgspec.Raw] = {}


class _Backfill(msgspec.Struct, forbid_unknown_fields=True):
    first: datetime = msgspec.field(name="from")
    last: datetime = msgspec.field(name="to")


async def show(request: web.Request) -> web.Response:
    """GET /v1/schedules/ID."""
    return _answer(await _existing(request))


async def listing(request: web.Request) -> web.Response:
    """GET /v1/schedules: every schedule, in the order of their ids."""
    limit = number(request, "limit", 100, most=MOST_ITEMS)
    cursor = request.query.get("cursor")
    after = None if cursor is None else ScheduleId(cursor)
    found = await parts_of(request).schedules.list(after=after, limit=limit)
    following = found[-1].schedule_id if len(found) == limit else None
    return answer_json({"items": [_shown(each) for each in found], "next": following})


async def put(request: web.Request) -> web.Response:
    """PUT /v1/schedules/ID: run a stored step by the clock."""
    parts = parts_of(request)
    given: _Put = decoded(await read_json(request), _Put)
    schedule = await _read(request, given)

    async def now() -> int | None:
        found = await parts.schedules.get(schedule.schedule_id)
        return None if found is None else found.version

    expected = await expected_version(request, now)
    return _answer(await parts.schedules.put(schedule, expected_version=expected))


async def remove(request: web.Request) -> web.Response:
    """DELETE /v1/schedules/ID: fire no more; its runs go on."""
    if not await parts_of(request).schedules.remove(_id(request)):
        raise _unknown(request)
    return web.Response(status=204)


async def pause(request: web.Request) -> web.Response:
    """POST /v1/schedules/ID/pause: fire no more until it is resumed."""
    return await _paused(request, paused=True)


async def resume(request: web.Request) -> web.Response:
    """POST /v1/schedules/ID/resume: fire again, from the next tick on."""
    return await _paused(request, paused=False)


async def trigger(request: web.Request) -> web.Response:
    """POST /v1/schedules/ID/trigger: run it now; 202 with the run."""
    parts = parts_of(request)
    run = await parts.schedules.trigger(_id(request), request[TRACE_ID])
    if run is None:
        raise _unknown(request)
    parts.queue.wake()
    return answer_json(_run(run), status=202, headers={"Location": f"/v1/runs/{run.id}"})


async def backfill(request: web.Request) -> web.Response:
    """POST /v1/schedules/ID/backfill: a run for each tick of a span; 202 with the runs."""
    parts = parts_of(request)
    given: _Backfill = decoded(await read_json(request), _Backfill)
    for name, moment in (("from", given.first), ("to", given.last)):
        if moment.tzinfo is None:
            raise refused(f"/{name}", "give a time with its offset, such as 2024-01-01T00:00:00Z")
    schedule = await _existing(request)
    after = given.first - timedelta(seconds=1)
    wanted = takewhile(lambda tick: tick <= given.last, ticks(schedule.timing, after))
    moments = list(islice(wanted, MOST_BACKFILLED + 1))
    if len(moments) > MOST_BACKFILLED:
        raise refused("/to", f"the span has more than {MOST_BACKFILLED:,} ticks")
    runs = await parts.schedules.backfill(schedule.schedule_id, moments, request[TRACE_ID])
    if runs is None:
        raise _unknown(request)
    parts.queue.wake()
    return answer_json({"items": [_run(run) for run in runs]}, status=202)


async def _read(request: web.Request, given: _Put) -> Schedule:
    timing = Timing(cron=given.cron, time_zone=given.time_zone, misfire=given.misfire)
    try:
        read_cron(timing)
    except ValueError as error:
        pointer = "/time_zone" if "time zone" in str(error) else "/cron"
        raise refused(pointer, str(error)) from None
    inputs = msgspec.json.encode(given.inputs)
    if len(inputs) > LARGEST_INPUTS:
        raise refused("/inputs", f"a schedule has at most {LARGEST_INPUTS:,} bytes of inputs")
    if "DATA_CHECKPOINT" in given.inputs:
        message = "a schedule runs from the stored checkpoint; set that instead"
        raise refused("/inputs/DATA_CHECKPOINT", message)
    chosen = step_id(given.step_id, "/step_id")
    stored = await parts_of(request).steps.get(chosen)
    if stored is None:
        raise refused("/step_id", "no step is stored under that id")
    decode_order(order_document(stored, given.inputs), parts_of(request).profiles)
    budget = given.time_budget_seconds
    return Schedule(
        schedule_id=_id(request),
        step_id=chosen,
        timing=timing,
        overlap=given.overlap,
        max_cycles=given.max_cycles,
        time_budget=None if budget is None else timedelta(seconds=budget),
        paused=given.paused,
        inputs=inputs,
    )


async def _paused(request: web.Request, *, paused: bool) -> web.Response:
    schedule = await parts_of(request).schedules.pause(_id(request), paused=paused)
    if schedule is None:
        raise _unknown(request)
    return _answer(schedule)


async def _existing(request: web.Request) -> Schedule:
    schedule = await parts_of(request).schedules.get(_id(request))
    if schedule is None:
        raise _unknown(request)
    return schedule


def _unknown(request: web.Request) -> UnknownSchedule:
    return UnknownSchedule(f"no schedule has the id {_id(request)!r}")


def _id(request: web.Request) -> ScheduleId:
    text = request.match_info["schedule_id"]
    if _ID.fullmatch(text) is None:
        raise refused("/id", "a schedule's id has 1 to 128 letters, digits, dots, - and _")
    return ScheduleId(text)


def _answer(schedule: Schedule) -> web.Response:
    return answer_json(_shown(schedule), headers={"ETag": f'"{schedule.version}"'})


def _shown(schedule: Schedule) -> dict[str, Any]:
    budget = schedule.time_budget
    return {
        "id": schedule.schedule_id,
        "step_id": schedule.step_id,
        "cron": schedule.timing.cron,
        "time_zone": schedule.timing.time_zone,
        "misfire": schedule.timing.misfire,
        "overlap": schedule.overlap,
        "max_cycles": schedule.max_cycles,
        "time_budget_seconds": None if budget is None else budget.total_seconds(),
        "paused": schedule.paused,
        "inputs": msgspec.Raw(schedule.inputs),
        "version": schedule.version,
        "next_at": None if schedule.paused else schedule.next_at,
        "last_at": schedule.last_at,
        "last_run_id": schedule.last_run_id,
        "skipped": schedule.skipped,
    }


def _run(run: Run) -> dict[str, Any]:
    return {"id": run.id, "state": run.state}
