"""A run in the shape that workflow platforms read their Python nodes in."""

from typing import Any, Final

import msgspec

from processor.errors import InvalidRequest
from processor.run import Run

RUN: Final = "run"
NODE: Final = "node"
_LEAST_MS: Final = 0.001
"""An execution took some time, however little."""


def asked_shape(query: str | None) -> str:
    """Read the query's `shape`; raises InvalidRequest for one that is not known."""
    if query not in (None, RUN, NODE):
        raise InvalidRequest(f"shape is {RUN} or {NODE}, not {query!r:.80}")
    return query or RUN


def as_node(run: Run) -> dict[str, Any]:
    """
    Give `status`, `data`, `error`, `trace` and `executionTimeMs` of a run that has ended.

    `data` is what the run gave: a node's result, or rows.
    """
    usage = msgspec.json.decode(run.usage)
    spent = {"executionTimeMs": max(usage["wall_ms"], _LEAST_MS) if usage else 0}
    if run.state == "succeeded":
        return {"status": "ok", "data": run.result if run.row_count is None else run.rows, **spent}
    error = msgspec.json.decode(run.error)
    trace = error["traceback"] or f"{error['type'] or error['code']}: {error['message']}"
    return {"status": "error", "error": error["message"], "trace": trace, **spent}
