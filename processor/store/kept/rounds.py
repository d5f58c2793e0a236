"""Rounds of the tenants whose jobs wait: one's backlog delays its own, and nobody else's."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, zip_longest

from processor.identity import Tenant
from processor.run import RunId

from .tenants import for_tenant
from .transaction import Transaction


def in_rounds(limit: int, after: Tenant | None, transaction: Transaction) -> Mapping[RunId, Tenant]:
    """Give at most so many runs that could be claimed now, a round of all tenants after another."""
    waiting = [Tenant(row["tenant"]) for row in transaction.all("list_waiting_tenants")]
    lines: list[list[tuple[RunId, Tenant]]] = []
    for tenant in from_next(waiting, after):
        rows = for_tenant(transaction, tenant).all("list_ready_jobs", limit=limit)
        if rows:
            lines.append([(RunId(row["run_id"]), tenant) for row in rows])
        if len(lines) == limit:
            break  # the first of each are as many as were asked for
    rounds = (each for turn in zip_longest(*lines) for each in turn if each is not None)
    return dict(islice(rounds, limit))


def from_next(tenants: Sequence[Tenant], after: Tenant | None) -> Iterator[Tenant]:
    """
    Give tenants by name, from the one after another on, and that one last.

    >>> [*from_next([Tenant("a"), Tenant("b"), Tenant("c")], Tenant("b"))]
    ['c', 'a', 'b']
    """
    return iter(sorted(tenants, key=lambda each: (after is not None and each <= after, each)))
