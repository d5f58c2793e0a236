"""The store that an operator names: `sqlite:`, `sqlite:FOLDER` or `postgresql://…`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

from processor.errors import ProcessorFault

from . import sqlite
from .copying import Tables, copy, require_alone
from .kept import Keeping, Store

CONNECTIONS: Final = 8
"""To PostgreSQL, of one process."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is: the URL that names it, and the folder of a store that needs no server."""

    url: str
    data_dir: Path

    def __str__(self) -> str:
        """
        Give what may be logged.

        >>> str(Place("sqlite:", Path("data"))), str(Place("sqlite:/srv/a", Path("data")))
        ('sqlite:data', 'sqlite:/srv/a')
        """
        if self.is_postgresql:
            return str(_postgresql().Address(self.url))
        return f"sqlite:{self.folder}"

    @property
    def is_postgresql(self) -> bool:
        """Whether a server keeps it."""
        return self.url.startswith(("postgresql:", "postgres:"))

    @property
    def folder(self) -> Path:
        """Where the embedded store lies."""
        return Path(self.url.removeprefix("sqlite:") or self.data_dir)


@asynccontextmanager
async def opened(
    place: Place, keeping: Keeping | None = None, *, connections: int = CONNECTIONS
) -> AsyncIterator[Store]:
    """
    Open a store; raises ProcessorFault where it cannot be used.

    An embedded one is brought to the newest tables; those of PostgreSQL are several processes', so
    `migrate` does that, on its own.
    """
    opening: AbstractAsyncContextManager[Store]
    if place.is_postgresql:
        opening = _postgresql().opened(place.url, keeping, connections=connections)
    else:
        opening = sqlite.opened(place.folder, keeping)
    async with opening as store:
        yield store


async def migrate(place: Place) -> str:
    """Bring a store to the newest tables, and give their revision; raises ProcessorFault."""
    if place.is_postgresql:
        revision: str = await _postgresql().migrate(place.url)
        return revision
    await asyncio.to_thread(sqlite.migrate, place.folder)
    return sqlite.newest()


async def copy_state(source: Place, target: Place, *, keeping: Keeping | None = None) -> int:
    """
    Copy all that a store keeps into one that is empty, and tell how many rows that were.

    Raises ProcessorFault where the source is open elsewhere, or the target is not empty; then
    nothing is copied.
    """
    keeping = keeping or Keeping()
    await migrate(target)
    async with (
        opened(source, keeping),  # what dead processes have left is settled
        _tables(source, writes=False) as reading,
    ):
        await require_alone(reading, seconds=2 * keeping.lease.total_seconds())
        async with _tables(target, writes=True) as writing:
            return await copy(reading, writing)


@asynccontextmanager
async def _tables(place: Place, *, writes: bool) -> AsyncIterator[Tables]:
    if place.is_postgresql:
        async with _postgresql().tables(place.url, writes=writes) as found:
            yield found
    else:
        with sqlite.tables(place.folder, writes=writes) as found:
            yield found


def _postgresql() -> ModuleType:
    # Imported here: an embedded store does without the driver, which is an extra.
    try:
        from . import postgresql
    except ImportError as error:
        raise ProcessorFault(
            f"a store on PostgreSQL needs the extra `postgresql`: {error}"
        ) from error
    return postgresql
