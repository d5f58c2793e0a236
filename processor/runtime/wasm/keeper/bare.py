"""Instances one after the other, with nothing around them: a yardstick of the bench."""

import json
import sys
import time
from typing import Final

from .component import ComponentEngine
from .job import Job

WALL_SECONDS: Final = 30.0
MEMORY_BYTES: Final = 64 << 20


def main() -> None:
    """
    Run a job as often as fits into the seconds that a line of the input gives; print how often.

    The arguments name the compiled runner, and have the job's header and its one input.
    """
    compiled, header, content = sys.argv[1:4]
    engine = ComponentEngine(compiled, counts_fuel=False, memory_bytes=lambda: 0)
    engine.prepare()
    job = Job(
        header=header,
        inputs=(content,),
        wall_seconds=WALL_SECONDS,
        memory_bytes=MEMORY_BYTES,
        output_bytes=1 << 20,
    )
    for line in sys.stdin:
        until = time.perf_counter() + float(line)
        number = 0
        while time.perf_counter() < until:
            _run(engine, job)
            number += 1
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


def _run(engine: ComponentEngine, job: Job) -> None:
    told: list[bytes] = []
    end = engine.run(job, lambda kind, _content: told.append(kind), lambda _name, _content: "null")
    engine.rest()
    if end.how != "ended" or told[-1:] != [b"o"]:
        raise RuntimeError(f"a bare instance ended otherwise: {json.dumps(str(end))}")
