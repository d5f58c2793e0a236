"""Rows 11 and 12: a service that starts, and what it weighs."""

from collections.abc import Iterator
from typing import Final

from .latency import timed
from .measure import Measure, spread
from .scene import Scene
from .service import body, mapped, served
from .steps import framed, trivial

STARTS: Final = 5


def starts(scene: Scene) -> Iterator[Measure]:
    """Row 11: from the command to the first line; and to the first statement that uses pandas."""
    listening, first = [], []
    for _ in range(min(STARTS, scene.samples)):
        with served() as service, service.caller() as caller:
            listening.append(service.listening * 1000)
            first.append(timed(lambda: caller.run(body(framed()))))
    yield _seconds("start to ready", listening, 4)
    yield _seconds("then the first pandas statement", first, 3)


def weight(scene: Scene) -> Iterator[Measure]:
    """Row 12: shared pages counted once."""
    del scene
    with served() as service, service.caller() as caller:
        service.wait_until_warm()
        for step in (trivial(), framed()):
            caller.run(body(step))
        processes = [service.process, *service.descendants()]
        total = sum(mapped(process, "Pss") for process in processes)
    yield Measure(
        row=12,
        what="the service with its zygotes",
        reach="≤ 350 MB",
        value=total / 1e6,
        bound=350,
        unit="MB",
        details={"processes": len(processes)},
    )


def _seconds(what: str, taken: list[float], bound: float) -> Measure:
    median = spread(taken).p50 / 1000
    reach = f"≤ {bound:g} s"
    return Measure(row=11, what=what, reach=reach, value=median, bound=bound, unit="s")
