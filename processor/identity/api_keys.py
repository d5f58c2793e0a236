"""
API keys: `prc_ID_SECRET_CHECKSUM`, of which the store has the id and a digest of the secret.

The secret is 256 random bits, so one round of SHA-256 is as hard to turn back as many, and takes
no time: a slow hash, as passwords need, would let anybody keep the service busy by guessing. The
checksum tells a mistyped key from an unknown one without a look into the store, and lets scanners
of repositories be sure of what they have found.
"""

import base64
import hashlib
import hmac
import re
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from .caller import Scope
from .tenant import Tenant

PREFIX: Final = "prc_"
_ID_BYTES: Final = 10
_SECRET_BYTES: Final = 32
_FORM: Final = re.compile(r"(prc_([a-z2-7]{16})_([a-z2-7]{52}))_([0-9a-f]{8})")


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """A key as it is kept: all but its secret."""

    key_id: str
    name: str
    """What the operator calls it."""
    tenant: Tenant
    scopes: frozenset[Scope]
    digest: bytes
    """SHA-256 of the secret."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    """To the minute."""


@dataclass(frozen=True, slots=True)
class Minted:
    """A new key: its text, which is shown once, and what is kept of it."""

    text: str
    key_id: str
    digest: bytes


def mint() -> Minted:
    """Make a new key."""
    key_id, secret = _letters(_ID_BYTES), _letters(_SECRET_BYTES)
    before = f"{PREFIX}{key_id}_{secret}"
    return Minted(f"{before}_{_checksum(before)}", key_id, _digest(secret))


def presented(text: str) -> tuple[str, bytes] | None:
    """
    Give the id and the digest of a key's text, None where it is none.

    >>> made = mint()
    >>> presented(made.text) == (made.key_id, made.digest)
    True
    >>> presented(made.text[:-1] + "x") is None
    True
    """
    found = _FORM.fullmatch(text)
    if found is None or not hmac.compare_digest(_checksum(found[1]), found[4]):
        return None
    return found[2], _digest(found[3])


def _letters(size: int) -> str:
    return base64.b32encode(secrets.token_bytes(size)).decode().rstrip("=").lower()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


class Keys(Protocol):
    """API keys of every tenant; what is done to one holds at once, in every process."""

    async def add(
        self,
        minted: Minted,
        *,
        name: str,
        tenant: Tenant,
        scopes: frozenset[Scope],
        lasts: timedelta | None,
    ) -> ApiKey:
        """Keep a new key, which expires after some time or never."""

    async def usable(self, key_id: str) -> ApiKey | None:
        """Give the key of that id, None where it is not there, has expired or was revoked."""

    async def list(self) -> Sequence[ApiKey]:
        """Give every key, the oldest first, those included that are no longer usable."""

    async def revoke(self, key_id: str) -> ApiKey | None:
        """Let a key be used no more; a second time changes nothing. None where there is none."""

    async def rotate(self, key_id: str, minted: Minted, overlap: timedelta) -> ApiKey | None:
        """
        Keep a new key in place of a usable one, which expires once `overlap` is over, or earlier.

        The new one has its name, tenant, scopes and, counted from now, its lifetime. None where
        there is no usable key of that id.
        """

    async def used(self, key_id: str) -> None:
        """Remember that a key was used just now; this may be lost with the machine."""
