"""What a request to the proxy asks for, and what of it goes on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import h11

from .names import BadHost, Host, read_host, written
from .policy import LAST_PORT
from .refused import Refused

Headers: TypeAlias = Iterable[tuple[bytes, bytes]]

SCHEME: Final = "http://"
HTTP_PORT: Final = 80
LONGEST_SHOWN: Final = 80
_LONGEST_PORT: Final = 5
_OF_ONE_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"te", b"trailer", b"upgrade", b"proxy-connection"}
)
_VERSIONS: Final = frozenset({b"1.0", b"1.1"})
_OF_A_BODY: Final = frozenset({b"content-length", b"transfer-encoding"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Where a request is to go."""

    host: Host
    port: int
    path: str | None
    """None for a tunnel, through which the proxy sees nothing."""


def read_request(request: h11.Request) -> Wanted:
    """Read where a request is to go; raises Refused."""
    target = request.target.decode("ascii")
    lengths = [name for name, _ in request.headers if name in _OF_A_BODY]
    if request.http_version not in _VERSIONS:
        raise _bad(target, "only HTTP/1.0 and HTTP/1.1 are spoken")
    if len(lengths) > 1:
        raise _bad(target, "a body's length is given in two ways")
    if request.method == b"CONNECT":
        if lengths:
            raise _bad(target, "CONNECT has no body")
        return _wanted(target, target, default_port=None, path=None)
    if target[: len(SCHEME)].lower() != SCHEME:
        raise _bad(target, "a request to the proxy begins with CONNECT or names an http:// URL")
    authority, rest = _split(target[len(SCHEME) :])
    if "#" in rest:
        raise _bad(target, "a fragment is no part of a request")
    path = rest if rest.startswith("/") else f"/{rest}"
    return _wanted(target, authority, default_port=HTTP_PORT, path=path)


def onward(request: h11.Request, wanted: Wanted) -> h11.Request:
    """Give the request as it goes on: to one host, by one name, on a connection for it alone."""
    assert wanted.path is not None
    port = "" if wanted.port == HTTP_PORT else f":{wanted.port}"
    return h11.Request(
        method=request.method,
        target=wanted.path,
        headers=[
            (b"Host", f"{written(wanted.host)}{port}".encode()),
            *((name, value) for name, value in end_to_end(request.headers) if name != b"host"),
            (b"Connection", b"close"),
        ],
    )


def end_to_end(headers: Headers) -> Iterator[tuple[bytes, bytes]]:
    """Give the headers that are not between two neighbours only (RFC 9110, 7.6.1)."""
    all_headers = list(headers)
    named = {
        option.strip().lower()
        for name, value in all_headers
        if name == b"connection"
        for option in value.split(b",")
    }
    dropped = (_OF_ONE_HOP | named) - _OF_A_BODY
    for name, value in all_headers:
        if name not in dropped and not name.startswith(b"proxy-"):
            yield name, value


def _split(text: str) -> tuple[str, str]:
    """Split what follows a scheme into an authority and the rest."""
    ends = [at for at in map(text.find, "/?#") if at >= 0]
    end = min(ends, default=len(text))
    return text[:end], text[end:]


def _wanted(target: str, authority: str, *, default_port: int | None, path: str | None) -> Wanted:
    if "@" in authority:
        raise _bad(target, "a name and password before a host are not taken")
    host, port = _host_and_port(authority)
    try:
        return Wanted(host=read_host(host), port=_port(port, default_port), path=path)
    except BadHost as error:
        raise _bad(target, f"its host is {error}") from None
    except ValueError as error:
        raise _bad(target, str(error)) from None


def _host_and_port(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, bracket, port = authority.partition("]")
        return host + bracket, port
    host, colon, port = authority.partition(":")
    return host, colon + port


def _port(text: str, default: int | None) -> int:
    digits = text.removeprefix(":")
    if not text and default is not None:
        return default
    if not text.startswith(":") or not digits.isdecimal() or len(digits) > _LONGEST_PORT:
        raise ValueError("its port is no number, or missing")
    if not 0 < int(digits) <= LAST_PORT:
        raise ValueError(f"its port is not between 1 and {LAST_PORT}")
    return int(digits)


def _bad(target: str, reason: str) -> Refused:
    cut = target if len(target) <= LONGEST_SHOWN else f"{target[:LONGEST_SHOWN]}..."
    return Refused("request", f"{cut}: {reason}")
