"""The tokens that callers may show, as the operator has settled them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from yarl import URL

from processor.config import Jwt, Settings
from processor.errors import ProcessorFault
from processor.identity import Callers, Keys, Tokens
from processor.service import opened_client

from .duties import public_unless
from .settled import is_loopback

if TYPE_CHECKING:
    from processor.identity.tokens import SigningKeys


@asynccontextmanager
async def known_callers(settings: Settings, keys: Keys) -> AsyncIterator[Callers]:
    """Tell who calls, while the block lasts; raises ProcessorFault for settings that cannot be."""
    jwt = settings.jwt
    if not jwt.issuer and jwt != Jwt():
        raise ProcessorFault("`jwt` is set without `jwt.issuer`: whose tokens are to be taken?")
    async with AsyncExitStack() as stack:
        yield Callers(keys, await _tokens(jwt, stack) if jwt.issuer else None)


async def _tokens(jwt: Jwt, stack: AsyncExitStack) -> Tokens:
    # Imported here: where no tokens are taken, nobody waits for the library.
    from processor.identity import tokens

    algorithms = frozenset(filter(None, (name.strip() for name in jwt.algorithms.split(","))))
    known = tokens.ASYMMETRIC | (tokens.SYMMETRIC if jwt.keys else frozenset())
    if not jwt.audience:
        raise ProcessorFault("`jwt.audience` is not set: a token for somebody else would be taken")
    if not algorithms or not algorithms <= known:
        told = ", ".join(sorted(known))
        raise ProcessorFault(
            f"`jwt.algorithms` is a list of some of {told}; HS… only with `jwt.keys`"
        )
    if bool(jwt.jwks_url) == bool(jwt.keys):
        raise ProcessorFault("set one of `jwt.jwks_url` and `jwt.keys`: where the keys are")
    policy = tokens.Policy(
        issuer=jwt.issuer,
        audience=jwt.audience,
        algorithms=algorithms,
        scope_claim=jwt.scope_claim,
        tenant_claim=jwt.tenant_claim,
    )
    return tokens.Tokens(policy, await _signing_keys(jwt, stack))


async def _signing_keys(jwt: Jwt, stack: AsyncExitStack) -> "SigningKeys":
    from processor.identity import tokens  # see above
    from processor.service.jwks import PATIENCE, FetchedKeys

    if jwt.keys:
        try:
            return tokens.FixedKeys(tokens.read_keys(jwt.keys.encode()))
        except ValueError as error:
            raise ProcessorFault(f"`jwt.keys` cannot be used: {error}") from None
    url = _url(jwt.jwks_url)
    is_public = public_unless(jwt.private_addresses)
    client = await stack.enter_async_context(opened_client(is_public, PATIENCE))
    return FetchedKeys(url, client, is_public)


def _url(text: str) -> URL:
    try:
        url = URL(text)
    except ValueError as error:
        raise ProcessorFault(f"`jwt.jwks_url` is no address: {error}") from None
    plain = url.scheme == "http" and url.host is not None and is_loopback(url.host)
    if url.host is None or not (url.scheme == "https" or plain):
        raise ProcessorFault("`jwt.jwks_url` is https, or http on a loopback address")
    return url
