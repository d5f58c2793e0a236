"""What is left in the tables once runs are forgotten."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from processor.run import RunId
from processor.store import sqlite
from processor.store.kept import Store
from tests.store.build import a_run, a_ticket, claimed


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with sqlite.opened(tmp_path) as opened:
        yield opened


async def ended_with(store: Store, schema: bytes) -> RunId:
    claim = await claimed(store.runs, a_ticket(None))
    await store.runs.add_chunk(claim, 0, b'[{"id":1}]')
    streamed = msgspec.structs.replace(a_run(claim, rows=b"null"), row_count=1)
    await store.runs.finish(claim, streamed, None, (), schema)
    return claim.run_id


def count(folder: Path, table: str) -> int:
    with closing(sqlite3.connect(folder / "processor.db")) as connection:
        found: tuple[int] = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return found[0]


def made_old(folder: Path, run_id: RunId) -> None:
    with closing(sqlite3.connect(folder / "processor.db")) as connection, connection:
        connection.execute("UPDATE run SET finished_at = '2020' WHERE run_id = ?", (run_id,))


async def test_a_forgotten_run_leaves_neither_chunks_nor_its_schema(
    store: Store, tmp_path: Path
) -> None:
    made_old(tmp_path, await ended_with(store, b"{}"))
    assert (count(tmp_path, "chunk"), count(tmp_path, "output_schema")) == (1, 1)

    await store.jobs.forget(days=1)

    assert (count(tmp_path, "chunk"), count(tmp_path, "output_schema")) == (0, 0)


async def test_a_schema_that_another_run_has_is_kept(store: Store, tmp_path: Path) -> None:
    old, young = await ended_with(store, b"{}"), await ended_with(store, b"{}")
    made_old(tmp_path, old)

    await store.jobs.forget(days=1)

    assert await store.runs.get(old) is None
    assert await store.runs.output_schema(young) == b"{}"
    assert count(tmp_path, "chunk") == 1
