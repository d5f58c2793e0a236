"""Connections to PostgreSQL: how they are opened, and what their errors mean."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import asyncpg

from processor.errors import ProcessorFault, StoreUnavailable

from .address import Address

SCHEMA: Final = "processor"
"""Where all tables are; other programs may have theirs in the same database."""
CONNECT_SECONDS: Final = 5.0
COMMAND_SECONDS: Final = 30.0
"""A query that takes longer has lost its server."""
IDLE_SECONDS: Final = 2
"""A transaction that does nothing for so long is of a process that stands still, or of a machine
that is gone: the server undoes it, so that nobody waits for the rows that it holds."""
STATEMENTS: Final = 200
"""Of the queries that a connection has prepared: all of them."""

Connection: TypeAlias = asyncpg.Connection

COLLISIONS: Final = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.UniqueViolationError,
    asyncpg.ForeignKeyViolationError,
)
"""Somebody else was faster, or the other way round: the transaction may be begun again."""
LOST: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)
"""The server is away, stops, starts, or has no room."""


async def connect(address: Address) -> Connection:
    """Open a connection that finds our tables without their schema's name."""
    connection: Connection = await asyncpg.connect(
        address.url,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        statement_cache_size=STATEMENTS,
        server_settings={
            "search_path": SCHEMA,
            "application_name": "python-processor",
            "timezone": "UTC",
            "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
        },
    )
    # Moments and spans are text, as on every database.
    for kind in ("timestamptz", "interval"):
        await connection.set_type_codec(
            kind, schema="pg_catalog", encoder=str, decoder=str, format="text"
        )
    return connection


@asynccontextmanager
async def reached(address: Address) -> AsyncIterator[Connection]:
    """Open a connection; raises StoreUnavailable, or ProcessorFault for any other reason."""
    try:
        connection = await connect(address)
        try:
            yield connection
        finally:
            await connection.close()
    except ValueError as error:
        raise ProcessorFault(f"the store at {address} cannot be used: {error}") from error
    except LOST as error:
        raise unavailable(address, error) from error
    except asyncpg.PostgresError as error:
        raise ProcessorFault(f"the store at {address} failed: {error}") from error


def unavailable(address: Address, error: BaseException) -> StoreUnavailable:
    """Tell that a database cannot be reached, and why."""
    reason = str(error) or type(error).__name__
    return StoreUnavailable(f"the store at {address} cannot be reached: {reason}")
