"""What a node answered: its outputs, its error, where the flow continues (dialect `module`)."""

from typing import Any

import msgspec

from processor.errors import BadResult, NodeError, StatementRaised
from processor.runtime.contract import Report
from processor.step import Limits

from .returned import returned_content


class Answer(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A node's answer as its process wrote it, with every member."""

    outputs: dict[str, Any]
    error: str | None
    activate_exec: list[str]
    pending: bool | None


def node_answer(report: Report, limits: Limits) -> bytes:
    """
    Give a node's answer as JSON; raises the step's error.

    An error that is the node's own, or that it raised, has the answer that the run keeps.
    """
    try:
        content = returned_content(report, limits)
    except (StatementRaised, NodeError) as error:
        error.answer = _answer_of(error)
        raise
    try:
        answer = msgspec.json.decode(content, type=Answer)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadResult(f"the node's process wrote no answer: {error}") from None
    if answer.error:
        failed = NodeError(answer.error)
        failed.answer = content
        raise failed
    return content


def outputs_row(answer: bytes) -> bytes:
    """Give a node's outputs as the one row that they are held against a schema as."""
    return msgspec.json.encode([msgspec.json.decode(answer, type=Answer).outputs])


def _answer_of(error: StatementRaised | NodeError) -> bytes:
    """Give the answer of a node that raised: its exception, and the line where it did."""
    kind = f"{error.type_name}: " if error.type_name else ""
    line = f" (line {error.place.line})" if error.place else ""
    told = Answer(outputs={}, error=f"{kind}{error.message}{line}", activate_exec=[], pending=None)
    return msgspec.json.encode(told)
