"""Whose name a request is sent to, where callers are not asked who they are."""

import ipaddress

from aiohttp import web
from aiohttp.typedefs import Handler

from processor.errors import Misdirected


@web.middleware
async def only_by_address(request: web.Request, handler: Handler) -> web.StreamResponse:
    """
    Serve requests to `localhost` or to an address alone.

    A page in a browser can have its own name resolve to this machine (DNS rebinding), and would
    then be of our origin. It cannot change the name that the browser sends.
    """
    host = request.headers.get("Host", "")
    if host and not is_local(host):
        message = f"this service is not called {host!r:.200}; send to its address, or to localhost"
        raise Misdirected(message)
    return await handler(request)


def is_local(host: str) -> bool:
    """
    Tell whether a Host header is an address, or a name that only this machine answers to.

    >>> [is_local(host) for host in ("localhost:8080", "[::1]:80", "127.0.0.1", "rebound.example")]
    [True, True, True, False]
    """
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    if name.lower().removesuffix(".").rpartition(".")[2] == "localhost":
        return True
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
