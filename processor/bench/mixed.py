"""Light, pandas, large and hostile statements at the same time: who waits, and what stays."""

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from .measure import Measure, spread
from .scene import Scene
from .service import Service, body, served
from .steps import framed, passing, trades, trivial

LARGE_ROWS: Final = 20_000
LIMITS: Final = {"wall_seconds": 1, "cpu_seconds": 0.5, "memory_bytes": 128 << 20}
HOSTILE: Final = (
    "while True:\n    pass",
    "rows = []\nwhile True:\n    rows.append(bytes(1 << 20))",
    "import json\njson.codecs.builtins.__import__('os')._exit(3)",
    "while True:\n    print('x' * 1000)",
    "def deeper():\n    return deeper()\nreturn deeper()",
)
LONGEST_END_SECONDS: Final = 20.0
"""From the last answer to the last process gone that served a run."""


def mixed_runs(scene: Scene, seconds: float) -> Iterator[Measure]:
    """Have five callers for so long, two of whom are measured."""
    scene.say(f"mixing statements for {seconds:g} seconds")
    with served() as service:
        service.wait_until_warm()
        for step in (trivial(), framed()):
            with service.caller() as caller:
                caller.run(body(step))
        before = _serving(service)
        memory = service.memory()
        taken = _mixed(service, seconds)
        left = _left(service, before)
        risen = memory.rise()
    yield Measure(
        row=15,
        what="light callers beside large and hostile runs, p99",
        reach="≤ 50 ms",
        value=spread(taken[0] + taken[1]).p99,
        bound=50,
        unit="ms",
        spread=spread(taken[0] + taken[1]),
        details={
            "pandas_p50_ms": spread(taken[2]).p50,
            "large_p50_ms": spread(taken[3]).p50,
            "hostile_runs": len(taken[4]),
            "memory_risen_mb": risen / 1e6,
        },
    )
    yield Measure(
        row=15,
        what="processes that they left behind",
        reach="none",
        value=left,
        bound=0,
        unit="processes",
    )


def _mixed(service: Service, seconds: float) -> list[list[float]]:
    """Give what the runs of each caller took: two light, one pandas, one large, one hostile."""
    light, large = [body(trivial())], [body(passing(), trades(LARGE_ROWS))]
    hostile = [body({**trivial(), "statement": each, "limits": LIMITS}) for each in HOSTILE]
    callers = (light, light, [body(framed())], large, hostile)
    taken: list[list[float]] = [[] for _ in callers]
    errors: list[Exception] = []
    until = time.monotonic() + seconds

    def call(bodies: Sequence[bytes], took: list[float]) -> None:
        try:
            _call(service, bodies, took, until)
        except Exception as error:  # noqa: BLE001 (raised where it is seen, by who waits for this)
            errors.append(error)

    threads = [
        threading.Thread(target=call, args=each) for each in zip(callers, taken, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return taken


def _call(service: Service, bodies: Sequence[bytes], took: list[float], until: float) -> None:
    with service.caller() as caller:
        while time.monotonic() < until or not took:
            content = bodies[len(took) % len(bodies)]
            started = time.perf_counter()
            answer = caller.call("POST", "/v1/runs", content).read()
            took.append((time.perf_counter() - started) * 1000)
            state = msgspec.json.decode(answer, type=_Ended).state
            if (state == "succeeded") == (len(bodies) > 1):  # the hostile caller has several
                raise RuntimeError(f"a run of the mix is {state}: {answer[-2000:]!r}")


class _Ended(msgspec.Struct):
    state: str | None = None


def _left(service: Service, before: int) -> int:
    """Give how many processes are there beyond those that were, once no run is under way."""
    until = time.monotonic() + LONGEST_END_SECONDS
    while (left := _serving(service) - before) > 0 and time.monotonic() < until:
        time.sleep(0.1)
    return max(left, 0)


def _serving(service: Service) -> int:
    """Count the service's processes but for those that wait for runs."""
    with service.caller() as caller:
        state = msgspec.json.decode(caller.call("GET", "/readyz").read(), type=_State)
    return len(service.descendants()) - sum(kind.waiting for kind in state.ready)


class _Kind(msgspec.Struct):
    waiting: int


class _State(msgspec.Struct):
    ready: list[_Kind]
