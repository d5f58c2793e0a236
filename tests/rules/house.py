"""From a request's JSON to the run's JSON, through everything between the two doors."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import msgspec

from processor.environment import InstalledEnvironments, build, locate
from processor.gate import Slots
from processor.manifest import Manifest, read_manifest
from processor.pipeline import Pipeline
from processor.run import Follower, Run, RunId
from processor.runtime.forked import ForkedRuntime
from processor.schema import FolderSchemas, Repository
from processor.step import decode_order
from processor.store import sqlite
from processor.store.kept import Store
from tests.build import a_ticket

ROOT = Path(__file__).parents[2]
ANY_ROWS = {"type": "object"}
"""The output schema that takes every row."""


def columns(**types: str) -> dict[str, Any]:
    """Give a schema by columns: `x="Integer"`, or `x="Integer?"` where it may be null."""
    return {
        "columns": [
            {"name": name, "type": kind.rstrip("?"), "nullable": kind.endswith("?")}
            for name, kind in types.items()
        ]
    }


@dataclass(frozen=True, kw_only=True)
class House:
    """Runs steps as requests ask for them, on the real environment and the real store."""

    manifest: Manifest
    store: Store
    pipeline: Pipeline

    async def run(
        self,
        statement: str,
        inputs: dict[str, Any] | None = None,
        *,
        commit: bool = True,
        **step: Any,
    ) -> Any:
        """Run a step and give the run as its caller sees it."""
        members = {"statement": dedent(statement), "output_schema": ANY_ROWS, **step}
        body = json.dumps({"step": members, "inputs": inputs or {}, "commit": commit}).encode()
        order = decode_order(body, self.manifest.profiles)
        run = await self.pipeline.run(order, a_ticket(order.step.id), Follower())
        return _plain(await self.store.runs.whole(run))

    async def rows(self, statement: str, inputs: dict[str, Any] | None = None, **step: Any) -> Any:
        """Give the rows of a run that succeeds."""
        run = await self.run(statement, inputs, **step)
        assert run["state"] == "succeeded", run["error"]
        return run["rows"]

    async def error(self, statement: str, inputs: dict[str, Any] | None = None, **step: Any) -> Any:
        """Give the error of a run that fails, and so has no rows."""
        run = await self.run(statement, inputs, **step)
        assert (run["state"], run["rows"]) == ("failed", None), run["rows"]
        return run["error"]

    async def checkpoint(self, step_id: str) -> Any:
        """Give a step's checkpoint as it is stored: value and version."""
        kept = await self.store.checkpoints.get(step_id)  # type: ignore[arg-type] # a plain text
        return None if kept is None else (json.loads(kept.value), kept.version)

    async def kept(self, run: Any) -> Any:
        """Give a run as the store has it."""
        found = await self.store.runs.get(RunId(run["id"]))
        return found and _plain(found)


def _plain(run: Run) -> Any:
    return json.loads(msgspec.json.encode(run))


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[House]:
    """Open everything but HTTP."""
    manifest = read_manifest(ROOT / "connector_manifest.json")
    environments_dir, locks_dir = ROOT / ".environments", ROOT / "locks"
    for name in ("processor-3.2", "node"):
        build(
            locate(name, environments_dir=environments_dir, locks_dir=locks_dir),
            environ=os.environ,
        )
    environments = InstalledEnvironments(
        environments_dir=environments_dir,
        locks_dir=locks_dir,
        allowed_imports=manifest.allowed_imports,
        warms=lambda _module: True,
    )
    async with sqlite.opened(folder / "data") as store, ForkedRuntime() as runtime:
        await runtime.warm_up(environments.get("processor-3.2"))
        yield House(
            manifest=manifest,
            store=store,
            pipeline=Pipeline(
                environments=environments,
                schemas=Repository(kept=store.schemas, shipped=FolderSchemas(folder / "schemas")),
                runs=store.runs,
                runtimes={"forked": runtime},
                slots=Slots(2),
            ),
        )
