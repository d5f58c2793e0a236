"""The application: its routes and what stands before them."""

from typing import Final

from aiohttp import web

from . import checkpoints, checks, environments, health, nodes, runs, schemas
from .parts import PARTS, Parts
from .problems import as_problems
from .traces import traced

ENVIRONMENT: Final = "/v1/environments/{name}"
STEP: Final = "/v1/checkpoints/{step_id:[^/]+}"


def create_app(parts: Parts, *, body_bytes: int) -> web.Application:
    """Make the application; bodies are at most `body_bytes` long, decompressed."""
    app = web.Application(middlewares=[traced, as_problems], client_max_size=body_bytes)
    app[PARTS] = parts
    app.add_routes(
        [
            web.post("/v1/runs", runs.start),
            web.get("/v1/runs/{run_id}", runs.show),
            web.get("/v1/runs/{run_id}/rows", runs.rows),
            web.get("/v1/runs/{run_id}/figures/{index}", runs.figure),
            web.post("/v1/check", checks.check),
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
