"""
What host and child say to each other in one run.

Every frame that comes is hostile: bounded before it is read, decoded into a typed value, and
whatever else it is ends the run. The first RETURNED or FAILED wins; nothing after it is read.
"""

import asyncio
import signal
from contextlib import suppress
from typing import Annotated, Any, Final, TypeAlias

import msgspec

from processor.errors import StepError
from processor.runtime.contract import (
    Assignment,
    Died,
    Exceeded,
    Figure,
    Refused,
    Report,
    Returned,
    Take,
)
from processor.runtime.failure import read_failure
from processor.runtime.guest import wire
from processor.runtime.heard import Heard
from processor.runtime.said import header_of

from .child import Child
from .ends import PIPE_BYTES
from .zygote import OUTGREW

LONGEST_FRAME: Final = 1 << 20
"""Of every kind but rows and figures."""
LARGEST_FIGURE: Final = 4 << 20
MOST_FIGURES: Final = 10
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)] | None

_HINTED: Final = ("open_files", "threads", "tmp_bytes")
"""Limits that a statement meets as an exception of Python's, which names none."""
_OUTPUT: Final = (wire.RETURNED, wire.PART, wire.ROWS, wire.COUNTS)
_FIGURES: Final = (wire.PNG, wire.SVG)
_PNG: Final = b"\x89PNG\r\n\x1a\n"
FRAMES_AT_ONCE: Final = 100
"""As many are read before others get their turn: who floods the pipe is never waited for."""
PAUSE_SECONDS: Final = 0.001
"""After a frame that says nothing: no guest of ours floods with those, and who does is slowed."""
LONGEST_END_SECONDS: Final = 10.0
"""From a child's last descriptor closed to word of its end."""


class BadFrame(Exception):
    """The child wrote what is no frame of this conversation."""


class OutputTooLarge(Exception):
    """The child returns more than its limit allows."""


class Conversation:
    """One run's frames, both ways; keeps what was heard."""

    def __init__(self, child: Child, assignment: Assignment, take: Take) -> None:
        self._child = child
        self._assignment = assignment
        self._take = take
        self._frames = 0
        self._said_nothing = False
        self._output_bytes = 0
        self._counts: tuple[int | None, ...] | None = None
        self._png: bytes | None = None
        self.figures: list[Figure] = []
        self.heard = Heard(assignment.told)

    async def report(self) -> Report:
        """Send the payload, hear the child out, and report."""
        rest = self._sent_at_once(self._payload())
        if not rest:
            return await self._heard_out()
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._send(rest))
            try:
                return await self._heard_out()
            finally:
                sending.cancel()

    async def _heard_out(self) -> Report:
        try:
            return await self._hear()
        except OutputTooLarge:
            return Exceeded(limit="output_bytes")
        except StepError as error:
            return Refused(error=error)
        except asyncio.IncompleteReadError:
            return await self._told_by_end()
        except (BadFrame, msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            reason = f"the statement's process wrote no valid frame: {error}"
            return Died(reason=reason, killed=False, retryable=False)

    def _header(self) -> dict[str, Any]:
        return header_of(self._assignment)

    def _payload(self) -> list[bytes]:
        frames = [(wire.HEADER, msgspec.json.encode(self._header()))]
        frames += [(wire.INPUT, content) for content in self._assignment.inputs.values()]
        return [
            part for kind, content in frames for part in (wire.prefix(kind, len(content)), content)
        ]

    def _sent_at_once(self, parts: list[bytes]) -> list[bytes]:
        """Send what fits into the pipe without anybody waiting, and give what is left."""
        if sum(map(len, parts)) > PIPE_BYTES:
            return parts
        content = b"".join(parts)
        try:
            rest = content[self._child.payload.write_some(content) :]
        except ConnectionError:  # a child that is gone is heard of on the other descriptor
            return []
        return [rest] if rest else []

    async def _send(self, parts: list[bytes]) -> None:
        with suppress(ConnectionError):
            for part in parts:
                await self._child.payload.write(part)

    async def _hear(self) -> Report:
        while True:
            kind, content = await self._read()
            match kind:
                case wire.ENTRY | wire.STREAMED:
                    self._said_nothing |= not self.heard.take(kind, content)
                case wire.ROWS | wire.PART:
                    await self._take_some(content, returned=kind == wire.PART)
                case wire.COUNTS if self._assignment.processing == "row":
                    self._counts = msgspec.json.decode(content, type=tuple[Count, ...])
                case wire.PNG | wire.SVG:
                    self._draw(kind, content)
                case wire.RETURNED:
                    return Returned(content=content, counts=self._counts)
                case wire.FAILED:
                    return read_failure(content, self._assignment.statement, self._assignment.setup)
                case _:
                    raise BadFrame(f"{kind!r} is no kind of frame")

    async def _read(self) -> tuple[bytes, bytes]:
        self._frames += 1
        if self._said_nothing:
            await asyncio.sleep(PAUSE_SECONDS)
        elif self._frames % FRAMES_AT_ONCE == 0:
            await asyncio.sleep(0)
        self._said_nothing = False
        kind, length = wire.parse_prefix(await self._child.frames.readexactly(wire.PREFIX_BYTES))
        if kind in _OUTPUT:
            self._output_bytes += length
            if self._output_bytes > self._assignment.limits.output_bytes:
                raise OutputTooLarge
        elif length > (LARGEST_FIGURE if kind in _FIGURES else LONGEST_FRAME):
            raise BadFrame(f"a frame {kind!r} of {length} bytes is larger than any may be")
        return kind, await self._child.frames.readexactly(length)

    async def _take_some(self, content: bytes, *, returned: bool) -> None:
        if content.strip() in (b"", b"[]"):
            self._said_nothing = True
        else:
            await self._take(content, returned=returned)

    def _draw(self, kind: bytes, content: bytes) -> None:
        if kind == wire.PNG and content.startswith(_PNG) and len(self.figures) < MOST_FIGURES:
            self._png = content
        elif kind == wire.SVG and self._png is not None and content.startswith(b"<?xml"):
            self.figures.append(Figure(png=self._png, svg=content))
            self._png = None
        else:
            raise BadFrame(f"{kind!r} is no figure, or one too many")

    async def _exit_code(self) -> int | None:
        async with asyncio.timeout(LONGEST_END_SECONDS):
            return await asyncio.shield(self._child.forked.ended)

    async def _told_by_end(self) -> Report:
        try:
            exit_code = await self._exit_code()
        except TimeoutError:
            reason = "the statement closed its side of the conversation and went on"
            return Died(reason=reason, killed=False, retryable=False)
        if exit_code is None:
            return Died(reason="its zygote ended", killed=True, retryable=True)
        if exit_code == OUTGREW:
            return Exceeded(limit="memory_bytes")
        if exit_code == -signal.SIGXCPU:
            return Exceeded(limit="cpu_seconds")
        if exit_code < 0:
            killed = exit_code == -signal.SIGKILL
            return Died(reason=f"signal {_name(-exit_code)}", killed=True, retryable=killed)
        reason = f"the statement ended its own process (status {exit_code}) without a result"
        return Died(reason=reason, killed=False, retryable=False)


def _name(number: int) -> str:
    named = {each.value: each.name for each in signal.Signals}
    return named.get(number, str(number))  # most real-time signals have no name
