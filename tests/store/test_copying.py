"""All that is kept, from one database to another and back."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from processor.errors import ProcessorFault
from processor.run import Run
from processor.runtime.contract import Figure
from processor.step import StepId
from processor.store import postgresql, sqlite
from processor.store.copying import OF_PROCESSES, TABLES
from processor.store.kept import Keeping, Store
from processor.store.opening import Place, copy_state, opened
from tests.database import Server
from tests.store.build import STEP, a_cycle, a_job, a_run, a_ticket, claimed, kept, submitted


@pytest.fixture
def embedded(tmp_path: Path) -> Place:
    return Place("sqlite:", tmp_path / "first")


@pytest.fixture
def served(database_server: Server, tmp_path: Path) -> Place:
    return Place(database_server.emptied(), tmp_path)


async def filled(store: Store) -> None:
    """Keep something of many kinds."""
    await a_cycle(store.runs, '{"a": "€"}'.encode(), a_ticket(key="k"))
    claim = await claimed(store.runs)
    await store.runs.finish(
        claim, a_run(claim), b"2", [Figure(png=b"\x00\xff", svg=b"<svg/>")], b'{"a schema": 1}'
    )
    await store.checkpoints.set(StepId("by hand"), b"3", expected_version=None)
    await store.steps.put(STEP, b'{"a":1}', expected_version=0)
    await submitted(store, replace(a_job("later"), document=b"\x00an order"))


async def content(place: Place) -> dict[str, Any]:
    """Give every row of a store, as the embedded one has it."""
    found: dict[str, Any] = {}
    if place.is_postgresql:
        async with postgresql.tables(place.url, writes=False) as tables:
            for table in TABLES:
                columns = sorted(await tables.columns(table))
                rows = [row async for lot in tables.rows(table, columns) for row in lot]
                found[table] = sorted(rows, key=repr)
    else:
        with sqlite.tables(place.folder, writes=False) as file:
            for table in TABLES:
                columns = sorted(await file.columns(table))
                rows = [row async for lot in file.rows(table, columns) for row in lot]
                found[table] = sorted(rows, key=repr)
    return found


async def test_what_is_copied_to_a_server_and_back_is_what_was_there(
    embedded: Place, served: Place, tmp_path: Path
) -> None:
    async with opened(embedded) as store:
        await filled(store)
    before = await content(embedded)
    back = Place("sqlite:", tmp_path / "second")

    copied = await copy_state(embedded, served)
    assert await copy_state(served, back) == copied

    assert await content(served) == before
    assert await content(back) == before
    assert copied == sum(map(len, before.values())) > 10


async def test_a_copied_store_goes_on_where_the_first_one_ended(
    embedded: Place, served: Place
) -> None:
    async with opened(embedded) as store:
        await filled(store)
        waiting = await store.jobs.ready(9)
    await copy_state(embedded, served)

    async with opened(served) as store:
        run = await a_cycle(store.runs, b"3")
        known = await store.runs.claim(a_ticket(key="k"))

        assert run.checkpoint is not None
        assert run.checkpoint.version == 3
        assert isinstance(known, Run)
        assert known == await kept(store.runs, known.id)
        assert await store.jobs.ready(9) == waiting


async def test_a_store_that_is_not_empty_is_left_as_it_is(embedded: Place, served: Place) -> None:
    for place in (embedded, served):
        async with opened(place) as store:
            await filled(store)
    before = await content(served)

    with pytest.raises(ProcessorFault, match="not empty"):
        await copy_state(embedded, served)

    assert await content(served) == before


async def test_a_store_that_somebody_has_open_is_not_copied(embedded: Place, served: Place) -> None:
    short = Keeping(lease=timedelta(seconds=1))
    async with opened(embedded, short):
        with pytest.raises(ProcessorFault, match="stop them"):
            await copy_state(embedded, served, keeping=short)


async def test_every_table_is_copied_but_for_those_of_living_processes(embedded: Place) -> None:
    with sqlite.database.connect(sqlite.migrate(embedded.folder)) as connection:
        rows = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN"
            " ('sqlite_sequence', 'alembic_version')"
        ).fetchall()
    connection.close()

    assert {row["name"] for row in rows} == {*TABLES, *OF_PROCESSES}
