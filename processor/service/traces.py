"""W3C Trace Context: the trace that a request belongs to, and our log of it."""

import re
import secrets
import time
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

TRACE_ID: Final = web.RequestKey("trace_id", str)
_TRACEPARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)

log = structlog.get_logger()


@web.middleware
async def traced(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take up the caller's trace or begin one, and log the request with it."""
    given = _TRACEPARENT.match(request.headers.get("traceparent", ""))
    request[TRACE_ID] = given[1] if given else secrets.token_hex(16)
    started = time.monotonic()
    with structlog.contextvars.bound_contextvars(trace_id=request[TRACE_ID]):
        response = await handler(request)
        route = request.match_info.route.resource
        log.info(
            "request_answered",
            method=request.method,
            route=route.canonical if route else None,
            status=response.status,
            wall_ms=round((time.monotonic() - started) * 1000, 1),
        )
    return response
