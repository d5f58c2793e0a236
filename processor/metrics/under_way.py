"""A runtime that tells how many statements are in it."""

from prometheus_client import Gauge

from processor.runtime.contract import Assignment, Died, Draft, Exceeded, Execution, Runtime, Take
from processor.statement import Finding


class UnderWay:
    """Satisfies Runtime: does as another one does, and counts what is under way."""

    def __init__(self, runtime: Runtime, executions: Gauge) -> None:
        self._runtime = runtime
        self._executions = executions

    async def execute(self, assignment: Assignment, take: Take) -> Execution:
        """See Runtime."""
        with self._executions.track_inprogress():
            return await self._runtime.execute(assignment, take)

    async def check(self, draft: Draft) -> tuple[Finding, ...] | Exceeded | Died:
        """See Runtime."""
        return await self._runtime.check(draft)
