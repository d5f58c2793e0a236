"""
Execute a statement in a child forked from a warm interpreter. This file is the story.

What was dropped: an interpreter executed per run (1.2 s of imports each time), threads or
sub-interpreters of the service (no boundary, and a statement that loops holds up everybody), and a
long-lived worker for many runs (what one run leaves behind is another's). A fork costs 3 ms.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

from processor.environment import Environment
from processor.errors import ProcessorFault
from processor.runtime.contract import Assignment, Died, Draft, Exceeded, Execution, Take, Usage
from processor.statement import Finding
from processor.step import Limits
from processor.values import Json

from .checking import LIMITS as CHECK_LIMITS
from .checking import Check
from .child import Child, forked_from
from .conversation import Conversation
from .watch import watched
from .zygote import Zygote, ZygoteEnded
from .zygotes import Zygotes

ISOLATION: Final[Mapping[str, Json]] = {
    "level": 0,
    "filesystem": "none",
    "network": "open",
    "processes": "no_fork",
    "memory": "rlimit+watchdog",
    "syscalls": "allowlist",
    "capabilities": "none",
    "warning": "statements can read the files and reach the network that the service can: "
    "run only trusted ones",
}
"""What is in force: system calls are filtered and nothing is privileged, but files are open."""


class ForkedRuntime:
    """Satisfies Runtime; its zygotes end with the block."""

    def __init__(self) -> None:
        self._zygotes = Zygotes()

    async def __aenter__(self) -> Self:
        await self._zygotes.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._zygotes.__aexit__(kind, error, trace)

    async def warm_up(self, environment: Environment) -> None:
        """Have a zygote ready; raises ProcessorFault where none gets warm."""
        await self._zygotes.get(environment)

    def warm(self, environment: Environment) -> bool:
        """Whether a run of this environment would start at once."""
        return self._zygotes.warm(environment)

    async def execute(self, assignment: Assignment, take: Take) -> Execution:
        """See Runtime."""
        zygote = await self._zygotes.get(assignment.environment)
        try:
            return await _executed(zygote, assignment, take)
        except ZygoteEnded:  # before anything was sent to a child: another one serves as well
            zygote = await self._zygotes.get(assignment.environment)
            return await _executed(zygote, assignment, take)

    async def check(self, draft: Draft) -> tuple[Finding, ...] | Exceeded | Died:
        """
        See Runtime.

        A check forks from a zygote that has loaded nothing: it imports nothing, a small process
        forks in a fraction of the time, and what a parser does wrong meets no package's memory.
        """
        environment = _bare(draft.environment)
        try:
            found = await _checked(await self._zygotes.get(environment), draft)
        except ZygoteEnded as ended:
            found = Died(reason=str(ended), killed=True, retryable=True)
        if isinstance(found, Died) and found.retryable:  # which says nothing of the statement
            found = await _checked(await self._zygotes.get(environment), draft)
        return found


async def _checked(zygote: Zygote, draft: Draft) -> tuple[Finding, ...] | Exceeded | Died:
    async with forked_from(zygote, _for_the_kernel(CHECK_LIMITS)) as child:
        check = Check(child, draft)
        await check.wait_until_ready()
        return await watched(child, CHECK_LIMITS, check.findings())


def _bare(environment: Environment) -> Environment:
    """Give the environment's interpreter with nothing loaded, as a zygote of its own."""
    return replace(
        environment,
        name=f"{environment.name} (checks)",
        digest=f"{environment.digest} bare",
        preload=(),
    )


async def _executed(zygote: Zygote, assignment: Assignment, take: Take) -> Execution:
    started = time.monotonic()
    async with forked_from(zygote, _for_the_kernel(assignment.limits)) as child:
        conversation = Conversation(child, assignment, take)
        walls = await conversation.wait_until_ready()
        _require_walls(child)
        ready = time.monotonic()
        warm_bytes = child.memory_bytes()
        report = await watched(child, assignment.limits, conversation.report())
        return Execution(
            report=report,
            entries=tuple(conversation.entries),
            entries_truncated=conversation.entries_truncated,
            figures=tuple(conversation.figures),
            usage=_usage(child, ready, warm_bytes),
            start=timedelta(seconds=ready - started),
            execute=timedelta(seconds=time.monotonic() - ready),
            isolation={**ISOLATION, "restrictions": list[Json](walls)},
        )


def _require_walls(child: Child) -> None:
    """Look at a child from outside before anything is sent to it; raises ProcessorFault."""
    walls = child.walls()
    if not walls.filters or not walls.no_new_privs or walls.held:
        raise ProcessorFault(f"a child has not the walls that it tells of: {walls}")


def _usage(child: Child, ready: float, warm_bytes: int) -> Usage:
    return Usage(
        wall=timedelta(seconds=time.monotonic() - ready),
        cpu=child.cpu(),
        peak_memory_bytes=max(child.peak_memory_bytes() - warm_bytes, 0),
    )


def _for_the_kernel(limits: Limits) -> dict[str, int]:
    return {
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": math.ceil(limits.cpu.total_seconds()) + 1,  # the watch tells it exactly
        "open_files": limits.open_files,
        "tmp_bytes": limits.tmp_bytes,
    }
