"""Locks of processes, each a file in a folder beside the database."""

import os
from pathlib import Path

from .locks import is_locked, lock


class FileLocks:
    """Satisfies Locks, between processes of one machine: all that a SQLite file can serve."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: int | None = None

    def hold(self, executor_id: str) -> None:
        """See Locks."""
        self.let_go()
        self._held = lock(self._file(executor_id))

    def let_go(self) -> None:
        """See Locks."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def is_held(self, executor_id: str) -> bool:
        """See Locks."""
        return is_locked(self._file(executor_id))

    def forget(self, executor_id: str) -> None:
        """See Locks."""
        self._file(executor_id).unlink(missing_ok=True)

    def _file(self, executor_id: str) -> Path:
        return self.folder / f"{executor_id}.lock"
