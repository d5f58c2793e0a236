"""What happens to a run, as it happens: as server-sent events, or as NDJSON."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import msgspec
import structlog
from aiohttp import web

from processor.errors import InvalidRequest, ProcessorFault, UnknownRun
from processor.notice import Notice
from processor.run import RunId

from .parts import parts_of

log = structlog.get_logger()

SSE: Final = "text/event-stream"
NDJSON: Final = "application/x-ndjson"
AT_ONCE: Final = 500
LOOK: Final = timedelta(milliseconds=100)
SILENCE: Final = timedelta(seconds=15)
"""After which a line without meaning keeps proxies from hanging up."""
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


async def events(request: web.Request) -> web.StreamResponse:
    """GET /v1/runs/ID/events: what was told of the run after `Last-Event-ID`, until its end."""
    run_id = RunId(request.match_info["run_id"])
    if await parts_of(request).notices.is_over(run_id) is None:
        raise UnknownRun(f"no run has the id {run_id!r:.80}")
    after = _after(request)
    accepted = ",".join(request.headers.getall("Accept", ()))
    media_type, spell, silence = (
        (NDJSON, _as_line, b"\n") if NDJSON in accepted.lower() else (SSE, _as_event, b":\n\n")
    )
    response = web.StreamResponse(headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
    response.content_type = media_type
    await response.prepare(request)
    try:
        async for notices in _told(request, run_id, after):
            await response.write(b"".join(map(spell, notices)) or silence)
    except ProcessorFault as fault:
        # It is too late for a problem: without the run's end, whoever listens comes back.
        log.warning("events_ended", run=run_id, reason=str(fault))
    await response.write_eof()
    return response


async def _told(request: web.Request, run_id: RunId, after: int) -> AsyncIterator[list[Notice]]:
    """Give notices as they come, nothing now and then, and end after the run's end."""
    parts, silent = parts_of(request), timedelta()
    while True:
        # Asked before the notices are read: what is told after that answer is the end's own.
        is_over = await parts.notices.is_over(run_id) is not False or parts.engine.draining
        notices = [*await parts.notices.after(run_id, after, limit=AT_ONCE)]
        if notices:
            yield notices
            after, silent = notices[-1].number, timedelta()
        elif is_over:
            return
        elif silent >= SILENCE:
            yield []
            silent = timedelta()
        if not is_over:
            await asyncio.sleep(LOOK.total_seconds())
            silent += LOOK


def _after(request: web.Request) -> int:
    told = (request.headers.get("Last-Event-ID"), request.query.get("after"))
    given = [each for each in told if each]
    if not all(map(_NUMBER.fullmatch, given)):
        raise InvalidRequest("Last-Event-ID and `after` take the id of an event of this run")
    return int(given[0]) if given else 0


def _as_event(notice: Notice) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        notice.number,
        notice.kind.encode(),
        notice.content,
    )


def _as_line(notice: Notice) -> bytes:
    line = {"id": notice.number, "event": notice.kind, "data": msgspec.Raw(notice.content)}
    return msgspec.json.encode(line) + b"\n"
