"""A node's HTTP request where its process has a way out: made here, by its proxy."""

import base64
import os
import ssl
from http.client import HTTPConnection, HTTPSConnection
from typing import Any, Final
from urllib.parse import quote, urlsplit

Json = dict[str, Any]

METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
"""By the SDK's numbers."""
SECONDS: Final = 30.0
MOST_BYTES: Final = 8 << 20
"""Of an answer's body."""
_SAFE: Final = "%/:?#[]@!$&'()*+,;=~"


def requested(request: Json) -> Json:
    """
    Make a request and give its answer; raises OSError, ValueError, http.client's exceptions.

    Always through a tunnel, as the service does it for an instance of WebAssembly.
    """
    url = urlsplit(request["url"])
    way = os.environ.get("http_proxy")  # noqa: TID251 (the statement's own, made afresh for it)
    if way is None or url.hostname is None or url.scheme not in ("http", "https"):
        raise ValueError("an address begins with http:// or https://")
    connection = _connection(urlsplit(way).hostname or "", urlsplit(way).port or 0, url.scheme)
    try:
        connection.set_tunnel(url.hostname, url.port or (443 if url.scheme == "https" else 80))
        path = quote(f"{url.path or '/'}{'?' if url.query else ''}{url.query}", safe=_SAFE)
        body = base64.b64decode(request["body_base64"] or "")
        headers = {"Accept": "*/*", "User-Agent": "python-processor", **request["headers"]}
        connection.request(METHODS[request["method"]], path, body or None, headers)
        answer = connection.getresponse()
        content = answer.read(MOST_BYTES + 1)
    finally:
        connection.close()
    if len(content) > MOST_BYTES:
        raise ValueError(f"the answer is longer than {MOST_BYTES:,} bytes")
    return {
        "status": answer.status,
        "headers": {name.lower(): value for name, value in answer.getheaders()},
        "body_base64": base64.b64encode(content).decode(),
    }


def _connection(host: str, port: int, scheme: str) -> HTTPConnection:
    if scheme == "http":
        return HTTPConnection(host, port, timeout=SECONDS)
    context = ssl.create_default_context()
    return HTTPSConnection(host, port, timeout=SECONDS, context=context)
