"""The application: its routes and what stands before them."""

from typing import Final

from aiohttp import web

from . import (
    checkpoints,
    checks,
    environments,
    events,
    health,
    joins,
    nodes,
    runs,
    samples,
    schedules,
    schemas,
    simulations,
    steps,
)
from .hosts import only_by_address
from .parts import PARTS, Parts
from .problems import as_problems
from .room import ROOM, Room, in_room
from .traces import traced

ENVIRONMENT: Final = "/v1/environments/{name}"
STEP: Final = "/v1/checkpoints/{step_id:[^/]+}"
JOIN: Final = "/v1/joins/{step_id:[^/]+}/{key:[^/]+}"
SCHEDULE: Final = "/v1/schedules/{schedule_id}"
STORED: Final = "/v1/steps/{step_id:[^/]+}"


def create_app(
    parts: Parts, *, body_bytes: int, bodies_bytes: int, local: bool = True
) -> web.Application:
    """
    Make the application.

    A body is at most `body_bytes` long, decompressed, and all that are under way `bodies_bytes`.
    A `local` service is called by its address, or localhost, alone.
    """
    middlewares = [traced, as_problems, *([only_by_address] if local else []), in_room]
    app = web.Application(middlewares=middlewares, client_max_size=body_bytes)
    app[ROOM] = Room(bodies_bytes)
    app[PARTS] = parts
    app.add_routes(
        [
            web.post("/v1/runs", runs.start),
            web.get("/v1/runs", runs.history),
            web.get("/v1/runs/{run_id}", runs.show),
            web.post("/v1/runs/{run_id}/cancel", runs.cancel),
            web.post("/v1/runs/{run_id}/redrive", runs.redrive),
            web.get("/v1/runs/{run_id}/events", events.events),
            web.get("/v1/runs/{run_id}/rows", runs.rows),
            web.get("/v1/runs/{run_id}/figures/{index}", runs.figure),
            web.get(STORED, steps.show),
            web.put(STORED, steps.put),
            web.delete(STORED, steps.remove),
            web.get(STORED + "/versions", steps.versions),
            web.post(STORED + "/runs", steps.run),
            web.get(JOIN, joins.show),
            web.delete(JOIN, joins.cancel),
            web.put(JOIN + "/branches/{branch:[^/]+}", joins.deliver),
            web.get("/v1/schedules", schedules.listing),
            web.get(SCHEDULE, schedules.show),
            web.put(SCHEDULE, schedules.put),
            web.delete(SCHEDULE, schedules.remove),
            web.post(SCHEDULE + "/pause", schedules.pause),
            web.post(SCHEDULE + "/resume", schedules.resume),
            web.post(SCHEDULE + "/trigger", schedules.trigger),
            web.post(SCHEDULE + "/backfill", schedules.backfill),
            web.post("/v1/check", checks.check),
            web.post("/v1/simulate", simulations.simulate),
            web.post("/v1/diff", samples.diff),
            web.post("/v1/infer-schema", samples.infer_schema),
            web.post("/v1/nodes/definition", nodes.define),
            web.get(STEP, checkpoints.show),
            web.put(STEP, checkpoints.put),
            web.delete(STEP, checkpoints.reset),
            web.get(STEP + "/history", checkpoints.history),
            web.get("/v1/schemas/{name}", schemas.show),
            web.put("/v1/schemas/{name}", schemas.put),
            web.get("/v1/environments", environments.show_all),
            web.get(ENVIRONMENT, environments.show),
            web.put(ENVIRONMENT, environments.put),
            web.delete(ENVIRONMENT, environments.drop),
            web.post(ENVIRONMENT + "/rebuild", environments.rebuild),
            web.get("/v1/manifest", health.manifest),
            web.get("/livez", health.alive),
            web.get("/readyz", health.ready),
            web.get("/startupz", health.ready),
        ]
    )
    return app
