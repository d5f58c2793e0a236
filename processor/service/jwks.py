"""The keys of an issuer, fetched from where it tells them, kept for a while."""

import asyncio
import time
from typing import Final

import aiohttp
import structlog
from joserfc.jwk import Key, KeySet
from yarl import URL

from processor.errors import KeysUnavailable
from processor.identity.tokens import chosen, read_keys

from .public import IsPublic, require_public

log = structlog.get_logger()

PATIENCE: Final = aiohttp.ClientTimeout(total=5)
LARGEST: Final = 256 << 10
FRESH_SECONDS: Final = 600.0
"""After which keys are fetched anew: one that the issuer has withdrawn is taken no longer."""
STALE_SECONDS: Final = 3600.0
"""As long keys are taken whose issuer cannot be reached."""
COOL_DOWN_SECONDS: Final = 30.0
"""Between two fetches, whatever unknown keys tokens name."""
OK: Final = 200


class FetchedKeys:
    """Satisfies SigningKeys; one fetch at a time, for all who wait for it."""

    def __init__(self, url: URL, client: aiohttp.ClientSession, is_public: IsPublic) -> None:
        self._url = url
        self._client = client
        self._is_public = is_public
        self._keys: KeySet | None = None
        self._fetched = self._tried = float("-inf")
        self._turn = asyncio.Lock()

    async def named(self, kid: str | None) -> Key | None:
        """See SigningKeys."""
        if self._age() > FRESH_SECONDS or self._find(kid) is None:
            async with self._turn:
                if self._age() > FRESH_SECONDS or self._find(kid) is None:
                    await self._fetch_unless_just_tried()
        if self._keys is None or self._age() > STALE_SECONDS:
            message = "the issuer's keys cannot be fetched now"
            raise KeysUnavailable(message, retry_after=int(COOL_DOWN_SECONDS))
        return self._find(kid)

    def _find(self, kid: str | None) -> Key | None:
        return None if self._keys is None else chosen(self._keys, kid)

    def _age(self) -> float:
        return time.monotonic() - self._fetched

    async def _fetch_unless_just_tried(self) -> None:
        if time.monotonic() - self._tried < COOL_DOWN_SECONDS:
            return
        self._tried = time.monotonic()
        try:
            self._keys = read_keys(await self._content())
            self._fetched = time.monotonic()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            log.warning("issuer_keys_not_fetched", reason=f"{type(error).__name__}: {error}"[:200])

    async def _content(self) -> bytes:
        require_public(self._url, self._is_public)
        async with self._client.get(self._url, allow_redirects=False) as response:
            if response.status != OK:
                raise ValueError(f"the issuer answered {response.status}")
            content = bytearray()
            async for part in response.content.iter_any():
                content += part
                if len(content) > LARGEST:
                    raise ValueError(f"the keys are longer than {LARGEST:,} bytes")
            return bytes(content)
