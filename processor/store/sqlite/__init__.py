"""SQLite: the store that needs no server, and the one that the tests run on."""

from .migrate import migrate
from .store import SqliteStore, opened

__all__ = ["SqliteStore", "migrate", "opened"]
