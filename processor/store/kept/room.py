"""Room for jobs: how many may wait, of a step, of a tenant, and of all together."""

from dataclasses import dataclass

from processor.errors import Busy
from processor.job import Job

from .transaction import Row, Transaction

PATIENCE_SECONDS = 5
"""After which it may be worth to ask again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """How many jobs may wait in the store."""

    in_all: int
    of_tenant: int
    """0 is no limit but that of all."""

    def require(self, transaction: Transaction, job: Job) -> None:
        """Let one more job wait; raises Busy, which says whose limit is met."""
        step_id, most = job.ticket.step_id, job.queueing.limit
        if step_id is not None:
            counted = transaction.one("count_waiting_of_step", step_id=step_id, most=most)
            _require(counted, most, "of the step, its `queue.limit`")
        if self.of_tenant:
            counted = transaction.one("count_waiting_of_tenant", most=self.of_tenant)
            whose = f"of tenant {job.ticket.tenant}, its limit `tenants.jobs`"
            _require(counted, self.of_tenant, whose)
        counted = transaction.one("count_waiting", most=self.in_all)
        _require(counted, self.in_all, "in all, the limit `limits.jobs`")


def _require(counted: Row | None, most: int, whose: str) -> None:
    if counted is not None and counted["jobs"] >= most:
        raise Busy(f"{most:,} runs wait {whose}; no more are taken", retry_after=PATIENCE_SECONDS)
