"""
What host and keeper say to each other about one job.

A keeper is ours, but what broke out of an instance would speak in its place: every frame is
bounded before it is read and decoded into a typed value, and whatever else it is ends the keeper.
"""

import asyncio
from typing import Any, Final, Literal

import msgspec

from processor.errors import StatementRaised
from processor.runtime.contract import Assignment, Died, Exceeded, Refused, Report, Returned, Take
from processor.runtime.failure import read_failure
from processor.runtime.guest import wire
from processor.runtime.heard import Heard

from .asked import LONGEST_QUESTION, Answers
from .keeper import frames
from .process import LONGEST_FRAME, Keeper

FRAMES_AT_ONCE: Final = 100
"""As many are read before others get their turn."""
SLACK_BYTES: Final = 1 << 20
"""What a keeper may send above what an instance may tell."""
_OUTPUT: Final = (wire.RETURNED, wire.PART, wire.ROWS, wire.COUNTS)


class BadFrame(Exception):
    """The keeper wrote what is no frame of this conversation."""


class _End(msgspec.Struct, forbid_unknown_fields=True):
    how: Literal[
        "ended", "wall", "fuel", "memory", "output", "stack", "unavailable", "asked", "trapped"
    ]
    detail: str
    memory_bytes: int
    cpu_seconds: float


class Conversation:
    """One job's frames, both ways; keeps what was heard."""

    def __init__(
        self, keeper: Keeper, assignment: Assignment, take: Take, answers: Answers
    ) -> None:
        self._keeper = keeper
        self._answers = answers
        self._assignment = assignment
        self._take_rows = take
        self.limits = assignment.limits
        self._left_bytes = assignment.limits.output_bytes + SLACK_BYTES
        self._counts: tuple[int | None, ...] | None = None
        self._report: Report | None = None
        self.heard = Heard(assignment.told)
        self.memory_bytes = 0
        self.cpu_seconds = 0.0

    async def report(self, header: dict[str, Any], inputs: list[bytes]) -> Report:
        """
        Send the job, hear the keeper out, and report.

        Raises BadFrame, IncompleteReadError, and the step's error for rows that are not taken.
        """
        limits, node = self.limits, self._assignment.node
        job = {
            "header": msgspec.json.encode(header).decode(),
            "inputs": len(inputs),
            "wall_seconds": limits.wall.total_seconds(),
            "memory_bytes": limits.memory_bytes,
            "output_bytes": limits.output_bytes,
            "fuel": node.fuel,
        }
        parts = [(frames.JOB, msgspec.json.encode(job)), *((wire.INPUT, each) for each in inputs)]
        await self._keeper.send(*parts)  # it reads all of a job before it says anything
        end = await self._hear()
        self.memory_bytes, self.cpu_seconds = end.memory_bytes, end.cpu_seconds
        return _report(end, self._report)

    async def _hear(self) -> _End:
        count = 0
        while True:
            kind, content = await self._read()
            count += 1
            if count % FRAMES_AT_ONCE == 0:
                await asyncio.sleep(0)
            match kind:
                case frames.END:
                    return msgspec.json.decode(content, type=_End)
                case frames.ASKED:
                    answer = await self._answers.answer(content, self.heard.warn)
                    await self._keeper.send((frames.ANSWER, answer))
                case _ if self._report is None:
                    await self._take(kind, content)
                case _:
                    pass  # the first RETURNED or FAILED wins

    async def _take(self, kind: bytes, content: bytes) -> None:
        assignment = self._assignment
        match kind:
            case wire.ENTRY | wire.STREAMED:
                self.heard.take(kind, content)
            case wire.ROWS:
                if content.strip() not in (b"", b"[]"):
                    await self._take_rows(content)
            case wire.PART:
                await self._take_rows(content, returned=True)
            case wire.COUNTS:
                self._counts = msgspec.json.decode(content, type=tuple[int | None, ...])
            case wire.RETURNED | wire.FINDINGS:
                self._report = Returned(content=content, counts=self._counts)
            case wire.FAILED:
                self._report = read_failure(content, assignment.statement, assignment.setup)
            case _:
                raise BadFrame(f"{kind!r} is no kind of frame")

    async def _read(self) -> tuple[bytes, bytes]:
        prefix = await self._keeper.reader.readexactly(wire.PREFIX_BYTES)
        kind, length = wire.parse_prefix(prefix)
        self._left_bytes -= length
        longest = LONGEST_QUESTION if kind == frames.ASKED else LONGEST_FRAME
        too_long = length > longest and kind not in _OUTPUT
        if too_long or self._left_bytes < 0:
            raise BadFrame(f"a frame {kind!r} of {length} bytes is larger than any may be")
        return kind, await self._keeper.reader.readexactly(length)


_LIMITS: Final[dict[str, Exceeded]] = {
    "wall": Exceeded(limit="wall_seconds"),
    "fuel": Exceeded(limit="fuel"),
    "memory": Exceeded(limit="memory_bytes"),
    "output": Exceeded(limit="output_bytes"),
}


def _report(end: _End, told: Report | None) -> Report:
    """Weigh how an instance ended and what it had told: what it told counts where it ended well."""
    match end.how:
        case "ended" if told is not None:
            return told
        case "wall" | "fuel" | "memory" | "output":
            return _LIMITS[end.how]
        case "stack":
            return _raised("RecursionError", "calls or values nest too deeply for WebAssembly")
        case "unavailable" | "asked":
            return _raised("OSError", f"not available in WebAssembly: {end.detail}")
        case _:
            reason = f"its WebAssembly instance ended: {end.detail or 'without a result'}"
            return Died(reason=reason, killed=False, retryable=False)


def _raised(type_name: str, message: str) -> Refused:
    return Refused(error=StatementRaised(message, type_name=type_name))
