"""One real house for every rule: runtime, store and main path, opened once."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from .house import House, opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with opened(tmp_path_factory.mktemp("rules")) as built:
        yield built
