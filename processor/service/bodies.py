"""What requests carry, read with care; what answers carry."""

from typing import Any

import msgspec
from aiohttp import web

from processor.errors import InvalidRequest, UnsupportedMediaType


async def read_json(request: web.Request) -> bytes:
    """
    Give a request's body, which must say that it is JSON.

    A page in a browser cannot say so across origins without being asked first, so that no page
    that an operator happens to open can send runs to a service on his machine.
    """
    if request.content_type != "application/json":
        message = f"the body is {request.content_type}; send it as application/json"
        raise UnsupportedMediaType(message)
    try:
        return await request.read()
    except web.RequestPayloadError as error:
        raise InvalidRequest(f"the body cannot be read: {error}") from None


def answer_json(
    value: Any, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """Answer with a value as JSON."""
    return web.Response(
        body=msgspec.json.encode(value),
        status=status,
        headers=headers,
        content_type="application/json",
    )
