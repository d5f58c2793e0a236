"""Whether the service lives and takes runs, and what it is."""

from aiohttp import web

from .bodies import answer_json
from .parts import OFFICES


async def alive(_request: web.Request) -> web.Response:
    """GET /livez: 200 as long as requests are answered at all."""
    return answer_json({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """GET /readyz: 200 where runs are taken, 503 where not, with what an operator should know."""
    readiness = request.app[OFFICES].readiness()
    status = "ready" if readiness.ready else "not_ready"
    body = {"status": status, **readiness.details}
    return answer_json(body, status=200 if readiness.ready else 503)


async def policy(request: web.Request) -> web.Response:
    """GET /v1/policy: what statements may do here, and where each rule comes from."""
    return answer_json(request.app[OFFICES].policy())


async def metrics(request: web.Request) -> web.Response:
    """GET /metrics: what Prometheus asks for, in its own text form or as OpenMetrics."""
    page_for = request.app[OFFICES].metrics
    if page_for is None:
        raise web.HTTPNotFound(text="this process counts nothing")
    page = await page_for(request.headers.get("Accept", ""))
    return web.Response(body=page.content, headers={"Content-Type": page.content_type})


async def manifest(request: web.Request) -> web.Response:
    """GET /v1/manifest: the connector's manifest, as it lies in the repository."""
    return web.Response(body=request.app[OFFICES].manifest, content_type="application/json")
