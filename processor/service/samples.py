"""What authors ask of rows that they send along: how they differ, which schema they have."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import msgspec
from aiohttp import web

from processor.comparison import compare, found_key
from processor.errors import TooLarge
from processor.step import decoded, refused

from .bodies import read_json
from .parts import PARTS

MOST_BYTES: Final = 32 << 20
"""Of a request: what an author looks at is a sample."""


class _Pair(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    key: list[str] | None = None


async def diff(request: web.Request) -> web.Response:
    """POST /v1/diff: the difference of two lists of rows, matched by a key."""
    return await _answered(request, _difference)


def _difference(body: bytes) -> Any:
    pair: _Pair = decoded(body, _Pair)
    key = found_key(pair.before, pair.after) if pair.key is None else tuple(pair.key) or None
    found = compare(pair.before, pair.after, key)
    counts = {"before": len(pair.before), "after": len(pair.after)}
    sides = {side: {"row_count": count} for side, count in counts.items()}
    return {"equal": found.equal, **sides, **_members(found)}


def _members(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


async def _answered(request: web.Request, work: Callable[[bytes], Any]) -> web.Response:
    """Answer with what comes of a body; a few are worked on at a time, in threads of their own."""
    if (request.content_length or 0) > MOST_BYTES:
        raise _too_large()
    body = await read_json(request)
    if len(body) > MOST_BYTES:
        raise _too_large()
    async with request.app[PARTS].samples.passed():
        answer = await asyncio.to_thread(_encoded, work, body)
    return web.Response(body=answer, content_type="application/json")


def _encoded(work: Callable[[bytes], Any], body: bytes) -> bytes:
    try:
        return msgspec.json.encode(work(body))
    except RecursionError:
        raise refused("", "the rows are nested too deeply") from None


def _too_large() -> TooLarge:
    return TooLarge(f"the body has more than {MOST_BYTES:,} bytes; send a sample of the rows")
