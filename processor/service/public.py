"""Requests of our own, to addresses that may be sent to, and nowhere else."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import aiohttp
from aiohttp import abc
from yarl import URL

IsPublic: TypeAlias = Callable[[str], bool]
"""Tells whether an address, as text, may be sent to."""


class ForbiddenAddress(OSError):
    """The host is an address that may not be sent to."""


def require_public(url: URL, is_public: IsPublic) -> None:
    """Raise ForbiddenAddress for a host that is an address, which is not resolved on the way."""
    if url.host is not None and _is_address(url.host) and not is_public(url.host):
        raise ForbiddenAddress("its address may not be sent to")


@asynccontextmanager
async def opened_client(
    is_public: IsPublic, patience: aiohttp.ClientTimeout
) -> AsyncIterator[aiohttp.ClientSession]:
    """Open what requests are sent by: no proxy, no cookies, nothing decompressed."""
    connector = aiohttp.TCPConnector(resolver=_PublicOnly(is_public), use_dns_cache=False)
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=patience,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
    ) as client:
        yield client


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


def _is_address(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host.partition("%")[0])
        except OSError:
            continue
        return True
    return False
