"""The WASM runtime with one keeper, opened once."""

from collections.abc import AsyncIterator

import pytest_asyncio

from .host import Host, opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def host() -> AsyncIterator[Host]:
    async with opened() as warmed:
        yield warmed
