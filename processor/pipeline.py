"""
The main path: a step and its inputs in, validated rows and a committed checkpoint out.

order -> environment, schemas -> claim -> inputs -> statement -> rows -> checkpoint -> answer
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from processor.checkpoint import is_left_by_null, next_value
from processor.environment import Environments
from processor.errors import InputMismatch, Killed, StepError
from processor.outcome import Failed, Record, Succeeded, answer
from processor.result import returned_content
from processor.run import Claim, Run, RunId, Runs, Ticket
from processor.runtime.contract import Assignment, Runtime
from processor.schema import (
    Checked,
    Schema,
    SchemaDocuments,
    check_rows,
    read_schema,
    require_column,
    written,
)
from processor.step import ABSENT, Order, Step
from processor.values import Json

LARGE_BYTES: Final = 64 << 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """Runs steps; every part of it is handed in."""

    environments: Environments
    schemas: SchemaDocuments
    runs: Runs
    runtime: Runtime
    slots: asyncio.Semaphore
    """As many statements as may run at a time."""

    async def run(self, order: Order, ticket: Ticket, claimed: Callable[[RunId], None]) -> Run:
        """
        Run a step once, from its order to its committed checkpoint.

        `claimed` is told the run's id as soon as it has one. Raises a Refusal where the order
        cannot be served; whatever the step causes is a failed run.
        """
        step = order.step
        environment = self.environments.get(step.environment)
        shapes = await self._shapes(step)
        claim = await self.runs.claim(ticket)
        if isinstance(claim, Run):
            return claim
        claimed(claim.run_id)
        record = Record(claim=claim, environment=environment)
        try:
            rows = await self._perform(order, shapes, record)
            move = next_value(rows.last, step.checkpoint_column) if order.commit else None
            return await self.runs.finish(claim, answer(record, Succeeded(rows=rows)), move)
        except StepError as error:
            return await self.runs.finish(claim, answer(record, Failed(error=error)), None)
        except BaseException:
            await asyncio.shield(self._give_up(record))
            raise

    async def _perform(self, order: Order, shapes: "Shapes", record: Record) -> Checked:
        """Execute the statement, and give its rows as they match the output schema."""
        step = order.step
        output = read_schema(shapes.output)
        if step.checkpoint_column is not None:
            require_column(output, step.checkpoint_column)
        inputs = await self._inputs(order, shapes, record.claim)
        with record.queued():
            await self.slots.acquire()
        try:
            record.execution = await self.runtime.execute(
                Assignment(
                    statement=step.statement,
                    inputs=inputs,
                    nullable=frozenset(output.layout.nullable),
                    environment=record.environment,
                    type_hints=step.type_hints,
                    limits=step.limits,
                )
            )
        finally:
            self.slots.release()
        content = returned_content(record.execution.report, step.limits)
        with record.checked():
            rows = await _aside(check_rows, content, output, longest=step.limits.rows)
        if is_left_by_null(rows.last, step.checkpoint_column):
            record.warn(f"the last row has no {step.checkpoint_column}: the checkpoint stays")
        return rows

    async def _shapes(self, step: Step) -> "Shapes":
        """Find the schemas that the step names, as they were written."""
        return Shapes(
            output=await written(step.output_schema, self.schemas, "/step/output_schema"),
            input=await written(step.input_schema, self.schemas, "/step/input_schema"),
        )

    async def _inputs(self, order: Order, shapes: "Shapes", claim: Claim) -> dict[str, bytes]:
        """Give what the statement sees, by name: checked where there is a schema to check by."""
        rows = order.inputs.rows
        if order.step.input_schema is not None:
            shape = read_schema(shapes.input)
            checked = await _aside(check_rows, rows, shape, longest=None, unmatched=InputMismatch)
            rows = checked.content
        checkpoint = order.inputs.checkpoint
        if checkpoint is ABSENT:
            checkpoint = claim.checkpoint.value if claim.checkpoint else b"null"
        return {"INPUT_DATA": rows, "DATA_CHECKPOINT": checkpoint}

    async def _give_up(self, record: Record) -> None:
        """Finish a run that the service could not see to its end."""
        error = Killed("the service could not see the run to its end")
        await self.runs.finish(record.claim, answer(record, Failed(error=error)), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shapes:
    """A step's schemas as they were written, not yet believed."""

    output: dict[str, Json]
    input: dict[str, Json]


async def _aside(
    check: Callable[..., Checked], content: bytes, schema: Schema, **more: object
) -> Checked:
    """Check rows, many of them away from the event loop, so that nobody waits for them."""
    if len(content) > LARGE_BYTES:
        return await asyncio.to_thread(check, content, schema, **more)
    return check(content, schema, **more)
