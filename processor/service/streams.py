"""
Rows as they come, as NDJSON: a line each, and a last line that says how the run ended.

Read from the store, where a run's rows are kept as they come: so a caller who reads slowly holds
up nobody, one who goes away ends nothing, and who asks again gets the same rows.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Final

import msgspec
import structlog
from aiohttp import web

from processor.errors import ProcessorFault, UnknownRun
from processor.run import Run, RunId, Runs

from .parts import parts_of
from .rows import asked_for

log = structlog.get_logger()

NDJSON: Final = "application/x-ndjson"
LOOK_SECONDS: Final = 0.05
"""Between two looks for more rows, where none came."""
LONGEST_SILENCE_SECONDS: Final = 300.0
"""Without a row or an end, as long as a caller would be kept waiting for an answer."""


def wants_stream(request: web.Request, preferred: Collection[str]) -> bool:
    """Whether a caller prefers rows as they come, and takes the one form that they come in."""
    return "stream" in preferred and asked_for(request) == NDJSON


async def stream_rows(request: web.Request, run_id: RunId) -> web.StreamResponse:
    """
    Answer with the rows of a run as they come; raises UnknownRun.

    What goes wrong once the answer has begun can only cut it: it then has no last line.
    """
    runs = parts_of(request).runs
    run = await runs.glance(run_id)
    if run is None:
        raise UnknownRun(f"no run has the id {run_id!r:.80}")
    headers = {
        "Processor-Run-Id": run_id,
        "Preference-Applied": "stream",
        "Vary": "Accept, Prefer",
    }
    response = web.StreamResponse(headers=headers)
    response.content_type = NDJSON
    await response.prepare(request)
    try:
        async for lines in _lines(runs, run):
            await response.write(lines)
        await response.write_eof()
    except ProcessorFault:
        log.exception("stream_failed")
        _cut(request)
    except ConnectionError:
        pass  # the caller has gone; the run has not
    return response


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _lines(runs: Runs, run: Run) -> AsyncIterator[bytes]:
    """Give the lines of a run, many at a time, and at last the one that says how it ended."""
    run_id, attempt, position = RunId(run.id), run.attempts, 0
    silent = 0.0
    while silent < LONGEST_SILENCE_SECONDS:
        found = await runs.glance(run_id)  # before its rows: of a run that has ended all are there
        if found is None or (position and found.attempts != attempt):
            return  # it runs anew, and what was sent of it counts for nothing
        attempt = found.attempts
        while (rows := await runs.chunk(run_id, position)) is not None:
            yield _row_lines(rows)
            position, silent = position + 1, 0.0
        if found.state not in ("queued", "running"):
            if bytes(found.rows) != b"null":
                yield _row_lines(bytes(found.rows))
            yield _last_line(found)
            return
        await asyncio.sleep(LOOK_SECONDS)
        silent += LOOK_SECONDS


def _row_lines(rows: bytes) -> bytes:
    each = msgspec.json.decode(rows, type=list[msgspec.Raw])
    return b"".join([b'{"row":%b}\n' % bytes(row) for row in each])


def _last_line(run: Run) -> bytes:
    told = msgspec.structs.replace(run, rows=msgspec.Raw(b"null"))
    return b'{"run":%b}\n' % msgspec.json.encode(told)
