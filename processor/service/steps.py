"""Stored steps: keep one, look at it and its versions, run it with inputs only."""

import hashlib
from typing import Any

import msgspec
from aiohttp import web

from processor.errors import UnknownStep
from processor.step import (
    StepId,
    StoredStep,
    decode_order,
    decode_step,
    decoded,
    order_document,
    step_id,
)

from .bodies import MOST_ITEMS, answer_json, expected_version, number, read_json
from .parts import parts_of
from .rows import Sent
from .runs import require_callbacks, run_order


class _Run(msgspec.Struct, forbid_unknown_fields=True):
    inputs: dict[str, msgspec.Raw] = {}
    commit: bool = True


async def show(request: web.Request) -> web.Response:
    """GET /v1/steps/STEP_ID: the step as it is stored, or as `version` was."""
    return _answer(await existing(request))


async def put(request: web.Request) -> web.Response:
    """PUT /v1/steps/STEP_ID: keep a step, as a new version where its content is new."""
    parts = parts_of(request)
    document = decode_step(await read_json(request), _step_id(request), parts.profiles)
    require_callbacks(parts, decode_order(b'{"step":' + document + b"}", parts.profiles).step)
    expected = await _expected_version(request)
    return _answer(await parts.steps.put(_step_id(request), document, expected_version=expected))


async def remove(request: web.Request) -> web.Response:
    """DELETE /v1/steps/STEP_ID: let it be gone; its checkpoint and its runs stay."""
    await existing(request)
    expected = await _expected_version(request)
    await parts_of(request).steps.remove(_step_id(request), expected_version=expected)
    return web.Response(status=204)


async def versions(request: web.Request) -> web.Response:
    """GET /v1/steps/STEP_ID/versions: every version, newest first."""
    limit = number(request, "limit", 100, most=MOST_ITEMS)
    below = number(request, "cursor", None)
    found = await parts_of(request).steps.versions(_step_id(request), below=below, limit=limit)
    if not found and below is None:
        raise UnknownStep(f"no step is stored as {_step_id(request)!r:.80}")
    following = str(found[-1].version) if len(found) == limit else None
    return answer_json({"items": [_summary(each) for each in found], "next": following})


async def run(request: web.Request) -> web.StreamResponse:
    """POST /v1/steps/STEP_ID/runs: run the stored step; all else is as for POST /v1/runs."""
    body = await read_json(request)
    given: _Run = decoded(body, _Run)
    stored = await existing(request)
    document = order_document(stored, given.inputs, commit=given.commit)
    order = decode_order(document, parts_of(request).profiles)
    # A repeated request is the same one, also where the step has another version by then.
    digest = hashlib.sha256(stored.step_id.encode() + b"\n" + body).digest()
    return await run_order(request, Sent(document, digest), order)


async def existing(request: web.Request) -> StoredStep:
    """Give the stored step that a request names; raises UnknownStep."""
    version = number(request, "version", None)
    stored = await parts_of(request).steps.get(_step_id(request), version)
    if stored is None:
        raise UnknownStep(f"no step is stored as {_step_id(request)!r:.80}")
    return stored


def _step_id(request: web.Request) -> StepId:
    return step_id(request.match_info["step_id"], "/step_id")


async def _expected_version(request: web.Request) -> int | None:
    async def now() -> int | None:
        stored = await parts_of(request).steps.get(_step_id(request))
        return None if stored is None else stored.version

    return await expected_version(request, now)


def _answer(stored: StoredStep) -> web.Response:
    body = _summary(stored) | {"step": msgspec.Raw(stored.document)}
    return answer_json(body, headers={"ETag": f'"{stored.version}"'})


def _summary(stored: StoredStep) -> dict[str, Any]:
    return {
        "step_id": stored.step_id,
        "version": stored.version,
        "digest": stored.digest,
        "updated_at": stored.updated_at,
    }
