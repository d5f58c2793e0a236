"""
What an instance asks the service for, of which one thing is served: an HTTP request of a node's.

A question is a hostile frame like any other. What bounds the answer is the step's network, enforced
by the run's proxy; whether the node's definition has asked for it is the guest's own word.
"""

import base64
import binascii
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Final

import msgspec

from processor import egress
from processor.egress import NOWHERE, Fetched, Outside, Proxy, Refused, Wish, fetch
from processor.runtime.contract import Assignment

LONGEST_QUESTION: Final = 6 << 20
"""A body of 4 MiB as Base64, and what is around it."""
METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
"""By the SDK's numbers."""
PERMISSIONS: Final = frozenset({"network:http", "network_http", "http"})
"""One permission, as callers may write it."""
NOTHING: Final = b"null"


class _Question(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    content: str


class _Http(msgspec.Struct, forbid_unknown_fields=True):
    method: Annotated[int, msgspec.Meta(ge=0, lt=len(METHODS))]
    url: str
    headers: dict[str, str]
    body_base64: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Gateway:
    """How the nodes of a service reach what is outside."""

    outside: Outside = NOWHERE
    ca_bundle: str = ""
    """A file of certificates to trust there; this machine's where none is named."""


class Answers:
    """What is answered to one run; made by `answering`."""

    def __init__(
        self, proxy: Proxy | None, ca_bundle: str, refusals: list[str], *, granted: bool
    ) -> None:
        self._proxy = proxy
        self._ca_bundle = ca_bundle
        self._refusals = refusals
        self._granted = granted

    async def answer(self, question: bytes, warn: Callable[[str], None]) -> bytes:
        """
        Give the answer to a question as JSON, null where there is none; `warn` is told why.

        Raises msgspec's errors for what is no question.
        """
        asked = msgspec.json.decode(question, type=_Question)
        if asked.name != "http" or self._proxy is None:
            return NOTHING
        if not self._granted:
            warn("network: permission network:http missing")
            return NOTHING
        before = len(self._refusals)
        try:
            wish, secure = _wish(asked.content), trusting(self._ca_bundle)
            return _written(await fetch(self._proxy, wish, secure))
        except Refused as refused:
            said = self._refusals[before:] or [f"network: {refused}"]
            warn(said[0])
            return NOTHING


@asynccontextmanager
async def answering(assignment: Assignment, gateway: Gateway) -> AsyncIterator[Answers]:
    """Answer what one run asks while the block lasts; its proxy ends with it."""
    permissions = assignment.node.permissions
    granted = permissions is None or not permissions.isdisjoint(PERMISSIONS)
    refusals: list[str] = []
    if assignment.network.mode == "none":
        yield Answers(None, "", refusals, granted=granted)
        return
    async with egress.opened(assignment.network, gateway.outside, refusals.append) as proxy:
        yield Answers(proxy, gateway.ca_bundle, refusals, granted=granted)


@lru_cache(maxsize=4)
def trusting(ca_bundle: str) -> ssl.SSLContext:
    """Give what TLS trusts; read at the first request, for it takes a while."""
    return ssl.create_default_context(cafile=ca_bundle or None)


def _wish(content: str) -> Wish:
    try:
        asked = msgspec.json.decode(content, type=_Http)
        body = base64.b64decode(asked.body_base64 or "", validate=True)
    except (msgspec.MsgspecError, binascii.Error, UnicodeError) as error:
        raise Refused("request", f"no HTTP request: {error}") from None
    return Wish(
        method=METHODS[asked.method], url=asked.url, headers=[*asked.headers.items()], body=body
    )


def _written(fetched: Fetched) -> bytes:
    return msgspec.json.encode(
        {
            "status": fetched.status,
            "headers": fetched.headers,
            "body_base64": base64.b64encode(fetched.body).decode(),
        }
    )
