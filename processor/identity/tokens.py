"""
Tokens of an issuer (JWT, RFC 7519): whose they are, once their signature and claims have held.

Which algorithms count is the operator's list, never the token's word, and a key is used for what
it says it is for. Of a token that does not hold nothing is told, as of a key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from processor.errors import Unauthenticated

from .caller import ALL_SCOPES, Caller
from .tenant import DEFAULT_TENANT, Tenant, read_tenant

SKEW_SECONDS: Final = 30
"""As far as an issuer's clock and ours may be apart."""
ASYMMETRIC: Final = frozenset(
    f"{family}{size}" for family in ("RS", "PS", "ES") for size in (256, 384, 512)
) | {"EdDSA"}
SYMMETRIC: Final = frozenset({"HS256", "HS384", "HS512"})
MOST_KEYS: Final = 100
_WRONG: Final = (JoseError, ValueError, TypeError, KeyError, RecursionError, msgspec.MsgspecError)


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """What a token must say, and what is read out of it."""

    issuer: str
    audience: str
    algorithms: frozenset[str]
    scope_claim: str
    """Of a list of scopes, or of a text with spaces between them."""
    tenant_claim: str
    """Of the tenant; empty takes every token for the default tenant's."""


class SigningKeys(Protocol):
    """The keys that an issuer signs with."""

    async def named(self, kid: str | None) -> Key | None:
        """
        Give the key of that id, or the only one there is where no id is told; None otherwise.

        Raises KeysUnavailable where they cannot be had now.
        """


class FixedKeys:
    """Satisfies SigningKeys: those that were read at start."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    async def named(self, kid: str | None) -> Key | None:
        """See SigningKeys."""
        return chosen(self._keys, kid)


def read_keys(content: bytes) -> KeySet:
    """Read a JWK Set (RFC 7517); raises ValueError for what is none, or has too many keys."""
    try:
        document: Any = msgspec.json.decode(content)
        if len(document["keys"]) > MOST_KEYS:
            raise ValueError(f"there are more than {MOST_KEYS} keys")
        return KeySet.import_key_set(document)
    except _WRONG as error:
        raise ValueError(f"no JWK Set: {type(error).__name__}") from error


def chosen(keys: KeySet, kid: str | None) -> Key | None:
    """Give the key of an id; without one only where there is no choice."""
    if kid is None:
        return keys.keys[0] if len(keys.keys) == 1 else None
    return next((key for key in keys if key.kid == kid), None)


class Tokens:
    """Tells who shows a token."""

    def __init__(self, policy: Policy, keys: SigningKeys) -> None:
        self._policy = policy
        self._keys = keys
        self._registry = JWSRegistry(
            algorithms=sorted(policy.algorithms), strict_check_header=False
        )

    async def caller(self, token: str) -> Caller:
        """Give who shows a token; raises Unauthenticated and KeysUnavailable."""
        try:
            return self._read(await self._verified(token))
        except _WRONG:
            raise Unauthenticated.of_wrong_token() from None

    async def _verified(self, token: str) -> Mapping[str, Any]:
        signed = jws.extract_compact(token.encode(), registry=self._registry)
        header = signed.headers()
        if header["alg"] not in self._policy.algorithms:
            raise ValueError("an algorithm that the operator has not named")
        key = await self._keys.named(header.get("kid"))
        if key is None or key.get("alg") not in (None, header["alg"]):
            raise ValueError("no key of that id, or not for this algorithm")
        if not jws.validate_compact(signed, key, registry=self._registry):
            raise ValueError("another signature")
        claims = msgspec.json.decode(signed.payload, type=dict[str, Any])
        JWTClaimsRegistry(
            now=int(datetime.now(UTC).timestamp()),
            leeway=SKEW_SECONDS,
            iss={"essential": True, "value": self._policy.issuer},
            aud={"essential": True, "value": self._policy.audience},
            exp={"essential": True},
        ).validate(claims)
        return claims

    def _read(self, claims: Mapping[str, Any]) -> Caller:
        given = claims.get(self._policy.scope_claim, ())
        names = given.split() if isinstance(given, str) else given
        scopes = frozenset(scope for scope in ALL_SCOPES if scope in names)
        return Caller(name="token", tenant=self._tenant(claims), scopes=scopes)

    def _tenant(self, claims: Mapping[str, Any]) -> Tenant:
        if not self._policy.tenant_claim:
            return DEFAULT_TENANT
        return read_tenant(claims[self._policy.tenant_claim])
