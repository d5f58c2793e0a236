"""What is kept, alike on every database: each change one transaction, in queries by name."""

from .executors import Locks, Unlocked
from .ids import instant
from .room import Room
from .store import Keeping, Store, kept_on
from .transaction import Database, Row, Transaction, Value

__all__ = [
    "Database",
    "Keeping",
    "Locks",
    "Room",
    "Row",
    "Store",
    "Transaction",
    "Unlocked",
    "Value",
    "instant",
    "kept_on",
]
