"""Runs in a file: all that one was made of, to be run again elsewhere; small, and without data."""

from .minimise import minimised
from .record import FORMAT, BrokenRecord, Outcome, Record, outcome_of, read_record, written_record
from .redact import leaves, redacted, replaced
from .replay import Reason, reasons

__all__ = [
    "FORMAT",
    "BrokenRecord",
    "Outcome",
    "Reason",
    "Record",
    "leaves",
    "minimised",
    "outcome_of",
    "read_record",
    "reasons",
    "redacted",
    "replaced",
    "written_record",
]
