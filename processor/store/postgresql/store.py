"""The store on PostgreSQL, from its opening to its closing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from processor.store.kept import Keeping, Store, Unlocked, kept_on

from . import database
from .address import Address
from .connection import reached
from .migrate import require_newest


@asynccontextmanager
async def opened(
    url: str, keeping: Keeping | None = None, *, connections: int = database.CONNECTIONS
) -> AsyncIterator[Store]:
    """
    Open the store of a database whose tables are of this version.

    Raises StoreUnavailable where there is none, and ProcessorFault where its tables are older or
    newer: several machines share it, so none of them changes the tables by itself.
    """
    address = Address(url)
    async with reached(address) as connection:
        await require_newest(connection, address)
    async with (
        database.opened(address, connections) as opened_database,
        kept_on(opened_database, Unlocked(), keeping or Keeping()) as store,
    ):
        yield store
