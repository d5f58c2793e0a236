"""What requests carry, read with care; what answers carry."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import msgspec
from aiohttp import web

from processor.errors import (
    InvalidRequest,
    SlowRequest,
    TooLarge,
    UnsupportedMediaType,
    VersionMoved,
)

FORM: Final = "multipart/form-data"
CODINGS: Final = ("gzip", "deflate", "zstd")
"""How a body may be compressed."""
MOST_TIMES: Final = 1000
HARMLESS_BYTES: Final = 1 << 20
"""As much may come out of however little; beyond it, at most MOST_TIMES of what went in."""
LONGEST_PAUSE_SECONDS: Final = 30.0
"""Between two parts of a body; who stops in the middle holds a connection for no longer."""
MOST_PARTS: Final = 100
LONGEST_HEAD: Final = 8 << 10
LONGEST_BOUNDARY: Final = 70
MOST_ITEMS: Final = 1000
"""Of a list, in one answer."""

_PARAMETER: Final = r';\s*+([^=;"\s]++)=(?:"((?:[^"\\]|\\.)*+)"|([^;"\s]*+))\s*+'
_VALUE: Final = re.compile(rf'([^;"\s]*+)\s*+((?:{_PARAMETER})*+);?')
_TRANSFERS: Final = frozenset({"binary", "8bit", "7bit"})
_ETAG: Final = re.compile(r'"([0-9]{1,18})"')
_CHARSETS: Final = frozenset({"utf-8", "us-ascii"})


class Part(NamedTuple):
    """One part of a form; `media_type` is None where the part tells none."""

    name: str
    media_type: str | None
    content: bytes


async def read_json(request: web.Request) -> bytes:
    """
    Give a request's body, which must say that it is JSON.

    A page in a browser cannot say so across origins without being asked first, so that no page
    that an operator happens to open can send runs to a service on his machine.
    """
    if request.content_type != "application/json":
        message = f"the body is {request.content_type}; send it as application/json"
        raise UnsupportedMediaType(message)
    return await _read(request)


async def read_form(request: web.Request) -> list[Part]:
    """
    Give the parts of a request's body, which is multipart/form-data (RFC 7578).

    A page in a browser can send a form across origins without being asked first. It says then
    where it comes from, in `Origin`, which no page can leave out or change; so what comes from
    another host than the one it is sent to is refused. Programs send no `Origin`.
    """
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2].lower() != request.host.lower():
        message = f"a page of {origin!r:.200} may send no form here; send application/json"
        raise UnsupportedMediaType(message)
    boundary = _boundary(request)
    return _parts(await _read(request), boundary)


async def _read(request: web.Request) -> bytes:
    """Give a body, decompressed: so much of it as the limit allows, and no bomb."""
    coding = ", ".join(request.headers.getall("Content-Encoding", ())).strip().lower()
    if coding not in ("", "identity", *CODINGS):
        message = f"a body cannot be coded as {coding!r:.100}; {', '.join(CODINGS)} can be read"
        raise UnsupportedMediaType(message)
    request.content.set_read_chunk_size(HARMLESS_BYTES)
    body = bytearray()
    try:
        while chunk := await _next(request):
            body += chunk
            _refuse_too_much(request, len(body))
    except web.RequestPayloadError as error:
        raise InvalidRequest(f"the body cannot be read: {error}") from None
    except ConnectionError:  # the answer reaches nobody; it is what the log has
        raise InvalidRequest("the connection was closed before the body's end") from None
    return bytes(body)


async def _next(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(LONGEST_PAUSE_SECONDS):
            return await request.content.readany()
    except TimeoutError:
        message = f"no byte of the body came for {LONGEST_PAUSE_SECONDS:g} seconds"
        raise SlowRequest(message) from None


def _refuse_too_much(request: web.Request, size: int) -> None:
    if size > request.client_max_size:
        raise web.HTTPRequestEntityTooLarge(request.client_max_size, size)
    if size > max(HARMLESS_BYTES, MOST_TIMES * request.content.total_raw_bytes):
        raise TooLarge(f"the body decompresses to more than {MOST_TIMES:,} times its size")


def _boundary(request: web.Request) -> bytes:
    _, parameters = _worded(request.headers["Content-Type"])
    boundary = parameters.get("boundary", "")
    if not (0 < len(boundary) <= LONGEST_BOUNDARY and boundary.isascii()):
        raise InvalidRequest(f"{FORM} needs a boundary of 1 to {LONGEST_BOUNDARY} characters")
    return boundary.encode()


def _worded(value: str) -> tuple[str, dict[str, str]]:
    """Give a header's value and its parameters, in lower case but for what they say."""
    found = _VALUE.fullmatch(value)
    if found is None:
        return "", {}
    parameters = re.finditer(_PARAMETER, found[2])
    return found[1].lower(), {each[1].lower(): each[2] or each[3] or "" for each in parameters}


def _parts(body: bytes, boundary: bytes) -> list[Part]:
    delimiter = b"\r\n--" + boundary
    first = delimiter.removeprefix(b"\r\n")
    at = 0 if body.startswith(first) else body.find(delimiter) + len(b"\r\n")
    at += len(first)
    parts: list[Part] = []
    while not body.startswith(b"--", at):
        end = body.find(delimiter, at)
        if end < 0 or len(parts) == MOST_PARTS:
            raise InvalidRequest(
                f"the body is no {FORM}: at most {MOST_PARTS} parts, the last ended by its boundary"
            )
        parts.append(_part(body, at, end, len(parts) + 1))
        at = end + len(delimiter)
    return parts


def _part(body: bytes, start: int, end: int, number: int) -> Part:
    empty_line = body.find(b"\r\n\r\n", start, end)
    if not 0 <= empty_line - start <= LONGEST_HEAD:
        raise InvalidRequest(
            f"part {number} has no headers, or over {LONGEST_HEAD:,} bytes of them"
        )
    head = body[start:empty_line].decode("utf-8", "replace")
    lines = (line.partition(":") for line in head.split("\r\n"))
    fields = {name.strip().lower(): value.strip() for name, _, value in lines}
    disposition, parameters = _worded(fields.get("content-disposition", ""))
    name = parameters.get("name", "")
    if disposition != "form-data" or not name:
        raise InvalidRequest(f"part {number} has no name; Content-Disposition tells it")
    media_type, more = _worded(fields.get("content-type", ""))
    transfer = fields.get("content-transfer-encoding", "binary").lower()
    charset = more.get("charset", "utf-8").lower()
    if transfer not in _TRANSFERS or charset not in _CHARSETS or "content-encoding" in fields:
        raise UnsupportedMediaType(
            f"part {number} is coded; send it in UTF-8 as it is, and compress the whole body"
        )
    return Part(name=name, media_type=media_type or None, content=body[empty_line + 4 : end])


def answer_json(
    value: Any, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """Answer with a value as JSON."""
    return web.Response(
        body=msgspec.json.encode(value),
        status=status,
        headers=headers,
        content_type="application/json",
    )


def number(request: web.Request, name: str, default: Any, *, most: int | None = None) -> Any:
    """Give a whole number of the query, cut to `most`; raises InvalidRequest for what is none."""
    text = request.query.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text):
        raise InvalidRequest(f"the query's `{name}` is a whole number from 1 on")
    return int(text) if most is None else min(int(text), most)


async def expected_version(
    request: web.Request, now: Callable[[], Awaitable[int | None]]
) -> int | None:
    """
    Give the version that `If-Match` asks for; None where any will do.

    `now` gives the current one, None where there is none.
    """
    given = request.headers.get("If-Match")
    if given is None:
        return None
    if given.strip() == "*":
        version = await now()
        if version is None:
            raise VersionMoved("If-Match: * asks for what is there, and nothing is")
        return version
    etag = _ETAG.fullmatch(given.strip())
    if etag is None:
        raise InvalidRequest('If-Match takes one ETag as this service gives it, such as "7"')
    return int(etag[1])
