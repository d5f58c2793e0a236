"""What is kept, alike on every database: each change one transaction, in queries by name."""

from . import endings, leases, moves, rows
from .api_keys import KeptKeys
from .backlog import KeptBacklog
from .ids import new_id
from .jobs import KeptJobs
from .joins import KeptJoins
from .notices import KeptNotices
from .outbox import KeptOutbox
from .schedules import KeptSchedules
from .steps import KeptSteps
from .transaction import Database, Row, Transaction, Value

__all__ = [
    "Database",
    "KeptBacklog",
    "KeptJobs",
    "KeptJoins",
    "KeptKeys",
    "KeptNotices",
    "KeptOutbox",
    "KeptSchedules",
    "KeptSteps",
    "Row",
    "Transaction",
    "Value",
    "endings",
    "leases",
    "moves",
    "new_id",
    "rows",
]
