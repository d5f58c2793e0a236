"""Rows 1, 2 and 10: what one caller waits for."""

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from . import yardsticks
from .measure import Measure, Spread, spread
from .scene import Scene
from .service import Caller, body, served
from .steps import framed, trivial

WARM_UP: Final = 20


def trivial_runs(scene: Scene) -> Iterator[Measure]:
    """Row 1."""
    taken, spawned = _in_turn(scene, trivial())
    yield _against_spawn(1, "a trivial statement, p50", taken, spawned, 0.25)


def framed_runs(scene: Scene) -> Iterator[Measure]:
    """Row 2."""
    taken, spawned = _in_turn(scene, framed())
    yield _against_spawn(2, "a DataFrame of 100 rows, p50", taken, spawned, 0.45)


def checks(scene: Scene) -> Iterator[Measure]:
    """Row 10: texts that were never seen before."""

    def check(caller: Caller, number: int) -> float:
        statement = f"import json\nrows = json.loads('[]')\nreturn rows + [{{'x': {number}}}]"
        content = msgspec.json.encode({"statement": statement})
        return timed(lambda: caller.call("POST", "/v1/check", content).read())

    with served() as service, service.caller() as caller:
        service.wait_until_warm()
        for number in range(WARM_UP):
            check(caller, -number)
        taken = spread(check(caller, number) for number in range(scene.samples))
    yield Measure(
        row=10,
        what="a static check, p50",
        reach="≤ 15 ms",
        value=taken.p50,
        bound=15,
        unit="ms",
        spread=taken,
    )


def timed(what: Callable[[], object]) -> float:
    """Give how long a call takes, in milliseconds."""
    started = time.perf_counter()
    what()
    return (time.perf_counter() - started) * 1000


def _in_turn(scene: Scene, step: dict[str, Any]) -> tuple[Spread, Spread]:
    """Give the spread of runs and of S, one of each in turn."""
    request = body(step)
    runs, spawns = [], []
    with served() as service, service.caller() as caller:
        service.wait_until_warm()
        for _ in range(WARM_UP):
            caller.run(request)
        for _ in range(scene.samples):
            spawns.append(yardsticks.spawn(scene.environment.python))
            runs.append(caller.run(request)[0])
    return spread(runs), spread(spawns)


def _against_spawn(row: int, what: str, taken: Spread, spawned: Spread, ratio: float) -> Measure:
    return Measure(
        row=row,
        what=what,
        reach=f"≤ {ratio:g} S",
        value=taken.p50,
        bound=ratio * spawned.p50,
        unit="ms",
        spread=taken,
        details={"S_p50_ms": spawned.p50},
    )
