"""The application: its routes and what stands before them."""

from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Middleware

from processor.identity import ANYBODY, Callers

from .access import ACCESS, Access, only_callers
from .hosts import only_by_address
from .parts import OFFICES, Offices
from .problems import as_problems
from .quotas import tell_quota, within_quota
from .room import ROOM, Room, in_room
from .routes import FOR_OPERATORS, ROUTES, Route, add_routes
from .traces import tell_trace, traced


def create_app(
    offices: Offices,
    callers: Callers,
    *,
    body_bytes: int,
    bodies_bytes: int,
    local: bool = True,
    unauthenticated: bool = True,
) -> web.Application:
    """
    Make the application.

    A body is at most `body_bytes` long, decompressed, and all that are under way `bodies_bytes`.
    A `local` service is called by its address, or localhost, alone. Where `unauthenticated`,
    callers need not show who they are.
    """
    before = [*_before_all(local=local), in_room]
    app = web.Application(middlewares=before, client_max_size=body_bytes)
    app[ROOM] = Room(bodies_bytes)
    return _with_routes(app, offices, callers, ROUTES, unauthenticated=unauthenticated)


def create_health_app(
    offices: Offices, callers: Callers, *, local: bool = True, unauthenticated: bool = True
) -> web.Application:
    """Make the application of a process that takes no runs in: it tells how it is, and no more."""
    app = web.Application(middlewares=_before_all(local=local))
    routes = [each for each in ROUTES if each.path in FOR_OPERATORS]
    return _with_routes(app, offices, callers, routes, unauthenticated=unauthenticated)


def _before_all(*, local: bool) -> list[Middleware]:
    return [traced, as_problems, *([only_by_address] if local else []), only_callers, within_quota]


def _with_routes(
    app: web.Application,
    offices: Offices,
    callers: Callers,
    routes: Sequence[Route],
    *,
    unauthenticated: bool,
) -> web.Application:
    app[OFFICES] = offices
    app.on_response_prepare.extend((tell_trace, tell_quota))
    nobody = ANYBODY if unauthenticated else None
    app[ACCESS] = Access(callers, add_routes(app, routes), nobody=nobody)
    return app
