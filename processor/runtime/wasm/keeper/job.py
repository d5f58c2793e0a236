"""What a keeper is given to run once, how that ended, and what an engine is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

How: TypeAlias = Literal[
    "ended", "wall", "fuel", "memory", "output", "stack", "unavailable", "asked", "trapped"
]
"""
How an instance ended: by itself; at its limit of time, instructions,
memory or output; out of stack; calling
what is not there; asking the host too often; in any other trap.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One statement, the inputs that it is given, and what it may use."""

    header: str
    """For the guest: what to run and how (JSON)."""
    inputs: Sequence[str]
    wall_seconds: float
    memory_bytes: int
    """Above what an instance has when it starts."""
    output_bytes: int
    """Of all that it tells: answer, log and streams."""
    fuel: int | None = None
    """How many instructions it may execute, where they are counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """How an instance ended; what it had to say it has told before."""

    how: How
    detail: str = ""
    memory_bytes: int = 0
    """How much the instance's memory had grown at its end; it never shrinks."""


Tell: TypeAlias = Callable[[bytes, bytes], None]
"""Passes a frame on: its kind, its content."""
Ask: TypeAlias = Callable[[str, str], str]
"""Asks the service; both the question's content and the answer are JSON."""


class Engine(Protocol):
    """What runs statements in instances of its own, one at a time."""

    def prepare(self) -> Mapping[str, Any]:
        """Do all that needs files, and give what is known of the engine."""

    def tick(self) -> None:
        """Let time pass for the instance that runs; called from another thread."""

    def prime(self) -> None:
        """Make the next job's instance ahead, and let it do once what every job does."""

    def run(self, job: Job, tell: Tell, ask: Ask) -> End:
        """Run one job in a fresh instance, which serves no other."""

    def rest(self) -> None:
        """Let go of the instance that ran; its end has been told."""
