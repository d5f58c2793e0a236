"""What rows are measured on: the environment, how many samples, and how long a slice of load."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from processor.environment import Environment

from .measure import Measure

LIGHT: Final = ("asyncio", "json", "decimal", "datetime", "re", "statistics", "zoneinfo")
"""What a zygote for statements without packages has loaded at least."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """Where and how thoroughly rows are measured."""

    environment: Environment
    samples: int
    """Of everything that takes milliseconds."""
    slices: int
    """Of load, in turn with its yardstick."""
    slice_seconds: float
    store: str | None
    """A database on PostgreSQL with the tables of this version and nothing in them; or none."""
    say: Callable[[str], object]
    """Told what is being measured."""


Row = Callable[[Scene], Iterator[Measure]]
"""Measures one or more rows of the table."""
