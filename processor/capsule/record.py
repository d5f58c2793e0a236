"""
The file of a record: a run, and all that it was made of.

It comes from anybody, so it is read with care: bounded, of this form only, and its step goes
through the same decoder as a request.
"""

import hashlib
from typing import Any, Final, Literal

import msgspec

from processor.run import Run

FORMAT: Final = "processor-record/1"
LARGEST: Final = 256 << 20
"""In bytes."""


class BrokenRecord(Exception):
    """The file holds no record that can be read; the message says why."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a run ended, as far as another run can end alike."""

    state: str
    rows: msgspec.Raw
    """Byte for byte as they were answered."""
    rows_sha256: str
    error: dict[str, Any] | None = None
    """`code`, `type`, `message`, `line`."""

    @property
    def failure(self) -> tuple[Any, ...] | None:
        """Give what two runs have in common that failed for the same reason."""
        error = self.error
        return None if error is None else (error["code"], error["type"], error["line"])


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run as a file."""

    format: Literal["processor-record/1"] = FORMAT
    version: str
    """The product's."""
    environment: dict[str, str]
    step: dict[str, Any]
    inputs: dict[str, msgspec.Raw]
    outcome: Outcome
    left_out: list[str] = []
    """Sensitive variables, whose values are not in here."""
    kept_as_they_are: list[str] = []
    """Of a capsule the places whose values could not be made unreadable."""


def outcome_of(run: Run) -> Outcome:
    """Give how a run ended."""
    rows = bytes(run.rows)
    error = msgspec.json.decode(run.error)
    members = ("code", "type", "message", "line")
    return Outcome(
        state=run.state,
        rows=msgspec.Raw(rows),
        rows_sha256=hashlib.sha256(rows).hexdigest(),
        error=error and {member: error[member] for member in members},
    )


def written_record(record: Record) -> bytes:
    """Give the file's content; the rows in it are as they were answered."""
    return msgspec.json.encode(record) + b"\n"


def read_record(content: bytes) -> Record:
    """Read a file; raises BrokenRecord."""
    if len(content) > LARGEST:
        raise BrokenRecord(f"it has more than {LARGEST:,} bytes")
    try:
        record = msgspec.json.decode(content, type=Record)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BrokenRecord(f"it is no record: {error}") from None
    outcome = record.outcome
    if hashlib.sha256(outcome.rows).hexdigest() != outcome.rows_sha256:
        raise BrokenRecord("its rows were changed after it was written")
    if outcome.error is not None and not outcome.error.keys() >= {"code", "type", "line"}:
        raise BrokenRecord("it is no record: its error has no code, type or line")
    return record
