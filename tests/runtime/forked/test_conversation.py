"""The conversation, with a child that is only two pipes."""

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from processor.environment import Environment
from processor.errors import OutputLimit
from processor.runtime.contract import Assignment, Died, Exceeded, Refused, Report, Returned
from processor.runtime.forked import conversation
from processor.runtime.forked.conversation import Conversation
from processor.runtime.guest import wire
from processor.runtime.heard import MOST_ENTRY_BYTES

from .host import LIMITS
from .pipes import piped

TOO_MANY = b'["too many"]'


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A conversation, and the other ends of its pipes."""

    conversation: Conversation
    payload: io.FileIO
    frames: io.FileIO
    ended: "asyncio.Future[int | None]"
    taken: list[bytes]
    """The rows that came before the report, frame by frame."""

    def say(self, kind: bytes, content: bytes) -> None:
        wire.write_frame(self.frames.fileno(), kind, content)

    async def report_after(self, exit_code: int | None) -> Report:
        """Give the report of a child that hangs up and ends so."""
        self.frames.close()
        self.ended.set_result(exit_code)
        return await self.conversation.report()


@asynccontextmanager
async def talking(inputs: Mapping[str, bytes] | None = None) -> AsyncIterator[Talk]:
    environment = Environment(
        name="e",
        digest="sha256:0",
        python=Path("python"),
        python_version="3.11",
        allowed_imports=frozenset({"json", "math"}),
        preload=(),
    )
    assignment = Assignment(
        statement="é",
        inputs=inputs or {},
        nullable=frozenset({"b", "a"}),
        environment=environment,
        limits=LIMITS,
    )
    taken: list[bytes] = []

    async def take(rows: bytes, *, returned: bool = False) -> None:
        del returned
        if rows == TOO_MANY:
            raise OutputLimit("too many")
        taken.append(rows)

    async with piped() as pipes:
        yield Talk(
            conversation=Conversation(pipes.child, assignment, take),
            payload=pipes.payload,
            frames=pipes.frames,
            ended=pipes.ended,
            taken=taken,
        )


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (wire.ROWS, b""),
        (wire.ROWS, b"[]"),
        (wire.ENTRY, b'{"level":"info","message":"","source":"log","line":null}'),
    ],
)
async def test_who_floods_with_frames_that_say_nothing_is_slowed(
    kind: bytes, content: bytes
) -> None:
    async with talking() as talk, asyncio.TaskGroup() as tasks:
        talk.conversation.heard.entry_bytes = MOST_ENTRY_BYTES
        talk.frames.write((wire.prefix(kind, len(content)) + content) * 200)
        report = tasks.create_task(talk.conversation.report())
        started = time.monotonic()
        talk.say(wire.RETURNED, b"[]")

    assert report.result() == Returned(content=b"[]")
    assert time.monotonic() - started >= 200 * conversation.PAUSE_SECONDS


async def test_a_flood_of_frames_leaves_others_their_turn() -> None:
    async with talking() as talk, asyncio.TaskGroup() as tasks:
        talk.frames.write((wire.prefix(wire.ROWS, 3) + b"[1]") * 5000)
        report = tasks.create_task(talk.conversation.report())
        turns = 0
        while talk.conversation._frames < 5000:
            await asyncio.sleep(0)
            turns += 1
        talk.say(wire.RETURNED, b"[]")

    assert (report.result(), talk.taken) == (Returned(content=b"[]"), [b"[1]"] * 5000)
    assert turns >= 5000 / conversation.FRAMES_AT_ONCE


async def test_no_frame_is_read_while_rows_are_taken() -> None:
    async with talking() as talk, asyncio.TaskGroup() as tasks:
        gate = asyncio.Event()

        async def slowly(rows: bytes, *, returned: bool = False) -> None:
            del rows, returned
            await gate.wait()

        talk.conversation._take = slowly
        report = tasks.create_task(talk.conversation.report())
        talk.say(wire.ROWS, b"[1]")
        talk.say(wire.RETURNED, b"[]")
        for _ in range(20):
            await asyncio.sleep(0.001)
        before = (talk.conversation._frames, report.done())
        gate.set()

    assert before == (1, False)
    assert report.result() == Returned(content=b"[]")


async def test_parts_of_what_is_returned_are_taken_before_the_last() -> None:
    async with talking() as talk:
        talk.say(wire.PART, b"[1]")
        talk.say(wire.RETURNED, b"[2]")

        assert await talk.conversation.report() == Returned(content=b"[2]")
    assert talk.taken == [b"[1]"]


async def test_rows_that_nobody_takes_end_the_run_with_the_reason() -> None:
    async with talking() as talk:
        talk.say(wire.ROWS, TOO_MANY)

        report = await talk.conversation.report()

    assert isinstance(report, Refused)
    assert (report.error.code, report.error.message) == ("output_limit", "too many")


async def test_the_payload_is_a_header_and_the_inputs_in_its_order() -> None:
    async with talking({"INPUT_DATA": b"[1]", "DATA_CHECKPOINT": b"null"}) as talk:
        talk.say(wire.RETURNED, b"[]")
        await talk.conversation.report()

        header = json.loads(wire.read_frame(talk.payload.fileno(), wire.HEADER))
        inputs = [wire.read_frame(talk.payload.fileno(), wire.INPUT) for _ in header["inputs"]]

    assert header["statement"] == "é"
    assert header["inputs"] == ["INPUT_DATA", "DATA_CHECKPOINT"]
    assert header["nullable"] == ["a", "b"]
    assert header["imports"] == ["json", "math"]
    assert inputs == [b"[1]", b"null"]


async def test_a_frame_may_come_byte_by_byte() -> None:
    async with talking() as talk, asyncio.TaskGroup() as tasks:
        report = tasks.create_task(talk.conversation.report())
        for byte in wire.prefix(wire.RETURNED, 2) + b"[]":
            talk.frames.write(bytes([byte]))
            await asyncio.sleep(0)

    assert report.result() == Returned(content=b"[]")


@pytest.mark.parametrize(
    ("exit_code", "report"),
    [
        (None, Died(reason="its zygote ended", killed=True, retryable=True)),
        (-9, Died(reason="signal SIGKILL", killed=True, retryable=True)),
        (-11, Died(reason="signal SIGSEGV", killed=True, retryable=False)),
        (-40, Died(reason="signal 40", killed=True, retryable=False)),
        (-24, Exceeded(limit="cpu_seconds")),
        (
            3,
            Died(
                reason="the statement ended its own process (status 3) without a result",
                killed=False,
                retryable=False,
            ),
        ),
    ],
)
async def test_an_end_without_a_result_is_told_by_how_it_came(
    exit_code: int | None, report: Report
) -> None:
    async with talking() as talk:
        assert await talk.report_after(exit_code) == report
