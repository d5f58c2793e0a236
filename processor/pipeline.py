"""
The main path: a step and its inputs in, validated rows and a committed checkpoint out.

order -> environment -> claim -> assignment -> execution -> delivery -> checkpoint -> answer
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import msgspec

from processor.assignment import assign, find_shapes, read_output
from processor.checkpoint import is_left_by_null, next_value
from processor.chunks import Chunks
from processor.delivery import deliver
from processor.environment import Environments
from processor.errors import Killed, StepError
from processor.gate import Slots
from processor.outcome import Failed, Record, Succeeded, answer
from processor.run import Follower, Run, Runs, Ticket
from processor.runtime.contract import Assignment, Execution, Runtime
from processor.schema import SchemaDocuments
from processor.step import Order, RuntimeName, Step
from processor.tally import NOBODY, Tally

MANY_ENTRIES: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """Runs steps; every part of it is handed in."""

    environments: Environments
    schemas: SchemaDocuments
    runs: Runs
    runtimes: Mapping[RuntimeName, Runtime]
    slots: Slots
    """As many statements as may run at a time."""
    tally: Tally = NOBODY
    """Is told how each attempt ended."""

    async def run(self, order: Order, ticket: Ticket, follower: Follower) -> Run:
        """
        Run a step once, from its order to its committed checkpoint.

        Raises a Refusal where the order cannot be served; whatever the step causes is a failed run.
        Rows that are kept in chunks are not in its answer: `runs.whole` puts them there.
        """
        environment = self.environments.of(ticket.tenant).get(order.step.environment)
        shapes = await find_shapes(order.step, self.schemas.of(ticket.tenant))
        claim = await self.runs.claim(ticket)
        if isinstance(claim, Run):
            return claim
        follower.claimed(claim)
        record = Record(claim=claim, environment=environment, secrets=order.inputs.secrets)
        try:
            output = read_output(order.step, shapes)
            assignment = await assign(order, shapes, output, claim, environment)
            assignment = replace(assignment, told=follower.told)
            chunks = Chunks(order.step, output, keep=partial(self.runs.add_chunk, claim))
            execution = record.execution = await self._execute(
                order.step, assignment, record, chunks
            )
            record.checked_meanwhile(chunks.checking)
            with record.checked():
                delivered = await deliver(
                    execution, assignment, order.step, output, shapes.output, chunks
                )
            record.warn(*delivered.remarks)
            return await self._commit(order, record, delivered)
        except StepError as error:
            return await self._finish(order.step, record, Failed(error=error))
        except asyncio.CancelledError:
            # Whoever still waits is told how the run ended.
            return await asyncio.shield(
                self._finish(order.step, record, Failed(error=follower.verdict()))
            )
        except BaseException:
            killed = Killed("the service could not see the run to its end")
            await asyncio.shield(self._finish(order.step, record, Failed(error=killed)))
            raise

    async def _execute(
        self, step: Step, assignment: Assignment, record: Record, chunks: Chunks
    ) -> Execution:
        """Execute the statement, once a slot is free."""
        with record.queued():
            await self.slots.acquire(record.claim.ticket.tenant)
        try:
            return await self.runtimes[step.runtime].execute(assignment, chunks.take)
        finally:
            self.slots.release()

    async def _commit(self, order: Order, record: Record, outcome: Succeeded) -> Run:
        """Keep the answer and move the checkpoint, both or neither; raises StaleCheckpoint."""
        last = outcome.rows.last if outcome.rows else None
        column = order.step.checkpoint_column
        if is_left_by_null(last, column):
            record.warn(f"the last row has no {column}: the checkpoint stays")
        move = next_value(last, column) if order.commit else None
        return await self._finish(order.step, record, outcome, move)

    async def _finish(
        self, step: Step, record: Record, outcome: Succeeded | Failed, move: bytes | None = None
    ) -> Run:
        figures = record.execution.figures if record.execution else ()
        if record.secrets or (record.execution and len(record.execution.entries) > MANY_ENTRIES):
            run = await asyncio.to_thread(answer, record, outcome)  # nobody else waits for it
        else:
            run = answer(record, outcome)
        schema = msgspec.json.encode(outcome.schema) if isinstance(outcome, Succeeded) else None
        kept = await self.runs.finish(record.claim, run, move, figures, schema)
        self.tally.ended(step, kept)
        return kept
