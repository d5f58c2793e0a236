"""The WASM runtime on the checkout's own runner, and short ways to run nodes on it."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from processor.environment import Environment, InstalledEnvironments
from processor.errors import StepError
from processor.runtime.contract import Assignment, Execution, Refused, Returned, Take
from processor.runtime.wasm import WasmRuntime, build_runner, with_runner
from processor.runtime.wasm.process import Keeper
from processor.step import Limits, NodeOptions

ROOT = Path(__file__).parents[3]

LIMITS = Limits(
    wall=timedelta(seconds=30),
    cpu=timedelta(seconds=30),
    memory_bytes=64 << 20,
    output_bytes=16 << 20,
    rows=1,
    threads=1,
    open_files=64,
    tmp_bytes=1 << 20,
)
NODE = """
def get_node():
    words = {"friendly_name": "", "description": ""}
    pin = {"name": "out", "pin_type": "Output", "data_type": "Generic", **words}
    return {"name": "n", "category": "C", "pins": [pin], **words}

"""
RUN = """
def run(context):
    return {"outputs": {"out": inner()}}
"""


@dataclass(frozen=True, kw_only=True)
class Host:
    """The runtime under test; every run has limits that only its test is about."""

    runtime: WasmRuntime
    environment: Environment

    async def run(
        self,
        statement: str,
        context: Any = None,
        *,
        define: bool = False,
        node: NodeOptions | None = None,
        **limits: Any,
    ) -> Execution:
        """Run a module, whatever becomes of it."""
        return await self.runtime.execute(
            Assignment(
                statement=statement,
                inputs={"context": json.dumps(context or {}).encode()},
                nullable=frozenset(),
                environment=self.environment,
                limits=replace(LIMITS, **limits),
                dialect="module",
                define=define,
                node=node or NodeOptions(),
            ),
            _no_rows,
        )

    async def rows(self, statement: str, take: Take) -> Execution:
        """Run the body of a function, whose rows are taken as they come."""
        inputs = {"INPUT_DATA": b"null", "DATA_CHECKPOINT": b"null"}
        assignment = Assignment(
            statement=statement,
            inputs=inputs,
            nullable=frozenset(),
            environment=self.environment,
            limits=LIMITS,
        )
        return await self.runtime.execute(assignment, take)

    async def body(self, body: str, **limits: Any) -> Execution:
        """Run a node whose `run` has that body and gives what it returns as `out`."""
        inner = indent(dedent(body), "    ")
        return await self.run(f"{NODE}def inner():\n{inner}\n{RUN}", **limits)

    async def value(self, body: str, **limits: Any) -> Any:
        """Give what a body returns."""
        report = (await self.body(body, **limits)).report
        assert isinstance(report, Returned), report
        return json.loads(report.content)["outputs"]["out"]

    async def error(self, body: str, **limits: Any) -> StepError:
        """Give the error of a body that is refused."""
        report = (await self.body(body, **limits)).report
        assert isinstance(report, Refused), report
        return report.error

    @property
    def idle(self) -> list[Keeper]:
        return [keeper for _, keeper in self.runtime._keepers._idle]


async def _no_rows(content: bytes, *, returned: bool = False) -> None:
    del returned
    raise AssertionError(f"a node gave rows: {content!r}")


def environment() -> Environment:
    """Give the runner, built where nobody has done it yet."""
    installed = InstalledEnvironments(
        environments_dir=ROOT / ".environments",
        locks_dir=ROOT / "locks",
        allowed_imports={"wasm": ("json", "math", "re", "datetime", "asyncio")},
        warms=lambda _module: False,
    )
    environments = with_runner(installed)
    build_runner(environments.runner, environ=os.environ)
    return environments.get("wasm")


@asynccontextmanager
async def opened(most_keepers: int = 1) -> AsyncIterator[Host]:
    """Open a runtime of one keeper, so that runs come after each other in one process."""
    runner = environment()
    async with WasmRuntime(most_keepers=most_keepers) as runtime:
        await runtime.warm_up(runner)
        yield Host(runtime=runtime, environment=runner)
