"""Bring a data directory's database to the newest tables."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from processor.errors import ProcessorFault

from .database import QUERIES, connect
from .locks import locked

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(data_dir: Path) -> Path:
    """
    Make the data directory and its database ready for this version, and give the database's path.

    Processes that start at the same time do so one after the other. Raises ProcessorFault where
    a newer version has been there.
    """
    path = data_dir / "processor.db"
    # The database's own lock gives up after a few seconds, and a migration may take longer.
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite would let everybody read it, where the operator made a folder that everybody may.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        with locked(data_dir / "migrate.lock"), closing(connect(path)) as connection:
            connection.execute(QUERIES["write_ahead"])
            _migrate(connection, path)
    except (sqlite3.Error, OSError) as error:
        raise ProcessorFault(f"{path} cannot be opened: {error}") from error
    return path


def newest() -> str:
    """Give the revision that this version works with."""
    return _known()[-1]


def _known() -> list[str]:
    return sorted(file.name.partition("_")[0] for file in MIGRATIONS.glob("versions/*.py"))


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    known = _known()
    recorded = _revision(connection)
    if recorded == known[-1]:
        return
    if recorded is not None and recorded not in known:
        raise ProcessorFault(
            f"{path} belongs to a newer version of this service: its tables are at {recorded}, "
            f"this version knows them up to {known[-1]}; start the newer version, "
            "or restore a backup from before it"
        )
    _upgrade(connection)


def _revision(connection: sqlite3.Connection) -> str | None:
    if not connection.execute(QUERIES["count_revisions"]).fetchone()["tables"]:
        return None
    row = connection.execute(QUERIES["find_revision"]).fetchone()
    return None if row is None else str(row["revision"])


def _upgrade(connection: sqlite3.Connection) -> None:
    # Imported here: they take longer than all else at start-up, and are seldom needed.
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    # All migrations are one transaction: a start that is killed half-way leaves the old tables.
    # A table that others point at can be made anew only where nobody looks at its foreign keys.
    with engine.connect() as wrapped:
        wrapped.exec_driver_sql(QUERIES["leave_keys"])
        wrapped.exec_driver_sql(QUERIES["begin_write"])
        config.attributes["connection"] = wrapped
        command.upgrade(config, "head")
        if wrapped.exec_driver_sql(QUERIES["check_keys"]).first() is not None:
            raise ProcessorFault("the database's tables do not fit together; restore a backup")
        wrapped.commit()
