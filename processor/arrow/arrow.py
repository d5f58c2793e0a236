"""
Rows from and to Arrow IPC streams.

A stream is hostile input, and what reads it is a large library in C++: so it is read where
statements run, by a statement of ours, in a child behind all walls that serves one stream and
dies. What comes back is believed as little as the rows of any statement.
"""

import asyncio
import base64
from dataclasses import replace
from datetime import timedelta
from typing import Final

import msgspec

from processor.environment import Environment, Environments
from processor.errors import EnvironmentNotReady, InputMismatch, Mismatch, OutputLimit
from processor.runtime.contract import (
    Assignment,
    Died,
    Exceeded,
    Refused,
    Report,
    Returned,
    Runtime,
)
from processor.schema import Schema
from processor.step import Limits

from .statements import IMPORTS, READ, WRITE

MEDIA_TYPE: Final = "application/vnd.apache.arrow.stream"
ENVIRONMENT: Final = "arrow"
LIMITS: Final = Limits(
    wall=timedelta(seconds=60),
    cpu=timedelta(seconds=60),
    memory_bytes=2 << 30,
    output_bytes=256 << 20,
    rows=1,
    threads=1,
    open_files=64,
    tmp_bytes=1 << 20,
)
"""Of one conversion; the number of rows is judged with those of the run."""
AT_ONCE: Final = 2
"""Conversions at a time, in children beside those of runs."""


class _Part(msgspec.Struct, forbid_unknown_fields=True):
    part: str


class Arrow:
    """Converts rows, where the environment for it is built: it is an extra of a deployment."""

    def __init__(self, environments: Environments, runtime: Runtime) -> None:
        self._environments = environments
        self._runtime = runtime
        self._slots = asyncio.Semaphore(AT_ONCE)

    @property
    def ready(self) -> bool:
        """Whether this deployment reads and writes Arrow."""
        try:
            self._environments.get(ENVIRONMENT)
        except EnvironmentNotReady:
            return False
        return True

    async def read(self, content: bytes) -> bytes:
        """
        Give the rows of a stream as one JSON array, not yet believed.

        Raises InputMismatch where it is no stream, or has values that JSON has not.
        """
        row = {"content": base64.b64encode(content).decode()}
        try:
            parts = await self._converted(READ, msgspec.json.encode([row]), b"{}")
        except _Failed as failed:
            raise _unreadable(failed.reason) from None
        inner = (part.strip()[1:-1].strip() for part in parts)
        return b"[%b]" % b",".join(part for part in inner if part)

    async def write(self, rows: bytes, schema: Schema | None) -> bytes:
        """
        Give rows, one JSON array of objects, as a stream; raises OutputLimit where it cannot be.

        The columns are the schema's, in its order and of its types, then others as they are first
        seen: of the type of their values where that is one and a plain one, and else JSON texts.
        """
        columns = [] if schema is None else [*schema.layout.types]
        variables = msgspec.json.encode({"columns": columns})
        try:
            parts = await self._converted(WRITE, rows, variables)
            told = [part for each in parts for part in msgspec.json.decode(each, type=list[_Part])]
            return b"".join([base64.b64decode(each.part, validate=True) for each in told])
        except (_Failed, msgspec.MsgspecError, ValueError) as error:
            raise OutputLimit(f"the rows cannot be written as Arrow: {error}") from None

    async def _converted(self, statement: str, rows: bytes, variables: bytes) -> list[bytes]:
        """Run one of our statements, and give what it yields."""
        parts: list[bytes] = []

        async def take(part: bytes, *, returned: bool = False) -> None:
            del returned  # it is all the same here
            parts.append(part)

        assignment = Assignment(
            statement=statement,
            inputs={"INPUT_DATA": rows, "DATA_CHECKPOINT": b"null"},
            nullable=frozenset(),
            environment=self._environment(),
            limits=LIMITS,
            variables=variables,
        )
        async with self._slots:
            execution = await self._runtime.execute(assignment, take)
        return [*parts, _content(execution.report)]

    def _environment(self) -> Environment:
        """
        Give the environment, with nothing of it loaded.

        The library starts a thread when it is imported, and a zygote may have but one.
        """
        environment = self._environments.get(ENVIRONMENT)
        return replace(environment, allowed_imports=IMPORTS, preload=())


class _Failed(Exception):
    """A conversion did not come to its end."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _content(report: Report) -> bytes:
    match report:
        case Returned(content=content):
            return content
        case Refused(error=error):
            raise _Failed(f"{error.message:.300}")
        case Exceeded(limit=limit):
            raise _Failed(f"that took more than its limit {limit}, {LIMITS.on_the_wire()[limit]:,}")
        case Died():
            raise _Failed("the process that did it ended without a result")


def _unreadable(reason: str) -> InputMismatch:
    mismatch = Mismatch(
        row=None,
        column=None,
        pointer="",
        expected="an Arrow IPC stream",
        actual=reason,
        message=reason,
    )
    message = f"the rows cannot be read as an Arrow IPC stream: {reason}"
    return InputMismatch(message, mismatches=(mismatch,), mismatch_count=1)
