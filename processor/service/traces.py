"""W3C Trace Context: the trace that a request belongs to, and our log of it."""

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from processor.tally import Request

from .parts import OFFICES

TRACE_ID: Final = web.RequestKey("trace_id", str)
REQUEST: Final = web.RequestKey("request", Request)
"""The request as it is counted and traced."""
_TRACEPARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})"
)

log = structlog.get_logger()


@web.middleware
async def traced(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take up the caller's trace or begin one, count the request, and log it with its trace."""
    followed = request[REQUEST] = _followed(request)
    request[TRACE_ID] = followed.trace_id
    started = time.monotonic()
    with (
        _lines_of(followed.trace_id),
        request.app[OFFICES].tally.requested(followed),
    ):
        response = await handler(request)
        followed.status = response.status
        log.info(
            "request_answered",
            method=request.method,
            route=followed.route,
            status=response.status,
            wall_ms=round((time.monotonic() - started) * 1000, 1),
        )
    return response


@contextmanager
def _lines_of(trace_id: str) -> Iterator[None]:
    """Let each line of the log name the trace while the block lasts, and who calls, once known."""
    with structlog.contextvars.bound_contextvars(trace_id=trace_id):
        try:
            yield
        finally:  # the next request of the connection may be another caller's
            structlog.contextvars.unbind_contextvars("tenant", "caller")


async def tell_trace(request: web.Request, response: web.StreamResponse) -> None:
    """Let an answer name its trace, and the span that it is, as its callers' own spans do."""
    followed = request.get(REQUEST)
    if followed is not None:
        span_id = followed.span_id or secrets.token_hex(8)
        flags = "01" if followed.sampled else "00"
        response.headers["traceparent"] = f"00-{followed.trace_id}-{span_id}-{flags}"


def _followed(request: web.Request) -> Request:
    given = _TRACEPARENT.match(request.headers.get("traceparent", ""))
    route = request.match_info.route.resource
    return Request(
        method=request.method,
        route=route.canonical if route else None,
        trace_id=given[1] if given else secrets.token_hex(16),
        parent_id=given[2] if given else None,
        sampled=bool(int(given[3], 16) & 1) if given else True,
        size=request.content_length or 0,
    )
