"""PostgreSQL: the store that several machines share."""

from .address import Address
from .migrate import migrate
from .store import opened
from .tables import tables

__all__ = ["Address", "migrate", "opened", "tables"]
