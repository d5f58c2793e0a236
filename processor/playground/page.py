"""The page's requests: its document and its files, and what browsers may do with them."""

import secrets
from typing import Final

from aiohttp import web

from processor.errors import UnknownAddress

from .site import Site

PAGE: Final = "/playground"
NONCE: Final = "%NONCE%"

_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        # The editor's marks are data; figures are fetched with the author's token, so blobs.
        "img-src 'self' data: blob:",
        "style-src 'self' 'nonce-{nonce}'",  # the editor makes styles as it goes
        "style-src-attr 'unsafe-inline'",  # browsers write them themselves where text is edited
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_MEDIA_TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


SITE: Final = web.AppKey("site", Site)
"""An application without one says that the page is not built."""


async def enter(_request: web.Request) -> web.Response:
    """GET /: a person in a browser looks for the page."""
    raise web.HTTPFound(PAGE)


async def show(request: web.Request) -> web.Response:
    """GET /playground: the document, under a policy that lets in nothing but its own files."""
    site = request.app.get(SITE)
    if site is None:
        raise UnknownAddress("the playground is not built here; `make setup` builds it")
    nonce = secrets.token_urlsafe(16)
    policy = {"Content-Security-Policy": _POLICY.format(nonce=nonce)}
    return web.Response(
        text=site.document.replace(NONCE, nonce),
        content_type="text/html",
        headers={**_HEADERS, **policy, "Cache-Control": "no-store"},
    )


async def file(request: web.Request) -> web.StreamResponse:
    """GET /playground/assets/FILE: a file, compressed as the browser takes it."""
    site = request.app.get(SITE)
    found = None if site is None else site.files.get(request.match_info["file"])
    if found is None:
        raise UnknownAddress("the playground has no such file")
    media_type = _MEDIA_TYPES.get(found.suffix, "application/octet-stream")
    # It sends the compressed copy beside the file where there is one that the browser takes.
    headers = {**_HEADERS, "Cache-Control": _FOR_EVER, "Content-Type": media_type}
    return web.FileResponse(found, headers=headers)
