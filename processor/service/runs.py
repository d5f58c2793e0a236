"""Run a step, and look at runs."""

import hashlib
import re
from datetime import timedelta
from typing import Final

import msgspec
from aiohttp import web

from processor.errors import InvalidRequest, UnknownRun
from processor.run import Run, RunId, Ticket
from processor.step import decode_order

from .bodies import answer_json, read_json
from .parts import PARTS
from .problems import problem
from .traces import TRACE_ID

LONGEST_KEY: Final = 255
LONGEST_WAIT_SECONDS: Final = 300.0
_WAIT: Final = re.compile(r"wait=(\d{1,6})")


async def start(request: web.Request) -> web.Response:
    """POST /v1/runs: run a step once; 200 with the run, or 202 where it is still under way."""
    parts = request.app[PARTS]
    body = await read_json(request)
    order = decode_order(body, parts.profiles)
    ticket = Ticket(
        step_id=order.step.id,
        key=_key(request),
        body_digest=hashlib.sha256(body).digest(),
        trace_id=request[TRACE_ID],
    )
    preferred = _preferences(request)
    at_once = "respond-async" in preferred
    run = await parts.engine.run(order, ticket, _patience(preferred), at_once=at_once)
    return _answer(request, run, "outcome=problem" in preferred)


async def show(request: web.Request) -> web.Response:
    """GET /v1/runs/ID: a run as it was answered, or as it stands."""
    run_id = RunId(request.match_info["run_id"])
    run = await request.app[PARTS].runs.get(run_id)
    if run is None:
        raise UnknownRun(f"no run has the id {run_id!r:.80}")
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


def _patience(preferred: frozenset[str]) -> timedelta:
    waits = [match for match in map(_WAIT.fullmatch, preferred) if match]
    seconds = min((float(wait[1]) for wait in waits), default=LONGEST_WAIT_SECONDS)
    return timedelta(seconds=min(seconds, LONGEST_WAIT_SECONDS))
