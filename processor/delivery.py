"""What came back from a run to rows as they are delivered."""

import asyncio
from dataclasses import replace
from typing import Final

from processor.assignment import LARGE_BYTES, aside
from processor.chunks import Chunks
from processor.errors import BadResult, ErrorLogged, OutputMismatch
from processor.outcome import Succeeded
from processor.result import (
    Counts,
    joined_rows,
    kept_counts,
    node_answer,
    outputs_row,
    returned_content,
)
from processor.runtime.contract import Assignment, Execution, Returned
from processor.schema import Checked, Schema, check_result, check_rows
from processor.step import Step
from processor.values import Json, Row

MOST_NAMED: Final = 100


async def deliver(
    execution: Execution,
    assignment: Assignment,
    step: Step,
    output: Schema,
    written: dict[str, Json],
    chunks: Chunks,
) -> Succeeded:
    """
    Give what a run delivers; raises the step's error where it has nothing to.

    `written` is the output schema as its author wrote it.
    """
    if step.dialect == "module":
        answer = node_answer(execution.report, step.limits)
        checked = await _outputs(answer, execution, step, output, chunks)
        remarks = checked.remarks() if checked else []
        return Succeeded(rows=checked, schema=written, result=answer, remarks=tuple(remarks))
    rows, remarks = await _rows(execution, assignment, step, output, chunks)
    result = rows.content if step.dialect == "script" else None
    return Succeeded(rows=rows, schema=written, result=result, remarks=tuple(remarks))


async def _outputs(
    answer: bytes, execution: Execution, step: Step, output: Schema, chunks: Chunks
) -> Checked | None:
    """Hold a node's outputs against the output schema as one row, where there is one."""
    if chunks.begun:
        raise BadResult("a node gave rows beside its answer")
    if step.fails_on_logged_error:
        _refuse_logged_errors(execution)
    if step.output_schema is None:
        return None
    row = outputs_row(answer)
    return await aside(check_rows, row, output, longest=None, on_mismatch=step.on_mismatch)


async def _rows(
    execution: Execution, assignment: Assignment, step: Step, output: Schema, chunks: Chunks
) -> tuple[Checked, list[str]]:
    """
    Give the rows as they match the output schema, and what the author should know of them.

    Raises the step's error where the run has no rows, or its rows do not match. What is joined to
    a row of a step that runs row by row is not checked, and not part of `last` (rule 19).
    """
    content = returned_content(execution.report, step.limits)
    if step.fails_on_logged_error:
        _refuse_logged_errors(execution)
    if step.dialect == "script":
        _require_result(content, step, chunks)
    if step.output_schema is None:
        return await _unshaped(content), []
    checked = await chunks.end(content)
    remarks = checked.remarks()
    counts = _counts(execution, assignment, chunks)
    if counts is None:
        return checked, remarks
    if checked.discarded_rows:
        counts = await asyncio.to_thread(
            kept_counts, content, counts, lambda row: _matches(output, row)
        )
    rows = assignment.inputs["INPUT_DATA"]
    joined = await asyncio.to_thread(joined_rows, rows, checked.content, counts, step.limits)
    if joined.clashes:
        names = ", ".join(sorted(joined.clashes))
        remarks.append(f"columns of the input were replaced by those of the output: {names}")
    if execution.entries_truncated and None in counts:
        remarks.append(_failed_rows(counts))
    return replace(checked, content=joined.content), remarks


async def _unshaped(content: bytes) -> Checked:
    """Give a result that no schema describes; a large one is looked at away from the event loop."""
    if len(content) > LARGE_BYTES:
        return await asyncio.to_thread(check_result, content)
    return check_result(content)


def _require_result(content: bytes, step: Step, chunks: Chunks) -> None:
    """Hold a script to one result: rows where there is a schema of them, and none before it."""
    if chunks.begun:
        raise BadResult("a script gave rows beside its result")
    if step.output_schema is not None and content[:1] != b"[":
        raise OutputMismatch("`result` is no list of objects, which the output schema asks for")


def _counts(execution: Execution, assignment: Assignment, chunks: Chunks) -> Counts | None:
    """Give how many rows each input row gave; None where the statement ran once over all."""
    if assignment.processing == "bulk" or assignment.inputs["INPUT_DATA"].strip() == b"null":
        return None
    counts = execution.report.counts if isinstance(execution.report, Returned) else None
    if counts is None:
        raise BadResult("the run did not count the rows that each input row gave")
    if chunks.begun:
        raise BadResult("the run gave other rows beside those that it counted")
    return counts


def _matches(schema: Schema, row: Row) -> bool:
    return schema.validator.is_valid([row])


def _failed_rows(counts: Counts) -> str:
    """Name the rows that failed, where the log had no room to."""
    failed = [str(number) for number, count in enumerate(counts) if count is None]
    more = f" and {len(failed) - MOST_NAMED} more" if len(failed) > MOST_NAMED else ""
    return f"the statement failed in these rows: {', '.join(failed[:MOST_NAMED])}{more}"


def _refuse_logged_errors(execution: Execution) -> None:
    for entry in execution.entries:
        if entry.level == "error" and entry.source == "log":
            raise ErrorLogged(f"the statement logged an error: {entry.message:.200}")
