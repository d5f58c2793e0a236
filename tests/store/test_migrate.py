"""The database's tables: made, left alone, refused."""

import logging
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from processor.errors import ProcessorFault
from processor.run import RunId
from processor.store import sqlite
from processor.store.sql import statements
from processor.store.sqlite.database import QUERIES, connect
from tests.store.build import STEP, a_cycle, claimed, kept


def tables(path: Path) -> list[tuple[str, ...]]:
    with closing(connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        return [tuple(row) for row in rows]


def test_an_empty_folder_gets_every_table(tmp_path: Path) -> None:
    path = sqlite.migrate(tmp_path / "deep" / "data")

    names = {name for name, _ in tables(path)}
    assert names >= {"step", "run", "checkpoint", "idempotency", "executor", "schema_document"}


async def test_nobody_else_can_read_the_database_in_a_folder_that_everybody_may(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o755)
    async with sqlite.opened(tmp_path) as store:
        await a_cycle(store.runs, b"1")

        modes = {file.name: file.stat().st_mode for file in tmp_path.iterdir() if file.is_file()}

    assert modes.keys() >= {"processor.db", "processor.db-wal"}
    assert not any(mode & 0o077 for mode in modes.values())


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    before = tables(sqlite.migrate(tmp_path))

    assert tables(sqlite.migrate(tmp_path)) == before


async def test_opening_again_finds_what_was_kept(tmp_path: Path) -> None:
    async with sqlite.opened(tmp_path) as store:
        run = await a_cycle(store.runs, b"1")

    async with sqlite.opened(tmp_path) as store:
        assert await kept(store.runs, run.id) == run


async def test_a_newer_database_is_refused_and_the_message_tells_both_versions(
    tmp_path: Path,
) -> None:
    with closing(sqlite3.connect(sqlite.migrate(tmp_path))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(ProcessorFault, match=r"newer version.*9999.*0017"):
        async with sqlite.opened(tmp_path):
            pass


async def test_a_file_that_is_no_database_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "processor.db").write_bytes(b"not a database, and long enough to tell" * 100)

    with pytest.raises(ProcessorFault, match="not a database"):
        async with sqlite.opened(tmp_path):
            pass


async def test_a_folder_that_cannot_be_made_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ProcessorFault):
        async with sqlite.opened(tmp_path / "file" / "data"):
            pass


def test_migrating_leaves_logging_as_it_was(tmp_path: Path) -> None:
    before = (logging.root.handlers[:], logging.root.level, logging.root.manager.disable)

    sqlite.migrate(tmp_path)

    assert (logging.root.handlers, logging.root.level, logging.root.manager.disable) == before


def test_a_start_on_the_newest_tables_does_without_alembic(tmp_path: Path) -> None:
    sqlite.migrate(tmp_path)
    program = (
        "import sys; from pathlib import Path; from processor.store import sqlite\n"
        "sqlite.migrate(Path(sys.argv[1]))\n"
        "sys.exit(any(name in sys.modules for name in ('alembic', 'sqlalchemy')))"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], check=False, cwd=Path(__file__).parents[2]
    )

    assert ended.returncode == 0


def test_the_database_keeps_a_log_of_writes_ahead(tmp_path: Path) -> None:
    with closing(connect(sqlite.migrate(tmp_path))) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_every_query_fits_the_tables(tmp_path: Path, name: str) -> None:
    with closing(connect(sqlite.migrate(tmp_path))) as connection:
        parameters = dict.fromkeys(_parameters(QUERIES[name]))

        connection.execute("EXPLAIN " + QUERIES[name], parameters)


def _parameters(query: str) -> list[str]:
    words = query.replace("(", " ").replace(",", " ").replace(")", " ").replace(";", " ").split()
    return [word[1:] for word in words if word.startswith(":")]


async def test_what_was_kept_before_there_were_tenants_is_the_default_tenant_s(
    tmp_path: Path,
) -> None:
    path = tmp_path / "processor.db"
    versions = Path(sqlite.__file__).parent / "migrations" / "versions"
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for file in sorted(versions.glob("*.sql")):
            if file.name < "0016":
                for statement in statements(file.read_text()):
                    connection.execute(statement)
        connection.execute("CREATE TABLE alembic_version (version_num TEXT PRIMARY KEY)")
        connection.execute("INSERT INTO alembic_version VALUES ('0015')")
        for statement in statements(BEFORE_TENANTS):
            connection.execute(statement)

    async with sqlite.opened(tmp_path) as store:
        checkpoint = await store.checkpoints.get(STEP)
        listed = await store.jobs.list(limit=9)
        figure = await store.runs.figure(RunId("r1"), 0)
        claim = await claimed(store.runs)

    assert checkpoint is not None
    assert (checkpoint.value, checkpoint.version) == (b"7", 1)
    assert [each.id for each in listed] == ["r2", "r1"]
    assert figure is not None
    assert claim.fence == 4


BEFORE_TENANTS = f"""
INSERT INTO step (step_id, fence) VALUES ('{STEP}', 3);
INSERT INTO run (run_id, step_id, trace_id, state, attempt)
VALUES ('r1', '{STEP}', 't', 'failed', 1);
INSERT INTO run (run_id, trace_id, state, attempt) VALUES ('r2', 't', 'queued', 0);
INSERT INTO figure (run_id, position, png, svg) VALUES ('r1', 0, x'00', x'00');
INSERT INTO checkpoint (step_id, version, value, run_id, source)
VALUES ('{STEP}', 1, x'37', 'r1', 'run');
INSERT INTO idempotency (key, run_id, body_digest) VALUES ('k', 'r1', x'00');
INSERT INTO schema_document (name, document) VALUES ('shape', x'7b7d');
INSERT INTO job (run_id, document) VALUES ('r2', x'7b7d');
INSERT INTO notice (run_id, attempt, kind, content) VALUES ('r1', 1, 'state', '{{}}');
INSERT INTO step_join (
    step_id, key, generation, state, expected, step_version, on_deadline, trace_id
)
VALUES ('{STEP}', 'k', 1, 'open', '[]', 1, 'fail', 't');
INSERT INTO join_part (step_id, key, generation, branch, digest, disposition, size)
VALUES ('{STEP}', 'k', 1, 'b', x'00', 'accepted', 1);
"""
