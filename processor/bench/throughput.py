"""Rows 3, 4 and 5: what many callers get."""

import os
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from . import load
from .measure import Measure
from .scene import LIGHT, Scene
from .service import body, served
from .steps import framed, trivial
from .yardsticks import forks


def light_runs(scene: Scene) -> Iterator[Measure]:
    """Rows 4, and 3 at half of what it gives."""
    with served() as service:
        service.wait_until_warm()
        runs, forked = _in_turn(scene, service.port, trivial(), LIGHT)
        yield _against_forks(4, "runs a second, light", runs, forked, 0.4)
        seconds = scene.slice_seconds * scene.slices
        taken = load.at_rate(service.port, body(trivial()), runs / 2, seconds)
    yield Measure(
        row=3,
        what="p99 at half of the highest throughput",
        reach="≤ 6 p50",
        value=taken.p99,
        bound=6 * taken.p50,
        unit="ms",
        spread=taken,
        details={"runs_per_second": runs / 2},
    )


def full_runs(scene: Scene) -> Iterator[Measure]:
    """Row 5."""
    with served() as service:
        service.wait_until_warm()
        runs, forked = _in_turn(scene, service.port, framed(), scene.environment.preload)
    yield _against_forks(5, "runs a second, full", runs, forked, 0.5)


def _in_turn(
    scene: Scene, port: int, step: dict[str, Any], modules: Sequence[str]
) -> tuple[float, float]:
    """Give runs and forks a second, measured in slices in turn."""
    request = body(step)
    runs, forked = [], []
    with forks(scene.environment.python, modules, os.cpu_count() or 1) as yardstick:
        load.per_second(port, request, scene.slice_seconds)
        for _ in range(scene.slices):
            forked.append(yardstick.per_second(scene.slice_seconds))
            runs.append(load.per_second(port, request, scene.slice_seconds))
    return statistics.median(runs), statistics.median(forked)


def _against_forks(row: int, what: str, runs: float, forked: float, ratio: float) -> Measure:
    return Measure(
        row=row,
        what=what,
        reach=f"≥ {ratio:g} F",
        value=runs,
        bound=ratio * forked,
        unit="runs/s",
        better="higher",
        details={"F_per_second": forked},
    )
