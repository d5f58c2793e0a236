"""Bring a database to the newest tables, and see whether it is there."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg

from processor.errors import ProcessorFault

from .address import Address
from .connection import Connection, reached
from .queries import QUERIES

if TYPE_CHECKING:
    from sqlalchemy import Connection as Wrapped

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def newest() -> str:
    """Give the revision that this version works with."""
    return max(file.name.partition("_")[0] for file in MIGRATIONS.glob("versions/*.py"))


async def migrate(url: str) -> str:
    """
    Bring a database to the newest tables, and give their revision.

    Services of the version before may go on meanwhile: a migration adds what the new version
    needs, and what the old one has left is removed by a later version's. Raises StoreUnavailable,
    and ProcessorFault where a newer version has been there.
    """
    address = Address(url)
    async with reached(address) as connection:
        # A session's lock: who comes second waits here, and finds nothing left to do.
        await connection.execute(QUERIES["migrate_alone"].writing)
        before = await _revision(connection)
        if before is not None:
            _refuse_newer(before, address)
        if before != newest():
            await connection.execute(QUERIES["make_schema"].writing)
            await _upgrade(address)
    return newest()


async def require_newest(connection: Connection, address: Address) -> None:
    """Raise ProcessorFault where the tables are not those of this version."""
    revision = await _revision(connection)
    if revision is None or revision < newest():
        at = "has no tables yet" if revision is None else f"has its tables at {revision}"
        raise ProcessorFault(
            f"the store at {address} {at}, this version needs them at {newest()}: "
            "run `processor migrate` first"
        )
    _refuse_newer(revision, address)


async def _upgrade(address: Address) -> None:
    # Imported here: services need it never, and it takes longer than all else of a start.
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    from .connection import connect

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: connect(address), poolclass=NullPool
    )
    # All migrations are one transaction: what is ended half-way leaves the old tables.
    async with engine.begin() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


def _run(connection: "Wrapped") -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def _revision(connection: Connection) -> str | None:
    try:
        found = await connection.fetchval(QUERIES["find_revision"].reading)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return None
    return None if found is None else str(found)


def _refuse_newer(revision: str, address: Address) -> None:
    if revision > newest():
        raise ProcessorFault(
            f"the store at {address} belongs to a newer version of this service: its tables are "
            f"at {revision}, this version knows them up to {newest()}; start the newer version"
        )
