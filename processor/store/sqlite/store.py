"""The store of one data directory, from its opening to its closing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from processor.errors import ProcessorFault
from processor.store.kept import Keeping, Store, kept_on

from . import database
from .file_locks import FileLocks
from .migrate import migrate


@asynccontextmanager
async def opened(data_dir: Path, keeping: Keeping | None = None) -> AsyncIterator[Store]:
    """
    Open the store of a data directory, which must be on a local disk.

    It is made, or brought to the newest tables, where it is not there yet; runs that a dead
    process left are ended. Raises ProcessorFault where that cannot be done.
    """
    path = await asyncio.to_thread(_prepared, data_dir)
    locks = FileLocks(data_dir / "executors")
    async with (
        database.opened(path) as opened_database,
        kept_on(opened_database, locks, keeping or Keeping()) as store,
    ):
        yield store


def _prepared(data_dir: Path) -> Path:
    path = migrate(data_dir)
    folder = data_dir / "executors"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ProcessorFault(f"{folder} cannot be made: {error}") from error
    return path
