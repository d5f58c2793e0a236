"""Notices of runs: those of a state's change in its transaction, those of the log in batches."""

from collections.abc import Sequence

import msgspec

from processor.notice import Kind, Notice
from processor.run import Claim, Run, RunId

from .tenants import Tenanted, for_tenant
from .transaction import Transaction


class KeptNotices(Tenanted):
    """Satisfies Notices."""

    async def after(self, run_id: RunId, number: int, *, limit: int) -> Sequence[Notice]:
        """See Notices."""
        rows = await self._database.read(
            lambda reading: reading.all("list_notices", run_id=run_id, number=number, limit=limit)
        )
        return [
            Notice(number=row["number"], kind=row["kind"], content=row["content"].encode())
            for row in rows
        ]

    async def is_over(self, run_id: RunId) -> bool | None:
        """See Notices."""
        row = await self._database.read(lambda reading: reading.one("find_attempt", run_id=run_id))
        return None if row is None else row["state"] not in ("queued", "running")

    async def log(self, claim: Claim, entries: bytes) -> None:
        """See Notices."""
        await self._database.write(
            lambda telling: _log(claim, entries, for_tenant(telling, claim.ticket.tenant)),
            durable=False,
        )


def _log(claim: Claim, entries: bytes, transaction: Transaction) -> None:
    now = transaction.one("find_attempt", run_id=claim.run_id)
    if now is not None and (now["state"], now["attempt"]) == ("running", claim.attempt):
        add_many(transaction, claim.run_id, claim.attempt, "log", entries)


def tell_state(transaction: Transaction, run_id: str, attempt: int, state: str) -> None:
    """Tell that a run is in another state now, but for its last one."""
    add(transaction, run_id, attempt, "state", {"state": state, "attempts": attempt})


def tell_end(transaction: Transaction, run: Run, attempt: int) -> None:
    """Tell all of a run that has not been told yet, and that it has ended."""
    row = transaction.one("count_entries", run_id=run.id, attempt=attempt)
    told = 0 if row is None else row["entries"]
    entries = msgspec.json.decode(run.logs, type=list[msgspec.Raw])[told:]
    if entries:
        add_many(transaction, run.id, attempt, "log", msgspec.json.encode(entries))
    if run.figures != msgspec.Raw(b"[]"):
        add_many(transaction, run.id, attempt, "figure", bytes(run.figures))
    content = {
        "state": run.state,
        "attempts": run.attempts,
        "status": run.status,
        "row_count": run.row_count,
        "error": run.error,
    }
    add(transaction, run.id, attempt, "end", content)


def add(transaction: Transaction, run_id: str, attempt: int, kind: Kind, content: object) -> None:
    """Add one notice."""
    add_many(transaction, run_id, attempt, kind, msgspec.json.encode([content]))


def add_many(
    transaction: Transaction, run_id: str, attempt: int, kind: Kind, contents: bytes
) -> None:
    """Add a notice for each object of a JSON list."""
    transaction.change(
        "add_notices", run_id=run_id, attempt=attempt, kind=kind, contents=contents.decode()
    )
