"""What the plot shows: latency over load, and time over rows."""

from collections.abc import Sequence
from typing import Final

from . import load
from .measure import Spread, spread
from .report import Curve
from .scene import Scene
from .service import Service, body, served
from .steps import passing, trades, trivial

SHARES: Final = (0.1, 0.25, 0.5, 0.7, 0.85, 0.95)
"""Of the highest throughput."""
COUNTS: Final = (1, 10, 100, 1_000, 10_000, 100_000)
RUNS_A_COUNT: Final = 7


def measure_curves(scene: Scene) -> tuple[Curve, ...]:
    """Measure both curves on one service."""
    with served() as service:
        service.wait_until_warm()
        scene.say("measuring latency over load")
        over_load = _over_load(scene, service)
        scene.say("measuring time over rows")
        over_rows = _over_rows(service)
    return over_load, over_rows


def _over_load(scene: Scene, service: Service) -> Curve:
    request = body(trivial())
    highest = load.per_second(service.port, request, scene.slice_seconds)
    rates = [highest * share for share in SHARES]
    seconds = scene.slice_seconds * 2
    return _curve(
        "latency over load",
        "runs a second",
        rates,
        [load.at_rate(service.port, request, rate, seconds) for rate in rates],
    )


def _over_rows(service: Service) -> Curve:
    spreads = []
    with service.caller() as caller:
        for count in COUNTS:
            request = body(passing(), trades(count))
            spreads.append(spread(caller.run(request)[0] for _ in range(RUNS_A_COUNT)))
    return _curve("time over rows", "rows in and out", COUNTS, spreads)


def _curve(name: str, along: str, x: Sequence[float], spreads: Sequence[Spread]) -> Curve:
    return Curve(name=name, along=along, x=[*x], spreads=spreads)
