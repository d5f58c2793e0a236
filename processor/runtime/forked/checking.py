"""What host and child say to each other in one check: a statement goes there, findings come."""

from typing import Any

from processor.runtime.contract import Assignment, Died, Draft, Exceeded, Report, Returned
from processor.runtime.failure import read_failure
from processor.runtime.findings import CHECK_LIMITS, read_findings
from processor.runtime.guest import wire
from processor.runtime.said import check_header_of
from processor.statement import Finding

from .child import Child
from .conversation import BadFrame, Conversation


class Check(Conversation):
    """One check's frames, both ways."""

    def __init__(self, child: Child, draft: Draft) -> None:
        assignment = Assignment(
            statement=draft.statement,
            inputs={},
            nullable=frozenset(),
            environment=draft.environment,
            limits=CHECK_LIMITS,
        )
        super().__init__(child, assignment, _no_rows)
        self._draft = draft

    async def findings(self) -> tuple[Finding, ...] | Exceeded | Died:
        """Send the statement, and give what the child finds in it, or how it ended."""
        match await self.report():
            case Returned(content=content):
                return read_findings(content)
            case Exceeded() | Died() as end:
                return end
            case other:
                reason = f"a check ended with {type(other).__name__}"
                return Died(reason=reason, killed=False, retryable=False)

    def _header(self) -> dict[str, Any]:
        return check_header_of(self._draft)

    async def _hear(self) -> Report:
        kind, content = await self._read()
        match kind:
            case wire.FINDINGS:
                return Returned(content=content)
            case wire.FAILED:
                return read_failure(content, "")
            case _:
                raise BadFrame(f"{kind!r} is no kind of frame in a check")


async def _no_rows(content: bytes, *, returned: bool = False) -> None:
    del content, returned
    raise BadFrame("a check has no rows")
