"""The application: its routes and what stands before them."""

from aiohttp import web

from processor.identity import ANYBODY, Callers

from .access import ACCESS, Access, only_callers
from .hosts import only_by_address
from .parts import PARTS, Parts
from .problems import as_problems
from .room import ROOM, Room, in_room
from .routes import add_routes
from .traces import tell_trace, traced


def create_app(
    parts: Parts,
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
    before = [traced, as_problems, *([only_by_address] if local else []), only_callers, in_room]
    app = web.Application(middlewares=before, client_max_size=body_bytes)
    app[ROOM] = Room(bodies_bytes)
    app[PARTS] = parts
    app.on_response_prepare.append(tell_trace)
    nobody = ANYBODY if unauthenticated else None
    app[ACCESS] = Access(callers, add_routes(app), nobody=nobody)
    return app
