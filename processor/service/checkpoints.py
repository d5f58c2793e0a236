"""Look at a step's checkpoint and its history, set it, reset it."""

from typing import Any

import msgspec
from aiohttp import web

from processor.checkpoint import LONGEST_VALUE, Checkpoint, Move
from processor.errors import UnknownStep
from processor.step import StepId, decoded, refused, step_id

from .bodies import MOST_ITEMS, answer_json, expected_version, number, read_json
from .parts import parts_of


class _Put(msgspec.Struct, forbid_unknown_fields=True):
    value: msgspec.Raw


async def show(request: web.Request) -> web.Response:
    """GET /v1/checkpoints/STEP_ID."""
    return _answer(await _existing(request))


async def put(request: web.Request) -> web.Response:
    """PUT /v1/checkpoints/STEP_ID: set it by hand, with If-Match from the version last seen."""
    given: _Put = decoded(await read_json(request), _Put)
    if len(given.value) > LONGEST_VALUE:
        raise refused("/value", f"a checkpoint has at most {LONGEST_VALUE:,} bytes")
    value = msgspec.json.encode(decoded(bytes(given.value), object))
    checkpoints = parts_of(request).checkpoints
    expected = await _expected_version(request)
    return _answer(await checkpoints.set(_step_id(request), value, expected_version=expected))


async def reset(request: web.Request) -> web.Response:
    """DELETE /v1/checkpoints/STEP_ID: null again, as a move of its own."""
    checkpoints = parts_of(request).checkpoints
    await _existing(request)
    expected = await _expected_version(request)
    return _answer(await checkpoints.reset(_step_id(request), expected_version=expected))


async def history(request: web.Request) -> web.Response:
    """GET /v1/checkpoints/STEP_ID/history: every move, newest first."""
    limit = number(request, "limit", 100, most=MOST_ITEMS)
    below = number(request, "cursor", None)
    await _existing(request)
    checkpoints = parts_of(request).checkpoints
    moves = await checkpoints.history(_step_id(request), below_version=below, limit=limit)
    more = len(moves) == limit and moves[-1].version > 1
    following = str(moves[-1].version) if more else None
    return answer_json({"items": [_item(move) for move in moves], "next": following})


def _step_id(request: web.Request) -> StepId:
    return step_id(request.match_info["step_id"], "/step_id")


async def _existing(request: web.Request) -> Checkpoint:
    checkpoint = await parts_of(request).checkpoints.get(_step_id(request))
    if checkpoint is None:
        raise UnknownStep(f"the step {_step_id(request)!r:.80} has no checkpoint")
    return checkpoint


async def _expected_version(request: web.Request) -> int | None:
    async def now() -> int | None:
        checkpoint = await parts_of(request).checkpoints.get(_step_id(request))
        return None if checkpoint is None else checkpoint.version

    return await expected_version(request, now)


def _answer(checkpoint: Checkpoint) -> web.Response:
    body = {
        "step_id": checkpoint.step_id,
        "value": msgspec.Raw(checkpoint.value),
        "version": checkpoint.version,
        "run_id": checkpoint.run_id,
        "updated_at": checkpoint.updated_at,
    }
    return answer_json(body, headers={"ETag": f'"{checkpoint.version}"'})


def _item(move: Move) -> dict[str, Any]:
    return {
        "version": move.version,
        "value": msgspec.Raw(move.value),
        "run_id": move.run_id,
        "source": move.source,
        "at": move.at,
    }
