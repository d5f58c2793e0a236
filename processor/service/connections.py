"""No more connections than there is room for: who comes beyond it is told, and hung up on."""

import asyncio
import json
from typing import Final, cast

from aiohttp import web

from .problems import MEDIA_TYPE

_BODY: Final = json.dumps(
    {
        "type": "urn:python-processor:problem:busy",
        "title": "Busy",
        "status": 503,
        "detail": "as many connections are open as the service takes (`limits.connections`)",
        "code": "busy",
        "retryable": True,
    }
).encode()
_ANSWER: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
    + f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(_BODY)}\r\n\r\n".encode()
    + _BODY
)


class Connections:
    """Makes the protocol of each connection that comes, as asyncio asks for it."""

    def __init__(self, server: web.Server, most: int) -> None:
        self._server = server
        self._most = most

    def __call__(self) -> asyncio.Protocol:
        """Take a connection, or refuse it: at the limit of descriptors nobody could be answered."""
        if len(self._server.connections) < self._most:
            return self._server()
        return _Refused()


class _Refused(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast("asyncio.Transport", transport)
        stream.write(_ANSWER)
        stream.close()
