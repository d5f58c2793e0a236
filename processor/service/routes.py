"""Every route: what it answers, and who may ask it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from aiohttp import web
from aiohttp.typedefs import Handler

from processor import playground
from processor.identity import Scope

from . import (
    checkpoints,
    checks,
    environments,
    events,
    health,
    joins,
    nodes,
    pages,
    runs,
    samples,
    schedules,
    schemas,
    simulations,
    steps,
)

ENVIRONMENT: Final = "/v1/environments/{name}"
CHECKPOINT: Final = "/v1/checkpoints/{step_id:[^/]+}"
JOIN: Final = "/v1/joins/{step_id:[^/]+}/{key:[^/]+}"
SCHEDULE: Final = "/v1/schedules/{schedule_id}"
STORED: Final = "/v1/steps/{step_id:[^/]+}"
SCHEMA: Final = "/v1/schemas/{name}"

OPEN: Final = None
"""Instead of a scope: anybody may ask. For what tells nothing of any tenant."""


_MAKERS: Final = {"GET": web.get, "POST": web.post, "PUT": web.put, "DELETE": web.delete}


class Route(NamedTuple):
    """One method of one path, the scope that a caller needs for it, and what answers."""

    method: str
    path: str
    scope: Scope | None
    handler: Handler


ROUTES: Final = (
    Route("POST", "/v1/runs", "run", runs.start),
    Route("GET", "/v1/runs", "run", runs.history),
    Route("GET", "/v1/runs/{run_id}", "run", runs.show),
    Route("POST", "/v1/runs/{run_id}/cancel", "run", runs.cancel),
    Route("POST", "/v1/runs/{run_id}/redrive", "run", runs.redrive),
    Route("GET", "/v1/runs/{run_id}/events", "run", events.events),
    Route("GET", "/v1/runs/{run_id}/rows", "run", runs.rows),
    Route("GET", "/v1/runs/{run_id}/figures/{index}", "run", runs.figure),
    Route("GET", STORED, "run", steps.show),
    Route("PUT", STORED, "run", steps.put),
    Route("DELETE", STORED, "run", steps.remove),
    Route("GET", STORED + "/versions", "run", steps.versions),
    Route("POST", STORED + "/runs", "run", steps.run),
    Route("GET", JOIN, "run", joins.show),
    Route("DELETE", JOIN, "run", joins.cancel),
    Route("PUT", JOIN + "/branches/{branch:[^/]+}", "run", joins.deliver),
    Route("GET", "/v1/schedules", "run", schedules.listing),
    Route("GET", SCHEDULE, "run", schedules.show),
    Route("PUT", SCHEDULE, "run", schedules.put),
    Route("DELETE", SCHEDULE, "run", schedules.remove),
    Route("POST", SCHEDULE + "/pause", "run", schedules.pause),
    Route("POST", SCHEDULE + "/resume", "run", schedules.resume),
    Route("POST", SCHEDULE + "/trigger", "run", schedules.trigger),
    Route("POST", SCHEDULE + "/backfill", "run", schedules.backfill),
    Route("POST", "/v1/check", "check", checks.check),
    Route("POST", "/v1/simulate", "run", simulations.simulate),
    Route("POST", "/v1/diff", "check", samples.diff),
    Route("POST", "/v1/infer-schema", "check", samples.infer_schema),
    Route("POST", "/v1/nodes/definition", "check", nodes.define),
    Route("GET", CHECKPOINT, "checkpoint:read", checkpoints.show),
    Route("PUT", CHECKPOINT, "checkpoint:write", checkpoints.put),
    Route("DELETE", CHECKPOINT, "checkpoint:write", checkpoints.reset),
    Route("GET", CHECKPOINT + "/history", "checkpoint:read", checkpoints.history),
    Route("GET", SCHEMA, "check", schemas.show),
    Route("PUT", SCHEMA, "admin", schemas.put),
    Route("GET", "/v1/environments", "check", environments.show_all),
    Route("GET", ENVIRONMENT, "check", environments.show),
    Route("PUT", ENVIRONMENT, "admin", environments.put),
    Route("DELETE", ENVIRONMENT, "admin", environments.drop),
    Route("POST", ENVIRONMENT + "/rebuild", "admin", environments.rebuild),
    Route("GET", "/v1/policy", "check", health.policy),
    Route("GET", "/v1/manifest", OPEN, health.manifest),
    Route("GET", "/metrics", "metrics", health.metrics),
    Route("GET", "/openapi.json", OPEN, pages.openapi),
    Route("GET", "/docs", OPEN, pages.page),
    Route("GET", "/docs/{file}", OPEN, pages.page_file),
    Route("GET", "/", OPEN, playground.enter),
    Route("GET", "/playground", OPEN, playground.show),
    Route("GET", "/playground/assets/{file}", OPEN, playground.file),
    Route("GET", "/livez", OPEN, health.alive),
    Route("GET", "/readyz", OPEN, health.ready),
    Route("GET", "/startupz", OPEN, health.ready),
)

FOR_OPERATORS: Final = frozenset({"/metrics", "/livez", "/readyz", "/startupz"})
"""The paths that a process answers which takes no runs in: a worker."""


def add_routes(
    app: web.Application, routes: Sequence[Route]
) -> dict[tuple[str, str], Scope | None]:
    """Let an application answer some routes, and give their scopes by method and path."""
    added = app.add_routes([_MAKERS[each.method](each.path, each.handler) for each in routes])
    scopes = {}
    for each, route in zip(routes, added, strict=True):
        assert route.resource is not None, "it was added to one"
        scopes[each.method, route.resource.canonical] = each.scope
    return scopes
