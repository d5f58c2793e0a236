"""PostgreSQL: the store that several machines share."""

from .migrate import migrate
from .store import opened

__all__ = ["migrate", "opened"]
