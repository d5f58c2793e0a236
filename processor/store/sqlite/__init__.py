"""SQLite: the store that needs no server, and the one that the tests run on."""

from .migrate import migrate, newest
from .store import opened
from .tables import tables

__all__ = ["migrate", "newest", "opened", "tables"]
