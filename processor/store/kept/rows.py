"""The rows of runs that are kept in chunks, and the schema that rows had."""

import msgspec

from processor.run import Run, RunId

from .transaction import Transaction

NULL = b"null"


def chunk(run_id: RunId, position: int, transaction: Transaction) -> bytes | None:
    """Give some rows of a run, or None where there are none yet."""
    row = transaction.one("find_chunk", run_id=run_id, position=position)
    return None if row is None else bytes(row["rows"])


def whole(run: Run, transaction: Transaction) -> Run:
    """Give a run with the rows that are kept in chunks."""
    parts = [row["rows"][1:-1] for row in transaction.all("list_chunks", run_id=run.id)]
    return msgspec.structs.replace(run, rows=msgspec.Raw(b"[%b]" % b",".join(parts)))


def is_in_chunks(run: Run) -> bool:
    """Whether a run's rows are kept in chunks."""
    return bool(run.row_count) and bytes(run.rows) == NULL


def output_schema(run_id: RunId, transaction: Transaction) -> bytes | None:
    """Give the schema that a run's rows had, as JSON."""
    row = transaction.one("find_output_schema", run_id=run_id)
    return None if row is None else bytes(row["document"])
