"""An order to an assignment: schemas found and read, inputs checked, the checkpoint filled in."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from processor.environment import Environment
from processor.errors import InputMismatch
from processor.run import Claim
from processor.runtime.contract import Assignment
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
class Shapes:
    """A step's schemas as they were written, not yet believed."""

    output: dict[str, Json]
    input: dict[str, Json]


async def find_shapes(step: Step, schemas: SchemaDocuments) -> Shapes:
    """Find the schemas that a step names; raises UnknownSchema."""
    return Shapes(
        output=await written(step.output_schema, schemas, "/step/output_schema"),
        input=await written(step.input_schema, schemas, "/step/input_schema"),
    )


def read_output(step: Step, shapes: Shapes) -> Schema:
    """Read the output schema, which has the checkpoint's column; raises InvalidSchema."""
    output = read_schema(shapes.output)
    if step.checkpoint_column is not None:
        require_column(output, step.checkpoint_column)
    return output


async def assign(
    order: Order, shapes: Shapes, output: Schema, claim: Claim, environment: Environment
) -> Assignment:
    """Give all that a runtime needs; raises InputMismatch where rows do not match their schema."""
    step = order.step
    return Assignment(
        statement=step.statement,
        inputs=await _inputs(order, shapes, claim),
        nullable=output.nullable,
        environment=environment,
        limits=step.limits,
        network=step.network,
        type_hints=step.type_hints,
        variables=order.inputs.variables,
        branches=step.branches,
        processing=step.processing,
        on_row_error=step.on_row_error,
        dialect=step.dialect,
        setup=step.setup,
        result_rule=step.result_rule,
        node=step.node,
    )


async def _inputs(order: Order, shapes: Shapes, claim: Claim) -> dict[str, bytes]:
    """Give what the statement sees, by name: checked where there is a schema to check by."""
    if order.step.dialect == "script":
        return {"globals": order.inputs.globals}
    if order.step.dialect == "module":
        return {"context": order.inputs.context}
    rows = order.inputs.rows
    if order.step.input_schema is not None:
        shape = read_schema(shapes.input)
        rows = (await aside(check_rows, rows, shape, longest=None, unmatched=InputMismatch)).content
    checkpoint = order.inputs.checkpoint
    if checkpoint is ABSENT:
        checkpoint = claim.checkpoint.value if claim.checkpoint else b"null"
    secondary = {
        f"INPUT_DATA{number}": content
        for number, content in enumerate(order.inputs.secondary, start=2)
    }
    return {"INPUT_DATA": rows, "DATA_CHECKPOINT": checkpoint, **secondary}


async def aside(
    check: Callable[..., Checked], content: bytes, schema: Schema, **more: object
) -> Checked:
    """Check rows, many of them away from the event loop, so that nobody waits for them."""
    if len(content) > LARGE_BYTES:
        return await asyncio.to_thread(check, content, schema, **more)
    return check(content, schema, **more)
