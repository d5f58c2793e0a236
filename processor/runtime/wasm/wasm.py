"""
Execute a statement in an instance of the runner. This file is the story.

A keeper has the runner loaded; each job is a fresh instance, a copy on write of the runner's heap,
which knows no file and no socket. WebAssembly is the first wall and the keeper's jail the second.
What was dropped: an interpreter that reads its library from a folder (twenty times slower to
start), and instances in the service's own process (a bug of the engine would be the service's end).
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from processor.environment import Environment
from processor.errors import ProcessorFault, StepError
from processor.runtime.contract import (
    Assignment,
    Died,
    Draft,
    Exceeded,
    Execution,
    Refused,
    Report,
    Returned,
    Take,
    Usage,
)
from processor.runtime.findings import CHECK_LIMITS, read_findings
from processor.runtime.said import check_header_of, header_of
from processor.statement import Finding
from processor.step import Limits
from processor.values import Json

from .asked import Gateway, answering
from .conversation import BadFrame, Conversation
from .isolation import isolation_of
from .keepers import Keepers
from .process import Keeper
from .runner import with_fuel

GRACE_SECONDS: Final = 1.0
"""How long after its time limit an instance may be busy ending."""
FINDINGS_BYTES: Final = 1 << 20
"""What a check may tell: as much as a frame holds."""
LOOK_SECONDS: Final = 0.05
"""Between two looks at the processor time that a keeper uses."""


class WasmRuntime:
    """Satisfies Runtime; its keepers end with the block."""

    def __init__(
        self, *, most_keepers: int, gateway: Gateway | None = None, least_level: int = 0
    ) -> None:
        """
        Take how many instances run at a time, and how their nodes reach what is outside.

        Nothing is run below the least level.
        """
        self._least_level = least_level
        self._gateway = gateway or Gateway()
        self._keepers = Keepers(most_keepers)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._keepers)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def warm_up(self, environment: Environment) -> None:
        """Have a keeper ready; raises ProcessorFault where none gets ready."""
        await self._keepers.warm_up(environment.python)

    @property
    def warm(self) -> bool:
        """Whether a run would start at once."""
        return self._keepers.warm

    async def execute(self, assignment: Assignment, take: Take) -> Execution:
        """See Runtime."""
        inputs = [*assignment.inputs.values()]
        return await self._run(assignment, header_of(assignment), inputs, take)

    async def check(self, draft: Draft) -> tuple[Finding, ...] | Exceeded | Died:
        """See Runtime."""
        assignment = Assignment(
            statement=draft.statement,
            inputs={},
            nullable=frozenset(),
            environment=draft.environment,
            limits=replace(CHECK_LIMITS, output_bytes=FINDINGS_BYTES),
        )
        execution = await self._run(assignment, check_header_of(draft), [], _no_rows)
        match execution.report:
            case Returned(content=content):
                return read_findings(content)
            case Exceeded() | Died() as end:
                return end
            case other:
                reason = f"a check ended with {type(other).__name__}"
                return Died(reason=reason, killed=False, retryable=False)

    def _require_level(self, isolation: Mapping[str, Json]) -> None:
        level = isolation["level"]
        assert isinstance(level, int)
        if level < self._least_level:
            raise ProcessorFault(
                f"the walls around a keeper make level {level}, and {self._least_level} is the "
                "least (least_isolation)"
            )

    async def _run(
        self, assignment: Assignment, header: dict[str, Any], inputs: list[bytes], take: Take
    ) -> Execution:
        started = time.monotonic()
        compiled, counts_fuel = assignment.environment.python, assignment.node.fuel is not None
        if counts_fuel:
            compiled = with_fuel(compiled)
        async with (
            answering(assignment, self._gateway) as answers,
            self._keepers.one(compiled, counts_fuel=counts_fuel) as keeper,
        ):
            ready = time.monotonic()
            isolation = isolation_of(keeper)
            self._require_level(isolation)
            conversation = Conversation(keeper, assignment, take, answers)
            report = await _watched(keeper, conversation, header, inputs)
            return Execution(
                report=report,
                entries=tuple(conversation.heard.entries),
                entries_truncated=conversation.heard.entries_truncated,
                streams=tuple(conversation.heard.streams),
                usage=Usage(
                    wall=timedelta(seconds=time.monotonic() - ready),
                    cpu=timedelta(seconds=conversation.cpu_seconds),
                    peak_memory_bytes=conversation.memory_bytes,
                ),
                start=timedelta(seconds=ready - started),
                execute=timedelta(seconds=time.monotonic() - ready),
                isolation={**isolation, "egress": _egress(assignment)},
            )


async def _no_rows(_content: bytes, *, returned: bool = False) -> None:
    del returned
    raise BadFrame("a check has no rows")


def _egress(assignment: Assignment) -> str:
    return "none" if assignment.network.mode == "none" else "gateway"


async def _watched(
    keeper: Keeper, conversation: Conversation, header: dict[str, Any], inputs: list[bytes]
) -> Report:
    """Give the report of a job; a keeper that does not end it in time is ended itself."""
    limits = conversation.limits
    keeper.jobs += 1
    try:
        async with (
            asyncio.timeout(limits.wall.total_seconds() + GRACE_SECONDS),
            asyncio.TaskGroup() as tasks,
        ):
            looking = tasks.create_task(_used_up(keeper, limits))
            reporting = tasks.create_task(_reported(keeper, conversation, header, inputs))
            ends = (looking, reporting)
            done, pending = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            if reporting in done:
                return reporting.result()
            keeper.close()
            return Exceeded(limit="cpu_seconds")
    except TimeoutError:
        keeper.close()
        return Exceeded(limit="wall_seconds")


async def _reported(
    keeper: Keeper, conversation: Conversation, header: dict[str, Any], inputs: list[bytes]
) -> Report:
    try:
        return await conversation.report(header, inputs)
    except StepError as error:  # rows that are not taken: the job is not heard to its end
        keeper.close()
        return Refused(error=error)
    except (BadFrame, msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        keeper.close()
        reason = f"its keeper wrote no valid frame: {error}"
        return Died(reason=reason, killed=False, retryable=False)
    except (asyncio.IncompleteReadError, ConnectionError):
        keeper.close()
        return Died(reason="its keeper was killed", killed=True, retryable=True)


async def _used_up(keeper: Keeper, limits: Limits) -> None:
    """Return once a job has used up its processor time."""
    most = keeper.cpu_seconds() + limits.cpu.total_seconds()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if keeper.cpu_seconds() > most:
            return
