"""Row 16: what the walls add to a child's way to ready."""

import json
import statistics
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import processor

from .measure import Measure, spread
from .scene import LIGHT, Scene

WALLED: Final = Path(__file__).parent / "walled.py"
WARMING: Final = 10
"""Pairs that are not counted: the first touch what all later ones find."""


def walls(scene: Scene) -> Iterator[Measure]:
    """
    Row 16: children of one warm process with all walls and without any, in turn.

    What counts is processor time, which a machine's other work disturbs least.
    """
    bare, walled = zip(*_pairs(scene), strict=True)
    bare_ms, walled_ms = (_medians(taken) for taken in (bare, walled))
    yield Measure(
        row=16,
        what="the walls of a child, processor time on its way to ready",
        reach="≤ 2 ms",
        value=walled_ms[1] - bare_ms[1],
        bound=2,
        unit="ms",
        spread=spread(busy for _, busy in walled),
        details={"ready_without_ms": bare_ms[0], "ready_with_ms": walled_ms[0]},
    )


def _pairs(scene: Scene) -> list[Sequence[tuple[float, float]]]:
    """Give, for a child without walls and one with them, the way to ready and what was busy."""
    project = str(Path(processor.__file__).parent.parent)
    count = str(WARMING + scene.samples)
    done = subprocess.run(  # noqa: S603 (our own script, no shell)
        [scene.environment.python, "-P", "-s", "-B", "-X", "utf8", WALLED, count, *LIGHT],
        capture_output=True,
        check=True,
        env={"PYTHONPATH": project},
    )
    pairs: list[Sequence[tuple[float, float]]] = json.loads(done.stdout)
    return pairs[WARMING:]


def _medians(taken: Sequence[tuple[float, float]]) -> tuple[float, float]:
    passed, busy = zip(*taken, strict=True)
    return statistics.median(passed), statistics.median(busy)
