"""What a module of nodes defines."""

from typing import Final

from aiohttp import web

from processor.errors import TooLarge
from processor.step import decode_definition

from .bodies import read_json
from .parts import parts_of

MOST_BYTES: Final = 16 << 20
"""Of a request: a module of a profile's size, however its JSON is escaped."""


async def define(request: web.Request) -> web.Response:
    """POST /v1/nodes/definition: the definition of each node of a module."""
    parts = parts_of(request)
    if (request.content_length or 0) > MOST_BYTES:
        raise _too_large()
    body = await read_json(request)
    if len(body) > MOST_BYTES:
        raise _too_large()
    content = await parts.definer.define(decode_definition(body, parts.profiles), parts.tenant)
    return web.Response(body=content, content_type="application/json")


def _too_large() -> TooLarge:
    return TooLarge(f"the body of a definition is longer than {MOST_BYTES:,} bytes")
