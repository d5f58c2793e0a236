"""What a tenant may ask of this process, held against each request and told in each answer."""

from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from processor.quota import WINDOW_SECONDS

from .parts import CALLER, OFFICES

_NAME: Final = '"tenant"'


@web.middleware
async def within_quota(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Serve a caller as far as its tenant's quota goes; what is told to anybody is not counted."""
    caller = request.get(CALLER)
    if caller is None:
        return await handler(request)
    quota = request.app[OFFICES].quota
    quota.take(caller.tenant)
    with quota.under_way(caller.tenant):
        return await handler(request)


async def tell_quota(request: web.Request, response: web.StreamResponse) -> None:
    """Let an answer tell where its tenant stands (draft-ietf-httpapi-ratelimit-headers)."""
    caller = request.get(CALLER)
    standing = None if caller is None else request.app[OFFICES].quota.standing(caller.tenant)
    if standing is not None:
        policy, now = f"q={standing.quota};w={WINDOW_SECONDS}", f"r={standing.left}"
        response.headers["RateLimit-Policy"] = f"{_NAME};{policy}"
        response.headers["RateLimit"] = f"{_NAME};{now};t={standing.seconds}"
