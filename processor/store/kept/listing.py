"""Runs as a list shows them: which query gives them, and what of their answers is told."""

from datetime import datetime
from typing import Any

import msgspec

from processor.job import Listed
from processor.run import State, Status
from processor.step import StepId

from .transaction import Row


def list_query(
    step_id: StepId | None, state: State | None, *, dead_letters: bool
) -> tuple[str, dict[str, Any]]:
    """Give the query whose index serves what is asked for."""
    if dead_letters:
        return "list_dead_letters", {"step_id": step_id}
    if step_id is not None:
        return "list_runs_of_step", {"step_id": step_id, "state": state}
    return ("list_runs", {}) if state is None else ("list_runs_in_state", {"state": state})


class _Envelope(msgspec.Struct):
    """What a list shows of an answer."""

    status: Status | None
    row_count: int | None
    error: msgspec.Raw


def listed(row: Row) -> Listed:
    """Give a run as a list shows it."""
    told = _Envelope(status=None, row_count=None, error=msgspec.Raw(b"null"))
    if row["envelope"] is not None:
        told = msgspec.json.decode(row["envelope"], type=_Envelope)
    ended = row["finished_at"]
    return Listed(
        id=row["run_id"],
        step_id=row["step_id"],
        state=row["state"],
        origin=row["origin"],
        parent_id=row["parent_id"],
        dead_letter=bool(row["dead_letter"]),
        attempts=row["attempt"],
        status=told.status,
        row_count=told.row_count,
        error=told.error,
        created_at=datetime.fromisoformat(row["created_at"]),
        finished_at=None if ended is None else datetime.fromisoformat(ended),
        trace_id=row["trace_id"],
    )
