"""What a runtime is given and what it reports. Every runtime and everything above meets here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeAlias

from processor.egress import NO_NETWORK, Policy
from processor.environment import Environment
from processor.errors import StepError
from processor.statement import Finding
from processor.step import (
    Dialect,
    Limits,
    NodeOptions,
    OnRowError,
    Processing,
    ResultRule,
    TypeHints,
)
from processor.values import Json


def unheard(_entry: "Entry") -> None:
    """Let a line of the log be told with the others, once the run has ended."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """All that a runtime needs to execute a statement once."""

    statement: str
    inputs: Mapping[str, bytes]
    """JSON by the name that the statement sees."""
    nullable: frozenset[str]
    """The columns in which a returned NaN becomes null."""
    environment: Environment
    limits: Limits
    network: Policy = NO_NETWORK
    """What the statement may reach."""
    type_hints: TypeHints = "reject"
    variables: bytes = b"{}"
    """The local variables: one JSON object."""
    branches: tuple[str, ...] = ()
    """The names of the secondary inputs, from INPUT_DATA2 on."""
    processing: Processing = "bulk"
    on_row_error: OnRowError = "stop"
    dialect: Dialect = "body"
    setup: str = ""
    """What runs before a script, in the same namespace."""
    result_rule: ResultRule = "expression_first"
    told: Callable[["Entry"], None] = field(default=unheard, compare=False)
    """Is told each line that the author logs, as it comes."""
    node: NodeOptions = NodeOptions()
    """How a module's node is run."""
    define: bool = False
    """Whether a module only tells what it defines; of it nothing is run."""


class Take(Protocol):
    """Takes some of the rows that a statement yields or, where they are many, returns."""

    async def __call__(self, content: bytes, /, *, returned: bool = False) -> None:
        """
        Take one JSON array, not yet believed; the statement's process waits meanwhile.

        Raises the step's error, and the run ends with it.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A statement that is checked, and not run."""

    statement: str
    environment: Environment
    type_hints: TypeHints = "reject"
    variables: frozenset[str] | None = None
    """The names of the local variables; None where they are not known, and so not judged."""
    branches: tuple[str, ...] = ()
    """The names of the secondary inputs, from INPUT_DATA2 on."""
    dialect: Dialect = "body"
    setup: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Returned:
    """The statement returned; `content` is what its process wrote, not yet believed."""

    content: bytes
    """The rows as one JSON array, the last of them where others were taken before."""
    counts: tuple[int | None, ...] | None = None
    """How many of the rows each input row gave, None where it failed; None for bulk."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """The statement did not compile, broke a rule, raised, or returned what has no JSON form."""

    error: StepError


@dataclass(frozen=True, kw_only=True, slots=True)
class Exceeded:
    """The run was ended because it used more than a limit allows."""

    limit: Literal["wall_seconds", "cpu_seconds", "memory_bytes", "output_bytes", "fuel"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Died:
    """The process ended by itself, or with its zygote, and left no result."""

    reason: str
    killed: bool
    """Whether a signal ended it, rather than its own exit or a frame that is none."""
    retryable: bool


Report: TypeAlias = Returned | Refused | Exceeded | Died


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One line that the author logged. The time is the host's."""

    level: Literal["trace", "debug", "info", "warn", "error"]
    message: str
    line: int | None
    time: datetime
    source: Literal["log", "print", "stderr", "warning", "service"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Streamed:
    """One event that a node streamed; `data` is JSON, as its process wrote it. The time is ours."""

    type: str
    data: bytes
    time: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One figure that the statement drew; both forms are what its process wrote."""

    png: bytes
    svg: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What a run used, as seen from outside it."""

    wall: timedelta
    cpu: timedelta
    peak_memory_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Execution:
    """A report, and all that was seen on the way to it."""

    report: Report
    entries: tuple[Entry, ...]
    entries_truncated: bool
    figures: tuple[Figure, ...] = ()
    streams: tuple[Streamed, ...] = ()
    usage: Usage
    start: timedelta
    """From the request to a child that is ready for its payload."""
    execute: timedelta
    """From there to its report."""
    isolation: Mapping[str, Json]
    """The walls in force, from evidence."""


class Runtime(Protocol):
    """Something that executes one statement once, or checks it, isolated."""

    async def execute(self, assignment: Assignment, take: Take) -> Execution:
        """
        Execute a statement and report how it ended; rows that it yields are taken as they come.

        Raises ProcessorFault where no child could be started at all.
        """

    async def check(self, draft: Draft) -> tuple[Finding, ...] | Exceeded | Died:
        """
        Give what is wrong with a statement, parsed apart from us, or how parsing it ended.

        Raises ProcessorFault where no child could be started at all.
        """
