"""What stands in for what starts processes; each fake satisfies its protocol under mypy."""

import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from processor.environment import Environment, Environments, EnvironmentSource
from processor.errors import EnvironmentNotReady, StepError
from processor.gate import Slots
from processor.identity import ApiKey, Minted, Tenant
from processor.pipeline import Pipeline
from processor.run import Claim, Follower, RunId
from processor.runtime.contract import (
    Assignment,
    Died,
    Draft,
    Entry,
    Exceeded,
    Execution,
    Figure,
    Refused,
    Report,
    Returned,
    Runtime,
    Take,
    Usage,
)
from processor.schema import FolderSchemas, Repository
from processor.statement import Finding
from processor.step import RuntimeName
from processor.store.kept import Store
from tests.build import an_environment


def returned(rows: Any, counts: tuple[int | None, ...] | None = None) -> Returned:
    """Give the report of a statement that returned these rows."""
    return Returned(content=json.dumps(rows).encode(), counts=counts)


def logged(level: Any, message: str) -> Entry:
    return Entry(level=level, message=message, line=1, time=datetime.now(UTC), source="log")


async def _nothing() -> None:
    return


@dataclass(kw_only=True)
class FakeRuntime:
    """Reports what it was told to, and remembers what it was assigned."""

    report: Report = field(default_factory=lambda: returned([{"x": 1}]))
    meanwhile: Callable[[], Awaitable[object]] = _nothing
    """What happens while the statement runs; may wait, may raise."""
    entries: tuple[Entry, ...] = ()
    entries_truncated: bool = False
    figures: tuple[Figure, ...] = ()
    streamed: Iterable[Any] = ()
    """Rows that are taken before the report, some at a time."""
    between: Callable[[], Awaitable[object]] = _nothing
    """What happens after each of them."""
    assignments: list[Assignment] = field(default_factory=list)
    found: tuple[Finding, ...] | Exceeded | Died = ()
    """What checks give."""
    drafts: list[Draft] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    """How many statements ran at the same time."""

    async def execute(self, assignment: Assignment, take: Take) -> Execution:
        self.assignments.append(assignment)
        for entry in self.entries:
            assignment.told(entry)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await self.meanwhile()
            report = await self._streamed(take) or self.report
        finally:
            self.running -= 1
        return Execution(
            report=report,
            entries=self.entries,
            entries_truncated=self.entries_truncated,
            figures=self.figures,
            usage=Usage(wall=timedelta(), cpu=timedelta(), peak_memory_bytes=0),
            start=timedelta(),
            execute=timedelta(),
            isolation={"level": 0},
        )

    async def _streamed(self, take: Take) -> Refused | None:
        for rows in self.streamed:
            try:
                await take(json.dumps(rows).encode())
                await self.between()
            except StepError as error:
                return Refused(error=error)
        return None

    async def check(self, draft: Draft) -> tuple[Finding, ...] | Exceeded | Died:
        self.drafts.append(draft)
        await self.meanwhile()
        return self.found


@dataclass
class Noting(Follower):
    """Follows a run and notes its id."""

    ids: list[RunId] = field(default_factory=list)

    def claimed(self, claim: Claim) -> None:
        self.ids.append(claim.run_id)


@dataclass(kw_only=True)
class FakeEnvironments:
    """Has the environments that it was given."""

    built: dict[str, Environment] = field(default_factory=lambda: {"small": an_environment()})

    def of(self, _tenant: Tenant) -> Self:
        return self

    def get(self, source: EnvironmentSource) -> Environment:
        if not isinstance(source, str) or source not in self.built:
            raise EnvironmentNotReady(f"environment {source} is not ready", retry_after=30)
        return self.built[source]

    async def prepare(self, source: EnvironmentSource, patience: timedelta) -> None:
        self.get(source)


def _they_satisfy_their_protocols() -> tuple[Runtime, Environments]:
    return FakeRuntime(), FakeEnvironments()


def as_every(runtime: Runtime) -> dict[RuntimeName, Runtime]:
    """Let one runtime stand in for all."""
    return {"forked": runtime, "wasm": runtime}


def a_pipeline(store: Store, runtime: Runtime, folder: Path, *, slots: int = 2) -> Pipeline:
    """Give a main path on a store; schemas that ship with the service are in a folder."""
    return Pipeline(
        environments=FakeEnvironments(),
        schemas=Repository(kept=store.schemas, shipped=FolderSchemas(folder / "schemas")),
        runs=store.runs,
        runtimes=as_every(runtime),
        slots=Slots(slots),
    )


class NoKeys:
    """Satisfies Keys, and has none."""

    async def add(self, minted: Minted, **_told: object) -> ApiKey:
        raise NotImplementedError

    async def usable(self, key_id: str) -> None:
        pass

    async def list(self) -> Sequence[ApiKey]:
        return []

    async def revoke(self, key_id: str) -> None:
        pass

    async def rotate(self, key_id: str, minted: Minted, overlap: timedelta) -> None:
        pass

    async def used(self, key_id: str) -> None:
        pass
