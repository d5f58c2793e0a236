"""Run a step, and look at runs."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from typing import Final

import msgspec
from aiohttp import web

from processor.errors import (
    Detail,
    InvalidRequest,
    NoRows,
    NotAcceptable,
    RefusedRows,
    UnknownFigure,
    UnknownRun,
)
from processor.run import Run, RunId, Ticket
from processor.schema import unreadable_inputs
from processor.step import Order, Profile, decode_order

from .bodies import answer_json
from .parts import PARTS
from .problems import problem
from .rows import JSON, answer_rows, asked_for, read_order
from .shapes import NODE, as_node, asked_shape
from .streams import stream_rows, wants_stream
from .traces import TRACE_ID

LONGEST_KEY: Final = 255
LONGEST_WAIT_SECONDS: Final = 300.0
LONGEST_INDEX: Final = 4
LARGEST_EXPLAINED: Final = 4 << 20
"""Of a request that is no JSON, in bytes; explaining takes another, slower reading."""
MOST_EXPLAINED: Final = 20
_FORMS: Final = {"": "image/png", "png": "image/png", "svg": "image/svg+xml"}
_HARMLESS: Final = {
    # A statement made it, and an SVG may hold a script: let no browser run it as ours.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
_WAIT: Final = re.compile(r"wait=(\d{1,6})")


async def start(request: web.Request) -> web.StreamResponse:
    """
    POST /v1/runs: run a step once; 200 with the run, or 202 where it is still under way.

    Who asks for rows in another form than JSON gets them alone where the run has succeeded, or as
    they come where they are streamed.
    """
    parts = request.app[PARTS]
    shape = asked_shape(request.query.get("shape"))
    sent = await read_order(request)
    order = await _decoded(sent.body, parts.profiles)
    ticket = Ticket(
        step_id=order.step.id,
        key=_key(request),
        body_digest=sent.digest,
        trace_id=request[TRACE_ID],
    )
    preferred = _preferences(request)
    await parts.environments.prepare(order.step.environment, _patience(preferred, 0.0))
    streams = wants_stream(request, preferred)
    at_once = streams or "respond-async" in preferred
    patience = _patience(preferred, LONGEST_WAIT_SECONDS)
    run = await parts.engine.run(order, ticket, patience, at_once=at_once)
    if streams:
        return await stream_rows(request, RunId(run.id) if isinstance(run, Run) else run)
    if isinstance(run, Run):
        run = await parts.runs.whole(run)
        if shape == NODE:
            return answer_json(as_node(run))
        if run.state == "succeeded":
            return await _answer_success(request, run)
    return _answer(request, run, "outcome=problem" in preferred)


async def _decoded(body: bytes, profiles: Mapping[str, Profile]) -> Order:
    """Read a request; where its rows are what JSON cannot carry, say in which row (rule 17)."""
    try:
        return decode_order(body, profiles)
    except InvalidRequest as refusal:
        whole = [detail.pointer for detail in refusal.details] == [""]
        if not whole or len(body) > LARGEST_EXPLAINED:
            raise
        found = await asyncio.to_thread(lambda: [*islice(unreadable_inputs(body), MOST_EXPLAINED)])
        if not found:
            raise
    details = tuple(
        Detail(f"/inputs/{name}{mismatch.pointer}", mismatch.message) for name, mismatch in found
    )
    raise RefusedRows(f"{found[0][0]}: {details[0].message}", details=details)


async def show(request: web.Request) -> web.Response:
    """GET /v1/runs/ID: a run as it was answered, or as it stands; with `?shape=node` as a node."""
    shape = asked_shape(request.query.get("shape"))
    run = await _existing(request)
    ended = run.state not in ("queued", "running")
    return answer_json(as_node(run) if shape == NODE and ended else run)


async def rows(request: web.Request) -> web.StreamResponse:
    """GET /v1/runs/ID/rows: the rows alone, in the form that `Accept` asks for; or as they come."""
    if wants_stream(request, _preferences(request)):
        return await stream_rows(request, RunId(request.match_info["run_id"]))
    return await answer_rows(await _existing(request), asked_for(request), request.app[PARTS])


async def figure(request: web.Request) -> web.Response:
    """GET /v1/runs/ID/figures/INDEX: a figure, as PNG, or as SVG with `.svg` behind it."""
    index, _, form = request.match_info["index"].partition(".")
    media_type = _FORMS.get(form)
    found = None
    if media_type is not None and index.isdecimal() and len(index) <= LONGEST_INDEX:
        run_id = RunId(request.match_info["run_id"])
        found = await request.app[PARTS].runs.figure(run_id, int(index))
    if found is None:
        raise UnknownFigure("the run has no such figure")
    body = found.svg if form == "svg" else found.png
    return web.Response(body=body, content_type=media_type, headers=_HARMLESS)


async def _existing(request: web.Request) -> Run:
    run_id = RunId(request.match_info["run_id"])
    run = await request.app[PARTS].runs.get(run_id)
    if run is None:
        raise UnknownRun(f"no run has the id {run_id!r:.80}")
    return run


async def _answer_success(request: web.Request, run: Run) -> web.Response:
    media_type = asked_for(request)
    if media_type != JSON:
        with suppress(NotAcceptable, NoRows):  # the run has ended, and its answer must not be lost
            return await answer_rows(run, media_type, request.app[PARTS])
    return answer_json(run)


def _answer(request: web.Request, run: Run | RunId, as_problem: bool) -> web.Response:
    if not isinstance(run, Run):
        body = {"id": run, "state": "running"}
        return answer_json(body, status=202, headers={"Location": f"/v1/runs/{run}"})
    if as_problem and run.state == "failed":
        error = msgspec.json.decode(run.error)
        code, detail, retryable = error["code"], error["message"], error["retryable"]
        return problem(request, 422, code, detail, run_id=run.id, retryable=retryable)
    return answer_json(run)


def _key(request: web.Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise InvalidRequest(f"Idempotency-Key has 1 to {LONGEST_KEY} printable characters")
    return key


def _preferences(request: web.Request) -> frozenset[str]:
    given = ",".join(request.headers.getall("Prefer", ())).replace(";", ",")
    return frozenset(preference.strip().lower() for preference in given.split(","))


def _patience(preferred: frozenset[str], otherwise: float) -> timedelta:
    """Give how long a caller waits, `otherwise` where it does not say."""
    waits = [match for match in map(_WAIT.fullmatch, preferred) if match]
    seconds = min((float(wait[1]) for wait in waits), default=otherwise)
    return timedelta(seconds=min(seconds, LONGEST_WAIT_SECONDS))
