"""
One request of a node, made by the service through the run's own proxy.

An instance of WebAssembly has no socket, so it asks. The request goes the way that any statement's
goes: a tunnel that the proxy judges and meters. Only its ends are here: TLS, and one HTTP exchange.
Redirects are not followed: whoever asked sees them, and asks again.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import h11
from yarl import URL

from .line import CHUNK_BYTES, LONGEST_HEAD
from .names import BadHost, Host, read_host, written
from .proxy import Proxy
from .refused import Refused
from .request import end_to_end

SECONDS: Final = 30.0
"""From a request to the whole answer."""
MOST_BYTES: Final = 8 << 20
"""Of an answer's body."""
LONGEST_URL: Final = 8192
MOST_HEADERS: Final = 100
_PORTS: Final = {"http": 80, "https": 443}
_OURS: Final = frozenset({b"host", b"content-length", b"transfer-encoding", b"expect"})
"""Headers that follow from the rest of a request."""
_CONNECTED: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A request as whoever asks for it says it: nothing of it is believed."""

    method: str
    url: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """What was answered; names of headers are in lower case, values of one name joined."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class _Target:
    secure: bool
    host: Host
    port: int
    path: str

    @property
    def authority(self) -> str:
        return f"{written(self.host)}:{self.port}"


async def fetch(
    proxy: Proxy, wish: Wish, secure: ssl.SSLContext, *, seconds: float = SECONDS
) -> Fetched:
    """
    Make a request through a proxy, with certificates as a context trusts them.

    Raises Refused, whether the proxy has refused it or nobody has answered it.
    """
    target = _read_url(wish.url)
    request = _request(wish, target)
    try:
        async with asyncio.timeout(seconds), _tunnel(proxy, target) as (reader, writer):
            if target.secure:
                await writer.start_tls(secure, server_hostname=str(target.host))
            return await _exchanged(reader, writer, request, wish.body)
    except TimeoutError:
        raise _unreachable(target, f"no answer within {seconds:g} seconds") from None
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or str(error)
        raise _unreachable(target, f"TLS: {reason}") from None
    except (OSError, h11.ProtocolError) as error:
        raise _unreachable(target, str(error) or type(error).__name__) from None


def _read_url(text: str) -> _Target:
    if len(text) > LONGEST_URL:
        raise _bad(f"an address has at most {LONGEST_URL:,} characters")
    try:
        url = URL(text)
        port, host = url.port, url.raw_host or ""
        if url.scheme not in _PORTS or port is None or url.raw_user or url.raw_password:
            raise _bad("an address begins with http:// or https://, and has no user in it")
        return _Target(
            secure=url.scheme == "https",
            host=read_host(f"[{host}]" if ":" in host else host),
            port=port,
            path=url.raw_path_qs or "/",
        )
    except BadHost as error:
        raise _bad(f"its host is {error}") from None
    except (ValueError, TypeError) as error:
        raise _bad(f"no address: {error}") from None


def _request(wish: Wish, target: _Target) -> h11.Request:
    if len(wish.headers) > MOST_HEADERS:
        raise _bad(f"a request has at most {MOST_HEADERS} headers")
    is_own = target.port == _PORTS["https" if target.secure else "http"]
    length = [(b"Content-Length", b"%d" % len(wish.body))] if wish.body else []
    host = written(target.host) if is_own else target.authority
    try:
        headers = [
            (b"Host", host.encode("ascii")),
            *_asked(wish.headers),
            *length,
            (b"Connection", b"close"),
        ]
        return h11.Request(method=wish.method, target=target.path, headers=headers)
    except (h11.LocalProtocolError, UnicodeError) as error:
        raise _bad(f"no HTTP request: {error}") from None


def _asked(headers: Sequence[tuple[str, str]]) -> Iterator[tuple[bytes, bytes]]:
    """Give the headers that go along, and what servers look for where they are missing."""
    given = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in headers]
    for name, value in end_to_end(given):
        if name not in _OURS:
            yield name, value
    names = {name for name, _ in given}
    for name, value in ((b"accept", b"*/*"), (b"user-agent", b"python-processor")):
        if name not in names:
            yield name, value


@asynccontextmanager
async def _tunnel(
    proxy: Proxy, target: _Target
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Have the proxy connect, and give both ends of what comes and goes then."""
    ours, theirs = socket.socketpair()
    proxy.serve(theirs)
    reader, writer = await asyncio.open_connection(sock=ours)
    try:
        http = h11.Connection(h11.CLIENT)
        connect = h11.Request(
            method="CONNECT", target=target.authority, headers=[("Host", target.authority)]
        )
        writer.write(http.send(connect) or b"")
        answer = await _next_event(http, reader)
        if not isinstance(answer, h11.Response) or answer.status_code != _CONNECTED:
            reason = getattr(answer, "reason", b"") or b"no way there"
            raise Refused("unreachable", reason.decode("ascii", "replace"))
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


async def _exchanged(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: h11.Request, body: bytes
) -> Fetched:
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
    parts = (request, *([h11.Data(data=body)] if body else []), h11.EndOfMessage())
    writer.write(b"".join(http.send(part) or b"" for part in parts))
    await writer.drain()
    answer = await _next_event(http, reader)
    while isinstance(answer, h11.InformationalResponse):
        answer = await _next_event(http, reader)
    if not isinstance(answer, h11.Response):
        raise h11.RemoteProtocolError("it answered nothing")
    content = bytearray()
    while isinstance(event := await _next_event(http, reader), h11.Data):
        content += event.data
        if len(content) > MOST_BYTES:
            raise Refused("budget", f"the answer is longer than {MOST_BYTES:,} bytes")
    return Fetched(status=answer.status_code, headers=_joined(answer.headers), body=bytes(content))


async def _next_event(http: h11.Connection, reader: asyncio.StreamReader) -> Any:
    while (event := http.next_event()) is h11.NEED_DATA:
        http.receive_data(await reader.read(CHUNK_BYTES))
    return event


def _joined(headers: Any) -> dict[str, str]:
    joined: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _bad(reason: str) -> Refused:
    return Refused("request", reason)


def _unreachable(target: _Target, reason: str) -> Refused:
    return Refused("unreachable", f"{target.authority} gave no answer: {reason}")
