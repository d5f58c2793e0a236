"""A script: prove the walls and run a statement, whoever and wherever this is."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

from processor.egress import Mode, read_policy
from processor.environment import Environment
from processor.errors import ProcessorFault
from processor.runtime.contract import Assignment, Returned
from processor.runtime.forked import ForkedRuntime
from processor.runtime.forked.proof import take_none
from processor.step import Limits

ENVIRONMENT = Environment(
    name="bare",
    digest="bare",
    python=Path(sys.executable),
    python_version="3.11",
    allowed_imports=frozenset({"os", "json", "urllib.request"}),
    preload=(),
)
LIMITS = Limits(
    wall=timedelta(seconds=20),
    cpu=timedelta(seconds=10),
    memory_bytes=256 << 20,
    output_bytes=1 << 20,
    rows=100,
    threads=4,
    open_files=16,
    tmp_bytes=1 << 20,
)


async def told(least_level: int, statement: str, mode: Mode) -> dict[str, object]:
    assignment = Assignment(
        statement=statement,
        inputs={"INPUT_DATA": b"null", "DATA_CHECKPOINT": b"null"},
        nullable=frozenset(),
        environment=ENVIRONMENT,
        limits=LIMITS,
        network=read_policy(mode),
    )
    async with ForkedRuntime(least_level=least_level) as runtime:
        try:
            proof = await runtime.prove(ENVIRONMENT)
            execution = await runtime.execute(assignment, take_none)
        except ProcessorFault as fault:
            return {"fault": str(fault)}
    report = execution.report
    return {
        "proof": dict(proof.told()),
        "isolation": dict(execution.isolation),
        "log": [entry.message for entry in execution.entries],
        "rows": json.loads(report.content) if isinstance(report, Returned) else str(report),
    }


if __name__ == "__main__":
    reach: Mode = "open" if sys.argv[3] == "open" else "none"
    sys.stdout.write(json.dumps(asyncio.run(told(int(sys.argv[1]), sys.argv[2], reach))))
