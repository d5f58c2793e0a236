"""Multi-input branch synchronisation: branches arrive one by one, the run fires once."""

import hashlib
from typing import Any, Final

import msgspec
from aiohttp import web

from processor.errors import UnknownJoin
from processor.join import PRIMARY, Delivery, Join
from processor.step import decoded, refused, step_id, step_of

from .bodies import answer_json, read_json
from .parts import parts_of
from .steps import existing
from .traces import TRACE_ID

LONGEST_KEY: Final = 512


class _Put(msgspec.Struct, forbid_unknown_fields=True):
    rows: msgspec.Raw
    delivery_id: str | None = None


async def deliver(request: web.Request) -> web.Response:
    """PUT /v1/joins/STEP_ID/KEY/branches/NAME: bring the rows of one branch, or again."""
    parts = parts_of(request)
    given: _Put = decoded(await read_json(request), _Put)
    rows = bytes(given.rows)
    if rows[:1] not in (b"[", b"n"):
        raise refused("/rows", "give a list of objects, or null")
    if given.delivery_id is not None:
        _require_name(given.delivery_id, "/delivery_id")
    stored = await existing(request)
    step = step_of(stored, parts.profiles)
    if step.dialect != "body":
        raise refused("/step_id", f"a {step.dialect} has one input, and no branches to wait for")
    if PRIMARY in step.branches:
        raise refused("/name", f"a branch that is named {PRIMARY} cannot be told from the primary")
    delivery = Delivery(
        step_id=stored.step_id,
        key=_key(request),
        branch=request.match_info["branch"],
        delivery_id=given.delivery_id,
        digest=hashlib.sha256(rows).digest(),
        rows=rows,
        trace_id=request[TRACE_ID],
    )
    arrival = await parts.joins.deliver(delivery, stored, step, most_bytes=request.client_max_size)
    if arrival.join.run_id is not None:
        parts.queue.wake()
    body = {
        "disposition": arrival.disposition,
        "state": arrival.join.state,
        "generation": arrival.join.generation,
        "missing": arrival.join.missing,
        "run_id": arrival.join.run_id,
    }
    return answer_json(body, status=202)


async def show(request: web.Request) -> web.Response:
    """GET /v1/joins/STEP_ID/KEY: what has arrived, and what is missing."""
    join = await parts_of(request).joins.get(_step_id(request), _key(request))
    return _answer(request, join)


async def cancel(request: web.Request) -> web.Response:
    """DELETE /v1/joins/STEP_ID/KEY: let it wait no more; what has fired stays as it is."""
    join = await parts_of(request).joins.cancel(_step_id(request), _key(request))
    return _answer(request, join)


def _answer(request: web.Request, join: Join | None) -> web.Response:
    if join is None:
        raise UnknownJoin(f"nothing has arrived under {_key(request)!r:.80}")
    body = {
        "step_id": join.step_id,
        "key": join.key,
        "generation": join.generation,
        "state": join.state,
        "expected": join.expected,
        "arrived": join.arrived,
        "missing": join.missing,
        "late": join.late,
        "deadline": join.deadline,
        "run_id": join.run_id,
    }
    return answer_json(body)


def _step_id(request: web.Request) -> Any:
    return step_id(request.match_info["step_id"], "/step_id")


def _key(request: web.Request) -> str:
    return _require_name(request.match_info["key"], "/key")


def _require_name(text: str, pointer: str) -> str:
    if not 0 < len(text) <= LONGEST_KEY or not text.isprintable():
        raise refused(pointer, f"it has 1 to {LONGEST_KEY} printable characters")
    return text
