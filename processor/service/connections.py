"""
Connections: how many there may be, how long each may take to ask, and what it is told otherwise.

What comes here is not yet a request: aiohttp would answer for itself, in plain text.
"""

import asyncio
from typing import Final, cast

import structlog
from aiohttp import web
from aiohttp.http_exceptions import (
    BadHttpMethod,
    BadStatusLine,
    ContentLengthError,
    HttpProcessingError,
    InvalidHeader,
    InvalidURLError,
    LineTooLong,
    TransferEncodingError,
)

from processor.errors import Busy, InvalidRequest

from .problems import MEDIA_TYPE, document, fault, of_http, problem

log = structlog.get_logger()

HEAD_SECONDS: Final = 30.0
"""From its begin on, until a connection has sent the head of a request."""
IDLE_SECONDS: Final = 75.0
"""After an answer, until the head of the next request has come."""
LONGEST_LINE: Final = 8190
MOST_FIELDS: Final = 128

_WHY: Final[dict[type[Exception], str]] = {
    LineTooLong: f"a line of the head is longer than {LONGEST_LINE:,} bytes",
    BadHttpMethod: "the first line names no method of HTTP",
    BadStatusLine: "the first line is none of an HTTP request",
    UnicodeEncodeError: "a header is no text in UTF-8",
    InvalidHeader: "a header is not as HTTP writes it",
    InvalidURLError: "the request's target is no address",
    ContentLengthError: "Content-Length does not tell the body's length",
    TransferEncodingError: "the body's chunks are not as HTTP writes them",
}


class Connections:
    """Makes the protocol of each connection that comes, as asyncio asks for it."""

    def __init__(self, server: web.Server, most: int) -> None:
        self._server = server
        self._most = most

    def __call__(self) -> asyncio.Protocol:
        """Take a connection, or refuse it: at the limit of descriptors nobody could be answered."""
        if len(self._server.connections) < self._most:
            return Connection(self._server)
        return _Refused()


class Connection(web.RequestHandler):
    """One connection, which is told every error as a problem, and hung up on when it dawdles."""

    def __init__(self, server: web.Server) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type] # our own log tells of requests
            keepalive_timeout=IDLE_SECONDS,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            max_headers=MOST_FIELDS,
        )
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection; who has asked for nothing by then would hold it for ever."""
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        self._patience = loop.call_later(HEAD_SECONDS, self._give_up)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Let a connection go."""
        super().connection_lost(exc)
        if self._patience is not None:
            self._patience.cancel()

    def _give_up(self) -> None:
        if self._request_count == 0:
            self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no request of HTTP, and what failed outside of every handler."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun, and no other can be given")
        # A UnicodeError: aiohttp repeats `Expect` where it does not know it, and cannot.
        if isinstance(exc, HttpProcessingError | UnicodeError):
            answer = problem(request, status, InvalidRequest.code, _why(exc), instance=None)
        else:
            log.error("request_failed", exc_info=exc)
            answer = fault(request)
        answer.force_close()
        return answer

    def log_exception(self, *_: object, exc_info: BaseException | None = None) -> None:
        """Log what failed outside of every request, but for callers that broke off."""
        if not isinstance(exc_info, web.RequestPayloadError | ConnectionError):
            log.error("connection_failed", exc_info=exc_info)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer; what aiohttp says ahead of every handler becomes a problem as well."""
        if isinstance(resp, web.HTTPException) and resp.status >= web.HTTPBadRequest.status_code:
            resp = of_http(request, resp)
        return await super().finish_response(request, resp, start_time)


def _why(error: Exception) -> str:
    """Say why bytes are no request, without repeating them: they may be anything."""
    otherwise = f"the head has over {MOST_FIELDS} headers, or is not as HTTP writes it"
    return _WHY.get(type(error), otherwise)


class _Refused(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast("asyncio.Transport", transport)
        stream.write(_refusal())
        stream.close()


def _refusal() -> bytes:
    detail = "as many connections are open as the service takes (`limits.connections`)"
    body = document(503, Busy.code, detail, retryable=True)
    return (
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
        + f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
