"""What authors ask of rows that they send along: how they differ, which schema they have."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import msgspec
from aiohttp import web

from processor.comparison import compare, found_key
from processor.errors import Detail, InvalidSchema, RefusedSchema, TooLarge
from processor.inference import disagreements, infer, source_of
from processor.schema import SchemaDocuments, read_schema, written
from processor.step import SchemaName, decoded, refused
from processor.values import Json

from .bodies import read_json
from .parts import parts_of

MOST_BYTES: Final = 32 << 20
"""Of a request: what an author looks at is a sample."""


class _Pair(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    key: list[str] | None = None


class _Sample(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    rows: list[dict[str, Any]]
    declared: str | dict[str, Any] | None = None
    spelled: bool = False


async def diff(request: web.Request) -> web.Response:
    """POST /v1/diff: the difference of two lists of rows, matched by a key."""
    body = await read_sample(request)
    async with parts_of(request).samples.passed():
        return answer_encoded(await asyncio.to_thread(encoded, _difference, body))


def _difference(body: bytes) -> Any:
    pair: _Pair = decoded(body, _Pair)
    key = found_key(pair.before, pair.after) if pair.key is None else tuple(pair.key) or None
    found = compare(pair.before, pair.after, key)
    counts = {"before": len(pair.before), "after": len(pair.after)}
    sides = {side: {"row_count": count} for side, count in counts.items()}
    return {"equal": found.equal, **sides, **_members(found)}


async def infer_schema(request: web.Request) -> web.Response:
    """POST /v1/infer-schema: the schema that rows seem to have, and how a declared one differs."""
    parts, body = parts_of(request), await read_sample(request)
    async with parts.samples.passed():
        given: _Sample = await asyncio.to_thread(decoded, body, _Sample)
        declared = await _declared(given.declared, parts.schemas)
        return answer_encoded(await asyncio.to_thread(encoded, _inferred, given, declared))


async def _declared(
    source: str | dict[str, Any] | None, schemas: SchemaDocuments
) -> dict[str, Json] | None:
    if source is None:
        return None
    named = SchemaName(source) if isinstance(source, str) else source
    return await written(named, schemas, "/declared")


def _inferred(given: _Sample, declared: dict[str, Json] | None) -> Any:
    found = infer(given.rows, spelled=given.spelled)
    try:
        schema = None if declared is None else read_schema(declared)
    except InvalidSchema as error:
        message = error.message
        raise RefusedSchema(message, details=(Detail("/declared", message),)) from None
    difference = None if schema is None else disagreements(found, schema)
    return {"schema": source_of(found), **_members(found), "difference": difference}


def _members(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


async def read_sample(request: web.Request) -> bytes:
    """Give the body of a request that carries sample rows; raises TooLarge."""
    if (request.content_length or 0) > MOST_BYTES:
        raise _too_large()
    body = await read_json(request)
    if len(body) > MOST_BYTES:
        raise _too_large()
    return body


def encoded(work: Callable[..., Any], *given: Any) -> bytes:
    """Give as JSON what comes of the work; raises InvalidRequest where rows nest too deeply."""
    try:
        return msgspec.json.encode(work(*given))
    except RecursionError:
        raise refused("", "the rows are nested too deeply") from None


def answer_encoded(body: bytes) -> web.Response:
    """Answer with what is JSON already."""
    return web.Response(body=body, content_type="application/json")


def _too_large() -> TooLarge:
    return TooLarge(f"the body has more than {MOST_BYTES:,} bytes; send a sample of the rows")
