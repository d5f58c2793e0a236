"""Run a step, and look at runs."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from typing import Final, cast, get_args

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
from processor.job import Job
from processor.run import Run, RunId, State, Ticket
from processor.schema import unreadable_inputs
from processor.step import Order, Profile, Step, decode_order, refused, step_id

from .bodies import MOST_ITEMS, answer_json, number
from .parts import Parts, parts_of
from .problems import problem
from .rows import JSON, Sent, answer_rows, aside, asked_for, read_order
from .shapes import NODE, as_node, asked_shape
from .streams import stream_rows, wants_stream
from .traces import TRACE_ID

STATES: Final = get_args(State)
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
    parts = parts_of(request)
    sent = await read_order(request)
    return await run_order(request, sent, await _decoded(sent.body, parts.profiles))


async def run_order(request: web.Request, sent: Sent, order: Order) -> web.StreamResponse:
    """Run an order here and now, or keep it as a job where the caller or the step cannot wait."""
    parts = parts_of(request)
    shape = asked_shape(request.query.get("shape"))
    preferred = _preferences(request)
    run = await _begun(request, sent, order, preferred)
    if wants_stream(request, preferred):
        return await stream_rows(request, RunId(run.id) if isinstance(run, Run) else run)
    if isinstance(run, Run) and run.state not in ("queued", "running"):
        run = await parts.runs.whole(run)
        if shape == NODE:
            return answer_json(as_node(run))
        if run.state == "succeeded":
            return await _answer_success(request, run)
    return _answer(request, run, "outcome=problem" in preferred)


async def _begun(
    request: web.Request, sent: Sent, order: Order, preferred: frozenset[str]
) -> Run | RunId:
    """Give what became of an order while its caller waited; for a stream of rows nobody waits."""
    parts = parts_of(request)
    require_callbacks(parts, order.step)
    ticket = Ticket(
        tenant=parts.tenant,
        step_id=order.step.id,
        key=_key(request),
        body_digest=sent.digest,
        trace_id=request[TRACE_ID],
        callback_url=order.step.callback_url,
    )
    run = None
    if "respond-async" not in preferred:
        await parts.environments.prepare(order.step.environment, _patience(preferred, 0.0))
        patience = _patience(preferred, LONGEST_WAIT_SECONDS)
        streams = wants_stream(request, preferred)
        run = await parts.engine.run(order, ticket, timedelta() if streams else patience)
    if run is None:
        job = Job(ticket=ticket, document=sent.body, queueing=order.step.queueing)
        run = await parts.queue.submit(order, job)
    return run


def require_callbacks(parts: Parts, step: Step) -> None:
    """Refuse a step that wishes for callbacks where none are sent."""
    if step.callback_url is not None and not parts.sends_callbacks:
        message = "this service sends no callbacks: its operator has set no `callbacks.secret`"
        raise refused("/step/callback", message)


async def _decoded(body: bytes, profiles: Mapping[str, Profile]) -> Order:
    """Read a request; where its rows are what JSON cannot carry, say in which row (rule 17)."""
    try:
        return await aside(decode_order, body, profiles)
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
    return await answer_rows(await _existing(request), asked_for(request), parts_of(request))


async def cancel(request: web.Request) -> web.Response:
    """POST /v1/runs/ID/cancel: 200 with the run where it has ended, 202 where it will."""
    run_id = RunId(request.match_info["run_id"])
    run = await parts_of(request).queue.cancel(run_id)
    if run is None:
        raise UnknownRun(f"no run has the id {run_id!r:.80}")
    return answer_json(run, status=202 if run.state == "running" else 200)


async def redrive(request: web.Request) -> web.Response:
    """POST /v1/runs/ID/redrive: run a dead letter again; 202 with the other run."""
    run = await parts_of(request).queue.redrive(RunId(request.match_info["run_id"]))
    return _accepted(RunId(run.id), run.state)


async def history(request: web.Request) -> web.Response:
    """GET /v1/runs: runs, newest first."""
    limit = number(request, "limit", 100, most=MOST_ITEMS)
    state = request.query.get("state")
    if state is not None and state not in STATES:
        raise InvalidRequest(f"the query's `state` is one of {', '.join(STATES)}")
    step = request.query.get("step_id")
    listed = await parts_of(request).queue.jobs.list(
        step_id=None if step is None else step_id(step, "/step_id"),
        state=cast("State | None", state),
        dead_letters=_is_true(request, "dead_letter"),
        before=cast("RunId | None", request.query.get("cursor")),
        limit=limit,
    )
    following = listed[-1].id if len(listed) == limit else None
    return answer_json({"items": listed, "next": following})


def _is_true(request: web.Request, name: str) -> bool:
    text = request.query.get(name, "false")
    if text not in ("true", "false"):
        raise InvalidRequest(f"the query's `{name}` is true or false")
    return text == "true"


async def figure(request: web.Request) -> web.Response:
    """GET /v1/runs/ID/figures/INDEX: a figure, as PNG, or as SVG with `.svg` behind it."""
    index, _, form = request.match_info["index"].partition(".")
    media_type = _FORMS.get(form)
    found = None
    if media_type is not None and index.isdecimal() and len(index) <= LONGEST_INDEX:
        run_id = RunId(request.match_info["run_id"])
        found = await parts_of(request).runs.figure(run_id, int(index))
    if found is None:
        raise UnknownFigure("the run has no such figure")
    body = found.svg if form == "svg" else found.png
    return web.Response(body=body, content_type=media_type, headers=_HARMLESS)


async def _existing(request: web.Request) -> Run:
    run_id = RunId(request.match_info["run_id"])
    run = await parts_of(request).runs.get(run_id)
    if run is None:
        raise UnknownRun(f"no run has the id {run_id!r:.80}")
    return run


async def _answer_success(request: web.Request, run: Run) -> web.Response:
    media_type = asked_for(request)
    if media_type != JSON:
        with suppress(NotAcceptable, NoRows):  # the run has ended, and its answer must not be lost
            return await answer_rows(run, media_type, parts_of(request))
    return answer_json(run)


def _answer(request: web.Request, run: Run | RunId, as_problem: bool) -> web.Response:
    if not isinstance(run, Run):
        return _accepted(run, "running")
    if run.state in ("queued", "running"):
        return _accepted(RunId(run.id), run.state)
    if as_problem and run.state == "failed":
        error = msgspec.json.decode(run.error)
        code, detail, retryable = error["code"], error["message"], error["retryable"]
        return problem(request, 422, code, detail, run_id=run.id, retryable=retryable)
    return answer_json(run)


def _accepted(run_id: RunId, state: State) -> web.Response:
    body = {"id": run_id, "state": state}
    return answer_json(body, status=202, headers={"Location": f"/v1/runs/{run_id}"})


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
