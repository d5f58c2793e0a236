"""The outbox: callbacks put in by the end of their run, sent, and kept until it is forgotten."""

from collections.abc import Sequence
from functools import partial

from processor.callback import Attempted, Callback, event_of, settled
from processor.run import Run

from .transaction import Database, Transaction


class KeptOutbox:
    """Satisfies Outbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, limit: int) -> Sequence[Callback]:
        """See Outbox."""
        if not await self._database.read(lambda reading: reading.all("find_due_callback")):
            return []  # no transaction that writes where there is nothing to do
        return await self._database.write(partial(_take, limit))

    async def settle(self, callback: Callback, attempted: Attempted, reason: str) -> None:
        """See Outbox."""
        await self._database.write(partial(_settle, callback, attempted, reason))


def put_out(transaction: Transaction, run: Run, url: str) -> None:
    """Put the event of a run's end into the outbox, once for each attempt that ended it."""
    transaction.change(
        "add_callback",
        run_id=run.id,
        event_id=f"{run.id}:{run.attempts}",
        url=url,
        content=event_of(run),
    )


def _take(limit: int, transaction: Transaction) -> list[Callback]:
    return [
        Callback(
            position=row["position"],
            event_id=row["event_id"],
            url=row["url"],
            attempt=row["attempt"],
            content=row["content"],
        )
        for row in transaction.all("take_callbacks", limit=limit)
    ]


def _settle(
    callback: Callback, attempted: Attempted, reason: str, transaction: Transaction
) -> None:
    state, delay = settled(callback.attempt, attempted)
    transaction.change(
        "settle_callback",
        position=callback.position,
        attempt=callback.attempt,
        state=state,
        delay=f"{delay.total_seconds():+} seconds",
        reason=reason,
    )
