"""Row 13: what workers get done who take deferred runs from PostgreSQL."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import msgspec

from . import load
from .measure import Measure
from .scene import Scene
from .service import JSON, Caller, body, served
from .steps import trivial

WORKERS: Final = 2
WARMING: Final = 20
"""Runs before those that count: each worker has to warm its processes."""
PER_SECOND: Final = 100
"""As many deferred runs are measured for a second of load elsewhere."""
_ACCEPTED: Final = 202


def queued_runs(scene: Scene) -> Iterator[Measure]:
    """Row 13, where the operator names a database; against row 4 on the embedded store."""
    if scene.store is None:
        scene.say("row 13 is left out: the setting `store` names no database on PostgreSQL")
        return
    with served() as service:
        service.wait_until_warm()
        load.per_second(service.port, body(trivial()), scene.slice_seconds)
        direct = load.per_second(service.port, body(trivial()), scene.slice_seconds * scene.slices)
    with ExitStack() as stack:
        service = stack.enter_context(served("--role", "api", "--store", scene.store))
        for _ in range(WORKERS):
            stack.enter_context(_working(scene.store))
        caller = stack.enter_context(service.caller())
        _done_per_second(caller, WARMING)
        runs = int(scene.slice_seconds * scene.slices * PER_SECOND)
        queued = _done_per_second(caller, runs)
    yield Measure(
        row=13,
        what="deferred runs a second on PostgreSQL, two workers",
        reach="≥ 0.3 of row 4",
        value=queued,
        bound=0.3 * direct,
        unit="runs/s",
        better="higher",
        details={"row_4_per_second": direct},
    )


def _done_per_second(caller: Caller, runs: int) -> float:
    """Hand in some runs, and give how many a second were done until the last one was."""
    request = body(trivial())
    started = time.perf_counter()
    for _ in range(runs):
        answer = caller.call("POST", "/v1/runs", request, {**JSON, "Prefer": "respond-async"})
        if (content := answer.read()) and answer.status != _ACCEPTED:
            raise RuntimeError(f"a run of the bench was not taken: {content[:2000]!r}")
    while _some(caller, "queued") or _some(caller, "running"):
        time.sleep(0.02)
    if _some(caller, "failed"):
        raise RuntimeError("a run of the bench failed")
    return runs / (time.perf_counter() - started)


def _some(caller: Caller, state: str) -> bool:
    answer = caller.call("GET", f"/v1/runs?state={state}&limit=1").read()
    return bool(msgspec.json.decode(answer)["items"])


@contextmanager
def _working(store: str) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="processor-bench-") as folder:
        command = [sys.executable, "-m", "processor", "work", "--data-dir", folder]
        process = subprocess.Popen(  # noqa: S603 (our own command, no shell)
            [*command, "--store", store],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with process:
            try:
                assert process.stdout is not None
                if not process.stdout.readline():
                    raise RuntimeError("a worker did not start; `processor work` says why")
                yield
            finally:
                process.terminate()
