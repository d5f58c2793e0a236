"""What waits in the store, told in one query."""

from typing import Final

from processor.job import Backlog

from .transaction import Database, Transaction

MOST_COUNTED: Final = 10_000
"""Of dead letters and callbacks: an operator needs to know no more than that there are many."""


class KeptBacklog:
    """Satisfies Backlogs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look(self) -> Backlog:
        """See Backlogs."""
        return await self._database.read(_told)


def _told(transaction: Transaction) -> Backlog:
    row = transaction.one("describe_backlog", most=MOST_COUNTED)
    assert row is not None, "counts are always given"
    return Backlog(
        waiting=row["waiting"],
        ready=row["ready"],
        oldest_seconds=row["oldest_seconds"],
        dead_letters=row["dead_letters"],
        callbacks=row["callbacks"],
    )
