"""A runtime with its environment, and short ways to run statements on it."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from types import MappingProxyType
from typing import Any

from processor.egress import NO_NETWORK, NOWHERE, Outside, Policy
from processor.environment import Environment, InstalledEnvironments, build, light, locate
from processor.errors import StepError
from processor.manifest import read_manifest
from processor.runtime.contract import Assignment, Entry, Execution, Refused, Returned
from processor.runtime.forked import ForkedRuntime
from processor.runtime.forked.zygote import Zygote
from processor.step import Limits, OnRowError, Processing
from tests.processes import children_of, zygote_of

ROOT = Path(__file__).parents[3]

LIMITS = Limits(
    wall=timedelta(seconds=30),
    cpu=timedelta(seconds=20),
    memory_bytes=512 << 20,
    output_bytes=16 << 20,
    rows=1000,
    threads=8,
    open_files=64,
    tmp_bytes=1 << 20,
)

REACH_OS = (
    "import json\nos = json.codecs.builtins.__import__('os')\nframes = log._journal._frames\n"
)
"""What an author needs to leave Python's manners behind: the jail is the boundary, not these."""
REACH_CTYPES = "ctypes = json.codecs.builtins.__import__('ctypes')\n"
REACH_SIGNAL = "signal = json.codecs.builtins.__import__('signal')\n"
REACH_LIBC = (
    f"{REACH_OS}libc = json.codecs.builtins.__import__('ctypes').CDLL(None, use_errno=True)\n"
)


@dataclass(frozen=True, kw_only=True)
class Host:
    """The runtime under test; every run has limits that only its test is about."""

    runtime: ForkedRuntime
    environment: Environment

    async def run(
        self,
        statement: str,
        *,
        inputs: Mapping[str, bytes] | None = None,
        nullable: tuple[str, ...] = (),
        more_imports: tuple[str, ...] = (),
        variables: Mapping[str, Any] = MappingProxyType({}),
        branches: tuple[str, ...] = (),
        processing: Processing = "bulk",
        on_row_error: OnRowError = "stop",
        network: Policy = NO_NETWORK,
        **limits: Any,
    ) -> Execution:
        """Run a statement, whatever becomes of it."""
        allowed = self.environment.allowed_imports | set(more_imports)
        taken: list[bytes] = []

        async def take(content: bytes, *, returned: bool = False) -> None:
            del returned
            taken.append(content)

        execution = await self.runtime.execute(
            Assignment(
                statement=dedent(statement),
                inputs={"INPUT_DATA": b"null", "DATA_CHECKPOINT": b"null"} | dict(inputs or {}),
                nullable=frozenset(nullable),
                environment=replace(self.environment, allowed_imports=allowed),
                limits=replace(LIMITS, **limits),
                network=network,
                variables=json.dumps(dict(variables)).encode(),
                branches=branches,
                processing=processing,
                on_row_error=on_row_error,
            ),
            take,
        )
        if not taken or not isinstance(execution.report, Returned):
            return execution
        parts = [part[1:-1] for part in (*taken, execution.report.content) if part != b"[]"]
        whole = replace(execution.report, content=b"[%b]" % b",".join(parts))
        return replace(execution, report=whole)

    async def rows(self, statement: str, **options: Any) -> Any:
        """Give the rows that a statement returns."""
        report = (await self.run(statement, **options)).report
        assert isinstance(report, Returned), report
        return json.loads(report.content)

    async def value(self, expression: str, **options: Any) -> Any:
        """Give what an expression becomes in a row, with the usual imports made."""
        imports = "import pandas as pd, numpy as np\n"
        rows = await self.rows(f"{imports}return [{{'a': {expression}}}]", **options)
        return rows[0]["a"]

    async def error(self, statement: str, **options: Any) -> StepError:
        """Give the error of a statement that is refused."""
        report = (await self.run(statement, **options)).report
        assert isinstance(report, Refused), report
        return report.error

    async def entries(self, statement: str, **options: Any) -> tuple[Entry, ...]:
        """Give what a statement logs that returns rows."""
        execution = await self.run(statement, **options)
        assert isinstance(execution.report, Returned), execution.report
        return execution.entries

    @property
    def zygote(self) -> Zygote:
        return self.runtime._zygotes._by_digest[light(self.environment).digest]

    def children(self) -> list[int]:
        """Give the zygote's children that are there now."""
        return children_of(zygote_of(self.zygote._process.pid))

    @asynccontextmanager
    async def running(self, statement: str = "await sleep(60)") -> AsyncIterator["Running"]:
        """Have a statement that goes on for long, from when it has begun until the block ends."""
        before = set(self.children())
        async with asyncio.TaskGroup() as tasks:
            run = tasks.create_task(self.run(statement))
            async with asyncio.timeout(30):
                while not (begun := list(filter(_has_begun, set(self.children()) - before))):
                    await asyncio.sleep(0)
            yield Running(process=begun[0], run=run)
            run.cancel()


@dataclass(frozen=True, kw_only=True)
class Running:
    """A run that is under way, and the process of its statement."""

    process: int
    run: asyncio.Task[Execution]


def _has_begun(process: int) -> bool:
    """Whether a child runs its statement, for which it has made an event loop."""
    try:
        opened = [each.readlink() for each in Path(f"/proc/{process}/fd").iterdir()]
    except OSError:
        return False
    return Path("anon_inode:[eventpoll]") in opened


def descriptors() -> set[str]:
    """Give the descriptors of this process by number and what they lead to."""
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        try:
            found.add(f"{path.name} {path.readlink()}")
        except FileNotFoundError:  # the one that lists them
            continue
    return found


async def left_since(before: set[str]) -> set[str]:
    """Give what was opened since and stays open.

    A service that other tests share lives in this process too and looks after itself meanwhile:
    what it opens and closes again is not counted.
    """
    ends = time.monotonic() + 10
    while (left := descriptors() - before) and time.monotonic() < ends:
        await asyncio.sleep(0.01)
    return left


@asynccontextmanager
async def opened(
    outside: Outside = NOWHERE, ca_bundle: str = "", ready: int = 0
) -> AsyncIterator[Host]:
    """Open a runtime on the checkout's own environment, built where nobody has done it yet."""
    places = {"environments_dir": ROOT / ".environments", "locks_dir": ROOT / "locks"}
    build(locate("processor-3.2", **places), environ=os.environ)
    environments = InstalledEnvironments(
        environments_dir=places["environments_dir"],
        locks_dir=places["locks_dir"],
        allowed_imports=read_manifest(ROOT / "connector_manifest.json").allowed_imports,
        warms=lambda _module: True,
    )
    async with ForkedRuntime(outside, ca_bundle=ca_bundle, ready=ready) as runtime:
        environment = environments.get("processor-3.2")
        await runtime.warm_up(environment)
        yield Host(runtime=runtime, environment=environment)
