"""The interface's operations as methods; each docstring names its route."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

import msgspec
from ulid import ULID

from processor.comparison import Difference
from processor.job import Listed
from processor.run import Run, State
from processor.simulation import Simulation
from processor.statement import Finding
from processor.values import Json, Row

from .answers import Inference, Move, StepCheckpoint
from .connection import Connection, Question
from .failures import RefusedRequest

Kind = TypeVar("Kind")

NOT_FOUND: Final = 404
_UNDER_WAY: Final = ("queued", "running")
_LONGEST_LOOK: Final = 2.0
"""Between two looks at a run that is under way, in seconds."""


class _Accepted(msgspec.Struct):
    id: str


class _Findings(msgspec.Struct):
    findings: tuple[Finding, ...]


class _Page(msgspec.Struct):
    items: msgspec.Raw
    next: str | None


class _Schema(msgspec.Struct):
    schema: dict[str, Json]


class Client:
    """
    One service, asked as long as it is entered.

    What it is asked twice without harm it is asked again, where it cannot be reached or says when
    it can. Everything raises RefusedRequest, where the service refuses, and Unreachable.
    """

    def __init__(self, url: str, *, token: str | None = None) -> None:
        self._connection = Connection(url, token)

    async def __aenter__(self) -> Self:
        await self._connection.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._connection.__aexit__(kind, error, traceback)

    async def run(
        self,
        step: Mapping[str, Any],
        inputs: Mapping[str, Any] | None = None,
        *,
        commit: bool = True,
        key: str | None = None,
    ) -> Run:
        """
        Run a step, and give the run once it has ended (POST /v1/runs).

        `key` is the Idempotency-Key: who comes with it again gets the same run. Without one it is a
        new one, so that a lost connection still makes no second run.
        """
        body = {"step": step, "inputs": inputs or {}, "commit": commit}
        return await self._run("/v1/runs", body, key)

    async def run_stored(
        self,
        step_id: str,
        inputs: Mapping[str, Any] | None = None,
        *,
        commit: bool = True,
        key: str | None = None,
    ) -> Run:
        """Run a stored step, and give the run once it has ended (POST /v1/steps/ID/runs)."""
        body = {"inputs": inputs or {}, "commit": commit}
        return await self._run(f"/v1/steps/{_part(step_id)}/runs", body, key)

    async def show_run(self, run_id: str) -> Run:
        """Give a run as it stands (GET /v1/runs/ID)."""
        return await self._get(f"/v1/runs/{_part(run_id)}", Run)

    async def wait_for(self, run_id: str) -> Run:
        """Give a run once it has ended."""
        pause = 0.05
        while (run := await self.show_run(run_id)).state in _UNDER_WAY:
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_LOOK)
        return run

    async def cancel_run(self, run_id: str) -> Run:
        """End a run, or ask for its end; give it as it stands (POST /v1/runs/ID/cancel)."""
        question = Question(method="POST", path=f"/v1/runs/{_part(run_id)}/cancel", again=True)
        return msgspec.json.decode((await self._connection.ask(question)).content, type=Run)

    async def figure(self, run_id: str, index: int, form: str = "png") -> bytes:
        """Give a figure as PNG or, as form `svg`, as SVG (GET /v1/runs/ID/figures/INDEX)."""
        path = f"/v1/runs/{_part(run_id)}/figures/{index}.{form}"
        return (await self._connection.ask(Question(method="GET", path=path, again=True))).content

    async def runs(
        self, *, step_id: str | None = None, state: State | None = None
    ) -> AsyncIterator[Listed]:
        """Give runs, the newest first (GET /v1/runs)."""
        given = {"step_id": step_id, "state": state}
        query = {name: value for name, value in given.items() if value is not None}
        async for items in self._pages("/v1/runs", query):
            for run in msgspec.json.decode(items, type=tuple[Listed, ...]):
                yield run

    async def check(self, order: Mapping[str, Any]) -> tuple[Finding, ...]:
        """Give all that is wrong with a statement, without running it (POST /v1/check)."""
        return (await self._post("/v1/check", order, _Findings)).findings

    async def simulate(self, order: Mapping[str, Any]) -> Simulation:
        """Give cycles of a step over the same rows, and what they prove (POST /v1/simulate)."""
        return await self._post("/v1/simulate", order, Simulation)

    async def diff(
        self, before: Sequence[Row], after: Sequence[Row], key: Sequence[str] | None = None
    ) -> Difference:
        """Give how two lists of rows differ (POST /v1/diff)."""
        body = {"before": before, "after": after, "key": key}
        return await self._post("/v1/diff", body, Difference)

    async def infer_schema(
        self,
        rows: Sequence[Row],
        declared: str | Mapping[str, Any] | None = None,
        *,
        spelled: bool = False,
    ) -> Inference:
        """
        Give the schema that rows seem to have (POST /v1/infer-schema).

        Where they are `spelled`, as rows of CSV are, texts count as what they spell.
        """
        body = {"rows": rows, "declared": declared, "spelled": spelled}
        return await self._post("/v1/infer-schema", body, Inference)

    async def checkpoint(self, step_id: str) -> StepCheckpoint | None:
        """Give a step's checkpoint, None where it has none (GET /v1/checkpoints/ID)."""
        return await self._found(_checkpoint(step_id), StepCheckpoint)

    async def moves(self, step_id: str) -> AsyncIterator[Move]:
        """Give the moves of a step's checkpoint, newest first (GET …/history)."""
        async for items in self._pages(f"{_checkpoint(step_id)}/history", {}):
            for move in msgspec.json.decode(items, type=tuple[Move, ...]):
                yield move

    async def set_checkpoint(
        self, step_id: str, value: Any, *, expected_version: int | None = None
    ) -> StepCheckpoint:
        """Set a checkpoint, from that version only where one is given (PUT)."""
        return await self._moved("PUT", step_id, {"value": value}, expected_version)

    async def reset_checkpoint(
        self, step_id: str, *, expected_version: int | None = None
    ) -> StepCheckpoint:
        """Set a checkpoint to null (DELETE)."""
        return await self._moved("DELETE", step_id, None, expected_version)

    async def schema(self, name: str) -> dict[str, Json] | None:
        """Give a schema of the repository, None where there is none (GET /v1/schemas/NAME)."""
        found = await self._found(f"/v1/schemas/{_part(name)}", _Schema)
        return None if found is None else found.schema

    async def _run(self, path: str, body: Mapping[str, Any], key: str | None) -> Run:
        headers = {"Idempotency-Key": key or str(ULID())}
        question = Question(method="POST", path=path, body=body, headers=headers, again=True)
        answer = await self._connection.ask(question)
        if answer.status == 202:  # noqa: PLR2004 (Accepted)
            return await self.wait_for(msgspec.json.decode(answer.content, type=_Accepted).id)
        return msgspec.json.decode(answer.content, type=Run)

    async def _moved(
        self, method: str, step_id: str, body: Any, expected_version: int | None
    ) -> StepCheckpoint:
        """Move a checkpoint once: asked again it would be another move."""
        headers = {} if expected_version is None else {"If-Match": f'"{expected_version}"'}
        question = Question(method=method, path=_checkpoint(step_id), body=body, headers=headers)
        answer = await self._connection.ask(question)
        return msgspec.json.decode(answer.content, type=StepCheckpoint)

    async def _post(self, path: str, body: Mapping[str, Any], kind: type[Kind]) -> Kind:
        """Ask what changes nothing."""
        question = Question(method="POST", path=path, body=body, again=True)
        return msgspec.json.decode((await self._connection.ask(question)).content, type=kind)

    async def _get(
        self, path: str, kind: type[Kind], query: Mapping[str, str] | None = None
    ) -> Kind:
        question = Question(method="GET", path=path, query=query or {}, again=True)
        return msgspec.json.decode((await self._connection.ask(question)).content, type=kind)

    async def _found(self, path: str, kind: type[Kind]) -> Kind | None:
        try:
            return await self._get(path, kind)
        except RefusedRequest as refused:
            if refused.problem.status == NOT_FOUND:
                return None
            raise

    async def _pages(self, path: str, query: Mapping[str, str]) -> AsyncIterator[bytes]:
        """Give what is listed, page by page, as JSON."""
        cursor: dict[str, str] = {}
        while True:
            page = await self._get(path, _Page, {**query, **cursor})
            yield bytes(page.items)
            if page.next is None:
                return
            cursor = {"cursor": page.next}


def _checkpoint(step_id: str) -> str:
    return f"/v1/checkpoints/{_part(step_id)}"


def _part(name: str) -> str:
    """Write a name as one part of a path."""
    return quote(name, safe="")
