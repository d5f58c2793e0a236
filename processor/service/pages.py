"""The interface, told: as OpenAPI, and as a page to try it on."""

from pathlib import Path
from typing import Final

from aiohttp import web

from processor.errors import UnknownAddress

from .parts import OFFICES

FOLDER: Final = Path(__file__).parent / "swagger"
"""The page is ours; `scripts/setup` brings what it shows the interface with, Swagger UI."""
MEDIA_TYPES: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "start.js": "text/javascript",
}
HEADERS: Final = {
    # Nothing comes from elsewhere and nothing goes there; what is tried goes to this service.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


async def openapi(request: web.Request) -> web.Response:
    """GET /openapi.json: this interface, in one document."""
    return web.Response(body=request.app[OFFICES].interface, content_type="application/json")


async def page(_request: web.Request) -> web.FileResponse:
    """GET /docs: the same as a page."""
    return _file("index.html", "text/html")


async def page_file(request: web.Request) -> web.FileResponse:
    """GET /docs/FILE: what the page is made of; compressed where its caller takes that."""
    name = request.match_info["file"]
    if name not in MEDIA_TYPES:
        raise UnknownAddress("the page has no such file")
    return _file(name, MEDIA_TYPES[name])


def _file(name: str, media_type: str) -> web.FileResponse:
    headers = {**HEADERS, "Content-Type": f"{media_type}; charset=utf-8"}
    return web.FileResponse(FOLDER / name, headers=headers)
