"""Callbacks out: signed, to addresses that may be told, and nowhere else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

import aiohttp
import structlog
from yarl import URL

from processor.callback import Attempted, Callback, Outbox, signed_headers

from .public import IsPublic, opened_client, require_public

log = structlog.get_logger()

AT_ONCE: Final = 20
PATIENCE: Final = aiohttp.ClientTimeout(total=10)
MEDIA_TYPE: Final = "application/cloudevents+json"
GONE: Final = 410


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
            require_public(url, self._is_public)
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


@asynccontextmanager
async def opened_sender(outbox: Outbox, key: bytes, is_public: IsPublic) -> AsyncIterator[Sender]:
    """Open what callbacks are sent through: no proxy, no cookies, no redirects."""
    async with opened_client(is_public, PATIENCE) as client:
        yield Sender(outbox, key, client, is_public)
