"""Every store, opened as the test's own process and as another one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from processor.store.kept import Keeping
from tests.database import Server
from tests.store.build import Opens, Store, opens


@pytest.fixture
def keeping() -> Keeping:
    return Keeping()


@pytest.fixture(params=["sqlite", "postgresql"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path, keeping: Keeping) -> Opens:
    if request.param == "sqlite":
        return opens(str(tmp_path / "data"), keeping)
    server: Server = request.getfixturevalue("database_server")
    return opens(server.emptied(), keeping)


@pytest.fixture
async def store(open_store: Opens) -> AsyncIterator[Store]:
    async with open_store() as opened:
        yield opened


@pytest.fixture
async def other(open_store: Opens, store: Store) -> AsyncIterator[Store]:
    """The same store, as another process has it open."""
    async with open_store() as opened:
        yield opened
