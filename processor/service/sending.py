"""Callbacks out: signed, to addresses that may be told, and nowhere else."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final, TypeAlias

import aiohttp
import structlog
from aiohttp import abc
from yarl import URL

from processor.callback import Attempted, Callback, Outbox, signed_headers

log = structlog.get_logger()

AT_ONCE: Final = 20
PATIENCE: Final = aiohttp.ClientTimeout(total=10)
MEDIA_TYPE: Final = "application/cloudevents+json"
GONE: Final = 410

IsPublic: TypeAlias = Callable[[str], bool]
"""Tells whether an address, as text, may be sent to."""


class ForbiddenAddress(OSError):
    """The callback's host is an address that may not be sent to."""


class Sender:
    """Sends what is in an outbox."""

    def __init__(
        self, outbox: Outbox, key: bytes, client: aiohttp.ClientSession, is_public: IsPublic
    ) -> None:
        self._outbox = outbox
        self._key = key
        self._client = client
        self._is_public = is_public

    async def send(self) -> int:
        """Send some callbacks whose time has come; tell how many there were."""
        callbacks = await self._outbox.take(AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for callback in callbacks:
                tasks.create_task(self._send(callback))
        return len(callbacks)

    async def _send(self, callback: Callback) -> None:
        attempted, reason = await self._attempt(callback)
        if attempted != "delivered":
            log.warning("callback_failed", attempt=callback.attempt, reason=reason)
        await self._outbox.settle(callback, attempted, reason)

    async def _attempt(self, callback: Callback) -> tuple[Attempted, str]:
        headers = signed_headers(callback, self._key, datetime.now(UTC))
        try:
            url = URL(callback.url)
            # A host that is an address is not resolved, and so not looked at on the way.
            if url.host is not None and _is_address(url.host) and not self._is_public(url.host):
                raise ForbiddenAddress("its address may not be sent to")
            async with self._client.post(
                url,
                data=callback.content,
                headers={"Content-Type": MEDIA_TYPE, **headers},
                allow_redirects=False,
            ) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return "failed", f"{type(error).__name__}: {error.__cause__ or error}"[:200]
        if status == GONE:
            return "gone", "the receiver answered 410"
        arrived = 200 <= status < 300  # noqa: PLR2004 (what HTTP calls a success)
        return ("delivered", "") if arrived else ("failed", f"the receiver answered {status}")


class _PublicOnly(abc.AbstractResolver):
    """Resolves names to the addresses that may be sent to: the ones that are connected to."""

    def __init__(self, is_public: IsPublic) -> None:
        self._is_public = is_public
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[abc.ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        public = [each for each in found if self._is_public(each["host"])]
        if not public:
            raise ForbiddenAddress("its addresses may not be sent to")
        return public

    async def close(self) -> None:
        await self._inner.close()


@asynccontextmanager
async def opened_sender(outbox: Outbox, key: bytes, is_public: IsPublic) -> AsyncIterator[Sender]:
    """Open what callbacks are sent through: no proxy, no cookies, no redirects."""
    connector = aiohttp.TCPConnector(resolver=_PublicOnly(is_public), use_dns_cache=False)
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=PATIENCE,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
    ) as client:
        yield Sender(outbox, key, client, is_public)


def _is_address(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host.partition("%")[0])
        except OSError:
            continue
        return True
    return False
