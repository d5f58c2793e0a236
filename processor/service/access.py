"""Who calls, and whether they may: asked before a request's body is read."""

from collections.abc import Mapping
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from processor.errors import InsufficientScope, Unauthenticated
from processor.identity import Caller, Callers, Scope

from .parts import CALLER
from .routes import OPEN

_SCHEME: Final = "bearer"


class Access:
    """The routes' scopes, held against who calls."""

    def __init__(
        self,
        callers: Callers,
        scopes: Mapping[tuple[str, str], Scope | None],
        *,
        nobody: Caller | None,
    ) -> None:
        """
        Make it of the routes' scopes by method and path.

        `nobody` is who calls without showing who they are; None where none may.
        """
        self._callers = callers
        self._scopes = scopes
        self._nobody = nobody

    async def require(self, request: web.Request) -> None:
        """Let a request pass, its caller known; raises Unauthenticated or InsufficientScope."""
        if request.match_info.http_exception is not None:
            return  # no route: there is nothing to see, and the answer says so
        scope = self._scope_of(request)
        if scope is OPEN:
            return
        caller = await self._caller_of(request)
        structlog.contextvars.bind_contextvars(tenant=caller.tenant, caller=caller.name)
        if not caller.may(scope):
            raise InsufficientScope(scope)
        request[CALLER] = caller

    def _scope_of(self, request: web.Request) -> Scope | None:
        """Give a route's scope; a route that is in no table is nobody's but an admin's."""
        resource = request.match_info.route.resource
        path = "" if resource is None else resource.canonical
        method = "GET" if request.method == "HEAD" else request.method
        return self._scopes.get((method, path), "admin")

    async def _caller_of(self, request: web.Request) -> Caller:
        given = request.headers.getall("Authorization", [])
        if not given:
            if self._nobody is None:
                raise Unauthenticated("show who you are, by `Authorization: Bearer TOKEN`")
            return self._nobody
        scheme, _, token = given[0].partition(" ")
        if len(given) > 1 or scheme.lower() != _SCHEME:
            raise Unauthenticated("one header `Authorization: Bearer TOKEN` is taken, and no other")
        return await self._callers.of(token.strip())


ACCESS: Final = web.AppKey("access", Access)


@web.middleware
async def only_callers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Serve those who may ask what they ask."""
    await request.app[ACCESS].require(request)
    return await handler(request)
