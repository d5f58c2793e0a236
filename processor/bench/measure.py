"""Numbers as they are told: a spread of samples, and a row held against what it must reach."""

import statistics
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How long something takes, in milliseconds, over a number of samples."""

    p50: float
    p95: float
    p99: float
    count: int


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table: what was measured, and whether that will do."""

    row: int
    """Its number in docs/operating/performance.md."""
    what: str
    reach: str
    """The bound in words, by its yardstick."""
    value: float
    bound: float
    unit: Literal["ms", "s", "runs/s", "rows/s", "MB", "times", "processes"]
    better: Literal["lower", "higher"] = "lower"
    spread: Spread | None = None
    details: Mapping[str, float] = {}

    @property
    def meets(self) -> bool:
        """Whether it reaches its bound."""
        return self.value <= self.bound if self.better == "lower" else self.value >= self.bound


def spread(milliseconds: Iterable[float]) -> Spread:
    """
    Give the spread of some samples.

    >>> spread([4.0, 2.0, 3.0]).p50
    3.0
    """
    samples = sorted(milliseconds)
    cuts = statistics.quantiles(samples, n=100, method="inclusive") if samples[1:] else samples * 99
    return Spread(p50=cuts[49], p95=cuts[94], p99=cuts[98], count=len(samples))
