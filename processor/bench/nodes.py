"""Row 9: a node in WebAssembly, for one caller and for many, against instances by themselves."""

import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

import processor
from processor.config import CHECKOUT
from processor.environment import InstalledEnvironments
from processor.manifest import read_manifest
from processor.runtime.contract import Assignment
from processor.runtime.said import header_of
from processor.runtime.wasm import NAME, with_runner
from processor.step import NodeOptions, decode_order

from . import load, yardsticks
from .measure import Measure, spread
from .scene import Scene
from .service import LONGEST_WAIT_SECONDS, Service, body, served
from .yardsticks import Forks

NODE: Final = """
def get_node():
    words = {"friendly_name": "", "description": ""}
    pin = {"name": "x", "pin_type": "Output", "data_type": "I64", **words}
    return {"name": "n", "category": "C", "pins": [pin], **words}


def run(context):
    return {"outputs": {"x": 1}}
"""
STEP: Final = {"statement": NODE, "profile": "wasm-node"}
WARM_UP: Final = 20
_BARE: Final = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from processor.runtime.wasm.keeper.bare import main; main()"
)


def node_runs(scene: Scene) -> Iterator[Measure]:
    """Row 9."""
    with served() as service, instances(scene) as bare:
        _wait_for_a_keeper(service)
        yield _latency(scene, service)
        runs, by_themselves = [], []
        load.per_second(service.port, body(STEP), scene.slice_seconds)
        for _ in range(scene.slices):
            by_themselves.append(bare.per_second(scene.slice_seconds))
            runs.append(load.per_second(service.port, body(STEP), scene.slice_seconds))
    bare_runs = statistics.median(by_themselves)
    yield Measure(
        row=9,
        what="nodes a second",
        reach="≥ 0.6 I",
        value=statistics.median(runs),
        bound=0.6 * bare_runs,
        unit="runs/s",
        better="higher",
        details={"I_per_second": bare_runs},
    )


def _latency(scene: Scene, service: Service) -> Measure:
    request = body(STEP)
    runs, spawns = [], []
    with service.caller() as caller:
        for _ in range(WARM_UP):
            caller.run(request)
        for _ in range(scene.samples):
            spawns.append(yardsticks.spawn(scene.environment.python))
            runs.append(caller.run(request)[0])
    taken, spawned = spread(runs), spread(spawns)
    return Measure(
        row=9,
        what="a node in WebAssembly, p50",
        reach="≤ 0.6 S",
        value=taken.p50,
        bound=0.6 * spawned.p50,
        unit="ms",
        spread=taken,
        details={"S_p50_ms": spawned.p50},
    )


@contextmanager
def instances(scene: Scene) -> Iterator[Forks]:
    """Have a process a core that runs the same node in bare instances: I."""
    manifest = read_manifest(CHECKOUT / "connector_manifest.json")
    installed = InstalledEnvironments(
        environments_dir=scene.environment.python.parents[2],
        locks_dir=CHECKOUT / "locks",
        allowed_imports=manifest.allowed_imports,
        warms=lambda _module: False,
    )
    runner = with_runner(installed).get(NAME)
    step = decode_order(body(STEP), manifest.profiles).step
    header = header_of(
        Assignment(
            statement=NODE,
            inputs={"context": b"{}"},
            nullable=frozenset(),
            environment=runner,
            limits=step.limits,
            dialect="module",
            node=NodeOptions(),
        )
    )
    project = str(Path(processor.__file__).parent.parent)
    command = [sys.executable, "-I", "-c", _BARE, project, str(runner.python)]
    command += [msgspec.json.encode(header).decode(), "{}"]
    with yardsticks.answering(command, os.cpu_count() or 1) as warm:
        yield warm


def _wait_for_a_keeper(service: Service) -> None:
    """Return once a node would start at once."""
    until = time.monotonic() + LONGEST_WAIT_SECONDS
    with service.caller() as caller:
        while time.monotonic() < until:
            if msgspec.json.decode(caller.call("GET", "/readyz").read())["wasm"]["warm"]:
                return
            time.sleep(0.05)
    raise RuntimeError("no keeper got warm")
