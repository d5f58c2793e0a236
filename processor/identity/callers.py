"""From what a request shows to who calls."""

import hmac
import time
from typing import Final, Protocol

from processor.errors import Unauthenticated

from .api_keys import PREFIX, Keys, presented
from .caller import Caller

OFTEN_SECONDS: Final = 60.0
"""Between two times that a key's use is remembered."""
LONGEST_TOKEN: Final = 16 << 10
_NOBODY: Final = b"\0" * 32


class Tokens(Protocol):
    """Tells who shows a token of an issuer; see `processor.identity.tokens`."""

    async def caller(self, token: str) -> Caller:
        """Give who shows a token; raises Unauthenticated and KeysUnavailable."""


class Callers:
    """Tells who calls. What is wrong with a token it tells nobody: guessing is not to be helped."""

    def __init__(self, keys: Keys, tokens: Tokens | None = None) -> None:
        """Know callers by API keys, and by the tokens of an issuer where there is one."""
        self._keys = keys
        self._tokens = tokens
        self._remembered: dict[str, float] = {}

    async def of(self, token: str) -> Caller:
        """Give who shows a token; raises Unauthenticated and KeysUnavailable."""
        if len(token) > LONGEST_TOKEN:
            raise Unauthenticated.of_wrong_token()
        if token.startswith(PREFIX):
            return await self._of_key(token)
        if self._tokens is None:
            raise Unauthenticated.of_wrong_token()
        return await self._tokens.caller(token)

    async def _of_key(self, token: str) -> Caller:
        shown = presented(token)
        if shown is None:
            raise Unauthenticated.of_wrong_token()
        key_id, digest = shown
        key = await self._keys.usable(key_id)
        # Compared also where there is no such key, so that both take the same time.
        same = hmac.compare_digest(digest, key.digest if key is not None else _NOBODY)
        if key is None or not same:
            raise Unauthenticated.of_wrong_token()
        await self._remember(key_id)
        return Caller(name=f"key:{key_id}", tenant=key.tenant, scopes=key.scopes)

    async def _remember(self, key_id: str) -> None:
        now = time.monotonic()
        if now - self._remembered.get(key_id, -OFTEN_SECONDS) >= OFTEN_SECONDS:
            self._remembered[key_id] = now
            await self._keys.used(key_id)
