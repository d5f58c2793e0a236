"""What is kept, alike on every database: each change one transaction, in queries by name."""

from . import endings, leases, moves
from .jobs import KeptJobs, new_id
from .joins import KeptJoins
from .notices import KeptNotices
from .steps import KeptSteps
from .transaction import Database, Row, Transaction, Value

__all__ = [
    "Database",
    "KeptJobs",
    "KeptJoins",
    "KeptNotices",
    "KeptSteps",
    "Row",
    "Transaction",
    "Value",
    "endings",
    "leases",
    "moves",
    "new_id",
]
