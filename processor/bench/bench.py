"""Which rows there are, and measuring them one after the other."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from . import bulk, latency, nodes, queued, start, throughput, walls
from .measure import Measure
from .scene import Row, Scene

ROWS: Final[Mapping[str, Row]] = {
    "trivial": latency.trivial_runs,
    "framed": latency.framed_runs,
    "light": throughput.light_runs,
    "full": throughput.full_runs,
    "bulk": bulk.bulk_runs,
    "streamed": bulk.streamed_runs,
    "node": nodes.node_runs,
    "queued": queued.queued_runs,
    "check": latency.checks,
    "start": start.starts,
    "weight": start.weight,
    "walls": walls.walls,
}
"""By the name that `--only` takes."""


def measure_rows(scene: Scene, names: Iterable[str]) -> Iterator[Measure]:
    """Measure rows, each with a service of its own, so that none disturbs another."""
    for name in names:
        scene.say(f"measuring {name}")
        yield from ROWS[name](scene)
