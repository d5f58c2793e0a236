"""Cycles by the main path itself, each from the checkpoint that the one before has left."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from typing import Any, Final, Literal, TypeAlias

import msgspec

from processor.errors import InputMismatch
from processor.gate import Gate
from processor.identity import DEFAULT_TENANT, Tenant
from processor.pipeline import Pipeline
from processor.run import Follower, Run, Status, Ticket
from processor.schema import Schema, check_rows, usable
from processor.step import ABSENT, Order, SimulationOrder, StepId
from processor.tally import NOBODY
from processor.values import Json, Row

from .coverage import Coverage, Proof
from .rehearsal import Rehearsal
from .remarks import Remark, Remarks

BUDGET: Final = timedelta(seconds=300)
"""For all cycles of a simulation: as long as a caller waits for a run."""
MOST_ENTRIES: Final = 20
"""Of a cycle's log, as they are told."""

End: TypeAlias = Literal["finished", "failed", "stalled", "loops", "cycles", "time"]
"""
Why there is no further cycle: nothing came, it failed, rows came and the checkpoint stood still or
went back to an earlier value, all cycles that were asked for have run, or the time is over.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cycle:
    """One cycle: what came of it, and where the checkpoint went."""

    number: int
    state: str
    status: Status | None
    row_count: int
    before: msgspec.Raw
    after: msgspec.Raw
    first: Row | None
    last: Row | None
    logs: Sequence[Json]
    """The first entries."""
    error: msgspec.Raw
    usage: msgspec.Raw


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulation:
    """All cycles, why they ended, and what they prove."""

    cycles: tuple[Cycle, ...]
    end: End
    coverage: Proof | None
    """None where no column tells the input rows apart and is in the output too."""
    remarks: tuple[Remark, ...]

    faults: tuple[str, ...]
    """
    What speaks against the step, by code: an end other than `finished`, remarks that are errors,
    and of its keys `twice`, `skipped`, `left`, `unknown`; `no_key` where nothing was counted.
    """


def _faults(end: End, coverage: Proof | None, remarks: Sequence[Remark]) -> tuple[str, ...]:
    found: list[str] = [] if end == "finished" else [end]
    if coverage is None:
        found.append("no_key")
    else:
        counts = {
            "twice": coverage.twice.count,
            "skipped": coverage.skipped.count,
            "left": coverage.left.count,
            "unknown": coverage.unknown,
        }
        found += (code for code, count in counts.items() if count)
    found += (remark.code for remark in remarks if remark.severity == "error")
    return tuple(found)


class _Findings:
    """What is learnt of one cycle after the other."""

    def __init__(self, order: SimulationOrder, rows: Sequence[Row]) -> None:
        self._column = order.column
        self._coverage = Coverage(rows, order.key, order.column)
        self._remarks = Remarks(rows, order.column)
        self._seen: set[bytes] = set()
        self.cycles: list[Cycle] = []

    def add(self, run: Run) -> End | None:
        """Take a run into account; tell whether it was the last, and why."""
        assert run.checkpoint is not None, "a simulated step has one"
        before, after = bytes(run.checkpoint.before), bytes(run.checkpoint.after)
        rows: list[Row] = msgspec.json.decode(run.rows) or []
        self.cycles.append(_cycle(len(self.cycles) + 1, run, rows))
        self._coverage.add(rows)
        self._remarks.add(len(self.cycles), rows)
        self._seen.add(before)
        if run.state != "succeeded":
            return "failed"
        if not rows:
            return "finished"
        if after == before:
            return "stalled"
        return "loops" if after in self._seen else None

    def simulation(self, end: End) -> Simulation:
        """Give all of it."""
        last: Json = msgspec.json.decode(self.cycles[-1].after)
        coverage, remarks = self._coverage.proof(last), self._remarks.found
        return Simulation(
            cycles=tuple(self.cycles),
            end=end,
            coverage=coverage,
            remarks=remarks,
            faults=_faults(end, coverage, remarks),
        )


def _cycle(number: int, run: Run, rows: Sequence[Row]) -> Cycle:
    assert run.checkpoint is not None, "a simulated step has one"
    logs: list[Json] = msgspec.json.decode(run.logs)
    return Cycle(
        number=number,
        state=run.state,
        status=run.status,
        row_count=len(rows),
        before=run.checkpoint.before,
        after=run.checkpoint.after,
        first=rows[0] if rows else None,
        last=rows[-1] if rows else None,
        logs=logs[:MOST_ENTRIES],
        error=run.error,
        usage=run.usage,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulator:
    """Simulates steps, a few at a time, on the pipeline that runs them."""

    pipeline: Pipeline
    gate: Gate
    tenant: Tenant = DEFAULT_TENANT
    """Whose schemas and environments its steps find."""

    async def simulate(
        self, order: SimulationOrder, tell: Callable[[Cycle], object] = lambda _cycle: None
    ) -> Simulation:
        """
        Run cycles over the same inputs until one ends it; `tell` is told of each.

        Nothing is kept, and no checkpoint is read or moved but the simulation's own. Raises a
        Refusal where the step cannot be run, or the key is no column of the input.
        """
        async with self.gate.passed():
            step, schemas = order.order.step, self.pipeline.schemas.of(self.tenant)
            schema = await usable(step.input_schema, schemas, "/step/input_schema")
            rows = await asyncio.to_thread(_rows, order.order.inputs.rows, schema)
            findings = await asyncio.to_thread(_Findings, order, rows)
            end = await self._cycles(order, findings, tell)
            return await asyncio.to_thread(findings.simulation, end)

    async def _cycles(
        self, order: SimulationOrder, findings: _Findings, tell: Callable[[Cycle], object]
    ) -> End:
        step_id = order.order.step.id or StepId("simulated")
        given = order.order.inputs.checkpoint
        rehearsal = Rehearsal(step_id, b"null" if given is ABSENT else given)
        pipeline = replace(self.pipeline, runs=rehearsal, tally=NOBODY)
        over = monotonic() + BUDGET.total_seconds()
        for _ in range(order.cycles):
            left = over - monotonic()
            if left <= 0:
                return "time"
            run = await pipeline.run(
                _within(order.order, step_id, left), self._ticket(step_id), Follower()
            )
            end = await asyncio.to_thread(findings.add, run)
            tell(findings.cycles[-1])
            if end is not None:
                return end
        return "cycles"

    def _ticket(self, step_id: StepId) -> Ticket:
        return Ticket(
            tenant=self.tenant,
            step_id=step_id,
            key=None,
            body_digest=b"",
            trace_id=secrets.token_hex(16),
        )


def _within(order: Order, step_id: StepId, seconds: float) -> Order:
    """Give the order of one cycle: from the simulated checkpoint, in the time that is left."""
    wall = min(order.step.limits.wall, timedelta(seconds=seconds))
    step = replace(order.step, id=step_id, limits=replace(order.step.limits, wall=wall))
    return replace(order, step=step, inputs=replace(order.inputs, checkpoint=ABSENT), commit=True)


def _rows(content: bytes, schema: Schema | None) -> list[Row]:
    """
    Give the input's rows as the statement sees them: with a schema, its dates are ISO 8601.

    Those that do not match, or are no rows at all, end the first cycle, which says why.
    """
    try:
        if schema is not None:
            content = check_rows(content, schema, longest=None, unmatched=InputMismatch).content
        rows: list[Row] | None = msgspec.json.decode(content, type=list[dict[str, Any]] | None)
    except (InputMismatch, msgspec.MsgspecError, RecursionError):
        return []
    return rows or []
