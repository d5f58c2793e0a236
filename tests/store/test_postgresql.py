"""What only a store on a server has: tables that others migrate, connections that get lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from processor.errors import ProcessorFault, StoreUnavailable
from processor.store import postgresql, sqlite
from processor.store.kept import Keeping, Store
from processor.store.opening import Place, migrate, opened
from processor.store.postgresql.address import Address
from processor.store.postgresql.connection import LOST, connect
from processor.store.postgresql.database import Database
from processor.store.postgresql.lane import Lane
from processor.store.postgresql.migrate import newest
from processor.store.postgresql.queries import QUERIES
from processor.store.sqlite.database import QUERIES as EMBEDDED
from tests.database import Server
from tests.store.build import STEP, a_cycle, a_run, a_ticket, claimed, kept

OF_ONE_DIALECT = {
    *("durable", "deferred", "write_ahead", "count_revisions", "leave_keys", "check_keys"),
    *("migrate_alone", "make_schema"),
}


@pytest.fixture
def url(database_server: Server) -> str:
    return database_server.emptied()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with postgresql.opened(url, connections=2) as store:
        yield store


def lanes(store: Store) -> list[Lane]:
    """Give the connections of a store where nothing is under way."""
    database = store.outbox._database
    assert isinstance(database, Database)
    return [*database._free._queue]  # type: ignore[attr-defined] # what it holds


async def execute(url: str, query: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(query)
    finally:
        await connection.close()


# Queries and tables


def test_both_databases_have_the_same_queries() -> None:
    assert QUERIES.keys() ^ EMBEDDED.keys() == OF_ONE_DIALECT


async def test_every_query_fits_the_tables(url: str) -> None:
    connection = await asyncpg.connect(url, server_settings={"search_path": "processor"})
    try:
        for query in QUERIES.values():
            await connection.prepare(query.writing)
            await connection.prepare(query.reading)
    finally:
        await connection.close()


async def test_both_databases_have_the_same_tables_with_the_same_columns(
    url: str, tmp_path: Path
) -> None:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'processor'"
    )
    await connection.close()
    with sqlite.database.connect(sqlite.migrate(tmp_path)) as embedded:
        columns = embedded.execute(
            "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c"
            " WHERE m.type = 'table' AND m.name <> 'sqlite_sequence'"
        ).fetchall()
    embedded.close()

    def named(found: list[Any]) -> set[tuple[str, str]]:
        return {(row[0], row[1]) for row in found}

    assert named(rows) == named(columns)


def test_both_databases_are_at_the_same_revision() -> None:
    assert newest() == sqlite.newest()


async def test_a_database_without_tables_is_refused_and_the_message_says_what_to_run(
    database_server: Server,
) -> None:
    with pytest.raises(ProcessorFault, match=r"no tables yet.*processor migrate"):
        async with postgresql.opened(database_server.empty_database()):
            pass


async def test_migrating_makes_the_tables_and_a_second_time_nothing(
    database_server: Server,
) -> None:
    url = database_server.empty_database()
    place = Place(url, Path())

    revisions = await asyncio.gather(migrate(place), migrate(place))

    assert {*revisions} == {newest()}
    async with opened(place) as store:
        assert (await a_cycle(store.runs, b"1")).state == "succeeded"


@pytest.mark.parametrize(("revision", "told"), [("9999", "newer version"), ("0001", "at 0001")])
async def test_tables_of_another_version_are_refused_and_the_message_tells_both(
    database_url: str, revision: str, told: str
) -> None:
    await execute(database_url, f"UPDATE processor.alembic_version SET version_num = '{revision}'")

    with pytest.raises(ProcessorFault, match=f"{told}.*{newest()}"):
        async with postgresql.opened(database_url):
            pass


async def test_tables_of_a_newer_version_are_not_migrated(database_url: str) -> None:
    await execute(database_url, "UPDATE processor.alembic_version SET version_num = '9999'")

    with pytest.raises(ProcessorFault, match="newer version"):
        await migrate(Place(database_url, Path()))


async def test_a_checkpoints_history_cannot_be_rewritten(store: Store, url: str) -> None:
    await a_cycle(store.runs, b"1")

    with pytest.raises(asyncpg.RaiseError, match="another entry"):
        await execute(url, "UPDATE processor.checkpoint SET version = version")


# Addresses


async def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql://me:secret@/runs?host={tmp_path}&password=secret"

    with pytest.raises(StoreUnavailable) as told:
        async with postgresql.opened(url):
            pass

    assert "postgresql://***@/runs cannot be reached" in str(told.value)
    assert "secret" not in str(told.value)


async def test_a_url_that_makes_no_sense_is_a_fault() -> None:
    with pytest.raises(ProcessorFault, match="cannot be used"):
        async with postgresql.opened("postgresql://a:b:c:d/e"):
            pass


# Connections that get lost


async def test_a_connection_that_was_ended_is_opened_again(store: Store, url: str) -> None:
    await a_cycle(store.runs, b"1")
    await execute(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )

    run = await a_cycle(store.runs, b"2")

    assert run.checkpoint is not None
    assert run.checkpoint.version == 2


class Losing:
    """A connection that is lost where it commits, before or after the server has kept it."""

    def __init__(self, connection: Any, *, kept: bool) -> None:
        self._connection = connection
        self._kept = kept
        self._writes = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def execute(self, query: str, *values: object) -> str:
        if query.startswith("BEGIN"):
            self._writes = "READ ONLY" not in query
        if "beats = beats + 1" in query:
            self._writes = False  # a sign of life may get between what a test does
        if query != "COMMIT" or not self._writes:
            return str(await self._connection.execute(query, *values))
        if self._kept:
            await self._connection.execute(query)
        self._connection.terminate()
        raise ConnectionResetError("lost at the commit")


def lose_at_commits(store: Store, *, kept: bool) -> None:
    """Let the next commit of each open connection be its last."""
    for lane in lanes(store):
        if lane._connection is not None:
            lane._connection = Losing(lane._connection, kept=kept)


@pytest.mark.parametrize("kept_it", [True, False])
async def test_an_answer_whose_commit_was_lost_is_kept_once(store: Store, kept_it: bool) -> None:
    claim = await claimed(store.runs)
    lose_at_commits(store, kept=kept_it)

    run = await store.runs.finish(claim, a_run(claim), b"1")

    assert run.state == "succeeded"
    moves = await store.checkpoints.history(STEP, below_version=None, limit=9)
    assert [(move.version, move.run_id) for move in moves] == [(1, claim.run_id)]


@pytest.mark.parametrize("kept_it", [True, False])
async def test_a_claim_whose_commit_was_lost_is_told_and_holds_no_step(
    store: Store, kept_it: bool
) -> None:
    await a_cycle(store.runs, b"1")
    lose_at_commits(store, kept=kept_it)

    with pytest.raises(StoreUnavailable, match="lost at the commit"):
        await store.runs.claim(a_ticket(key="k"))

    assert (await claimed(store.runs, a_ticket(key="k"))).attempt == (2 if kept_it else 1)


async def test_a_process_that_stands_still_in_a_transaction_holds_up_nobody_for_long(
    store: Store, url: str
) -> None:
    await a_cycle(store.runs, b"1")
    still = await connect(Address(url))
    try:
        await still.execute("BEGIN")
        await still.execute("SELECT FROM step FOR UPDATE")

        run = await a_cycle(store.runs, b"2")

        with pytest.raises(LOST):
            await still.execute("COMMIT")
    finally:
        still.terminate()
    assert run.checkpoint is not None
    assert run.checkpoint.version == 2


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


async def test_a_server_that_is_ended_and_comes_back_loses_no_answer(
    url: str, database_server: Server
) -> None:
    async with postgresql.opened(url, Keeping(lease=timedelta(seconds=2))) as store:
        claim = await claimed(store.runs)
        await asyncio.to_thread(database_server.stop, "immediate")
        async with asyncio.TaskGroup() as tasks:
            finishing = tasks.create_task(store.runs.finish(claim, a_run(claim), b"1"))
            try:
                with pytest.raises(StoreUnavailable, match="cannot be reached"):
                    await store.checkpoints.get(STEP)
                await until(lambda: store.trouble)
            finally:
                await asyncio.to_thread(database_server.start)
            run = await finishing
            await until(lambda: not store.trouble)

        assert run == await kept(store.runs, claim.run_id)
    assert (run.state, run.checkpoint and run.checkpoint.version) == ("succeeded", 1)


async def test_text_that_the_database_cannot_hold_is_our_fault_and_not_the_servers(
    store: Store,
) -> None:
    with pytest.raises(ProcessorFault, match="store"):
        await store.runs.claim(a_ticket("a\0b"))

    assert (await claimed(store.runs)).attempt == 1
