"""Joins: each arrival one transaction, the last one together with the run that is due."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

import msgspec

from processor.errors import BranchMissing, Busy, TooLarge
from processor.job import Job
from processor.join import (
    PRIMARY,
    Arrival,
    Delivery,
    Disposition,
    Join,
    JoinState,
    Part,
    branches_of,
    judge,
    order_of,
)
from processor.run import RunId, Ticket
from processor.step import Step, StepId, StoredStep, callback_of, queueing_of

from .ids import new_id
from .jobs import end_unrun, register
from .steps import stored as stored_version
from .tenants import Tenanted, for_tenant, whose
from .transaction import Row, Transaction

MOST_OPEN: Final = 100_000
"""Joins of one step: who makes up keys without end is stopped there."""
MOST_DELIVERIES: Final = 1000
"""Of one join, those included whose rows were replaced."""
MOST_LATE: Final = 100
"""Deliveries that are recorded after a join is over."""
AT_ONCE: Final = 50


class KeptJoins(Tenanted):
    """Satisfies Joins."""

    async def deliver(
        self, delivery: Delivery, stored: StoredStep, step: Step, *, most_bytes: int
    ) -> Arrival:
        """See Joins."""
        opening = _Opening(delivery=delivery, stored=stored, step=step)
        return await self._database.write(partial(_deliver, opening, most_bytes))

    async def get(self, step_id: StepId, key: str) -> Join | None:
        """See Joins."""
        return await self._database.read(lambda reading: _find(reading, step_id, key))

    async def cancel(self, step_id: StepId, key: str) -> Join | None:
        """See Joins."""
        return await self._database.write(partial(_cancel, step_id, key))

    async def expire(self) -> int:
        """See Joins."""
        due = await self._database.read(_due)
        if not due:
            return 0  # no transaction that writes where there is nothing to do
        return await self._database.write(_expire)

    async def forget(self, *, days: float) -> int:
        """See Joins."""
        age = f"{-days:+} days"
        return await self._database.write(
            lambda forgetting: forgetting.change("remove_old_joins", age=age), durable=False
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Opening:
    """A delivery, and the step that it is for."""

    delivery: Delivery
    stored: StoredStep
    step: Step

    def join(self, generation: int) -> Join:
        return Join(
            step_id=self.delivery.step_id,
            key=self.delivery.key,
            generation=generation,
            state="open",
            expected=branches_of(self.step),
            arrived=(),
            deadline=None,
            run_id=None,
        )


def _deliver(opening: _Opening, most_bytes: int, transaction: Transaction) -> Arrival:
    delivery = opening.delivery
    found = _find(transaction, delivery.step_id, delivery.key)
    join = found or opening.join(1)
    disposition = judge(delivery, join, _earlier(transaction, delivery, join))
    if disposition == "duplicate":
        return Arrival(disposition=disposition, join=join)
    if disposition == "late" and opening.step.join.late == "new_generation":
        found, join, disposition = None, opening.join(join.generation + 1), "accepted"
        judge(delivery, join, ())
    if found is None:
        _open(transaction, opening, join)
    _add(transaction, delivery, join, disposition)
    join = _found(transaction, delivery)
    if disposition == "accepted":
        _require_room(transaction, join, most_bytes)
        if not join.missing:
            fire(transaction, join, opening.stored, delivery.trace_id, "fired")
            join = _found(transaction, delivery)
    return Arrival(disposition=disposition, join=join)


def _earlier(transaction: Transaction, delivery: Delivery, join: Join) -> Sequence[Part]:
    """Give what the branch has brought: without an id, of this generation only."""
    rows = transaction.all(
        "list_parts_of_branch",
        step_id=delivery.step_id,
        key=delivery.key,
        branch=delivery.branch,
    )
    return [
        Part(branch=row["branch"], delivery_id=row["delivery_id"], digest=row["digest"])
        for row in rows
        if row["delivery_id"] is not None or row["generation"] == join.generation
    ]


def _open(transaction: Transaction, opening: _Opening, join: Join) -> None:
    counted = transaction.one("count_open_joins", step_id=join.step_id, most=MOST_OPEN)
    if counted is not None and counted["joins"] >= MOST_OPEN:
        message = f"{MOST_OPEN:,} joins of the step are open, no more are opened"
        raise Busy(message, retry_after=60)
    policy = opening.step.join
    transaction.change(
        "open_join",
        step_id=join.step_id,
        key=join.key,
        generation=join.generation,
        expected=msgspec.json.encode(join.expected).decode(),
        step_version=opening.stored.version,
        seconds=None if policy.deadline is None else policy.deadline.total_seconds(),
        on_deadline=policy.on_deadline,
        trace_id=opening.delivery.trace_id,
    )


def _add(
    transaction: Transaction, delivery: Delivery, join: Join, disposition: Disposition
) -> None:
    which = _which(join)
    accepted = disposition == "accepted"
    if accepted:
        transaction.change("supersede_part", **which, branch=delivery.branch)
    elif join.late >= MOST_LATE:
        return
    transaction.change(
        "add_part",
        **which,
        branch=delivery.branch,
        delivery_id=delivery.delivery_id,
        digest=delivery.digest,
        disposition=disposition,
        size=len(delivery.rows),
        rows=delivery.rows if accepted else None,
    )


def _require_room(transaction: Transaction, join: Join, most_bytes: int) -> None:
    parts = _parts(transaction, join)
    if len(parts) > MOST_DELIVERIES:
        raise Busy(f"{MOST_DELIVERIES:,} deliveries have come for this join", retry_after=60)
    size = sum(part["size"] for part in parts if part["disposition"] == "accepted")
    if size > most_bytes:
        raise TooLarge(
            f"all branches of the join have {size:,} bytes, {most_bytes:,} are allowed together"
        )


def fire(
    transaction: Transaction, join: Join, stored: StoredStep, trace_id: str, state: JoinState
) -> RunId:
    """Register the run of a join, with what has arrived."""
    rows = transaction.all("list_part_rows", **_which(join))
    branches = [name for name in join.expected if name != PRIMARY]
    document = order_of(stored, branches, {row["branch"]: row["rows"] for row in rows})
    ticket = Ticket(
        tenant=whose(transaction),
        step_id=join.step_id,
        key=None,
        body_digest=b"",
        trace_id=trace_id,
        callback_url=callback_of(stored.document),
    )
    run_id = new_id()
    queueing = queueing_of(stored.document)
    job = Job(ticket=ticket, document=document, origin="join", queueing=queueing)
    register(transaction, job, run_id)
    _end(transaction, join, state, run_id)
    return run_id


def _end(transaction: Transaction, join: Join, state: JoinState, run_id: RunId | None) -> None:
    which = _which(join)
    transaction.change("end_join", **which, state=state, run_id=run_id)
    transaction.change("drop_part_rows", **which)


def _cancel(step_id: StepId, key: str, transaction: Transaction) -> Join | None:
    join = _find(transaction, step_id, key)
    if join is not None and join.state == "open":
        _end(transaction, join, "cancelled", None)
        return _find(transaction, step_id, key)
    return join


def _due(transaction: Transaction) -> list[Row]:
    return transaction.all("list_due_joins", limit=AT_ONCE)


def _expire(transaction: Transaction) -> int:
    due = _due(transaction)
    for row in due:
        transaction = for_tenant(transaction, row["tenant"])
        join = _join(transaction, row)
        stored = stored_version(transaction, join.step_id, row["step_version"])
        if row["on_deadline"] == "extend":
            transaction.change("extend_join", **_which(join))
        elif stored is None:
            _end(transaction, join, "expired", None)
        else:
            _be_late(transaction, join, row, stored)
    return len(due)


def _be_late(transaction: Transaction, join: Join, row: Row, stored: StoredStep) -> None:
    """Run without the branches that are missing, or tell in a run that failed which they are."""
    if row["on_deadline"] == "partial":
        fire(transaction, join, stored, row["trace_id"], "partial")
        return
    run_id = fire(transaction, join, stored, row["trace_id"], "expired")
    missing = ", ".join(repr(name) for name in join.missing)
    end_unrun(transaction, run_id, BranchMissing(f"not arrived before the deadline: {missing}"))


def _which(join: Join) -> dict[str, Any]:
    return {"step_id": join.step_id, "key": join.key, "generation": join.generation}


def _find(transaction: Transaction, step_id: StepId, key: str) -> Join | None:
    row = transaction.one("find_join", step_id=step_id, key=key)
    return None if row is None else _join(transaction, row)


def _found(transaction: Transaction, delivery: Delivery) -> Join:
    join = _find(transaction, delivery.step_id, delivery.key)
    assert join is not None, "it was opened in this transaction"
    return join


def _join(transaction: Transaction, row: Row) -> Join:
    join = Join(
        step_id=row["step_id"],
        key=row["key"],
        generation=row["generation"],
        state=row["state"],
        expected=msgspec.json.decode(row["expected"], type=tuple[str, ...]),
        arrived=(),
        deadline=None if row["deadline"] is None else datetime.fromisoformat(row["deadline"]),
        run_id=row["run_id"],
    )
    dispositions = [(part["branch"], part["disposition"]) for part in _parts(transaction, join)]
    arrived = {branch for branch, disposition in dispositions if disposition == "accepted"}
    return replace(
        join,
        arrived=tuple(name for name in join.expected if name in arrived),
        late=sum(disposition == "late" for _, disposition in dispositions),
    )


def _parts(transaction: Transaction, join: Join) -> list[Row]:
    return transaction.all("list_parts", **_which(join))
