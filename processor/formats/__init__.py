"""Rows in other spellings than JSON: NDJSON and CSV, as pure functions on bytes."""

from .from_csv import rows_from_csv
from .ndjson import rows_from_ndjson, rows_to_ndjson
from .spellings import MEDIA_TYPES, Spelling, negotiate
from .to_csv import rows_to_csv

__all__ = [
    "MEDIA_TYPES",
    "Spelling",
    "negotiate",
    "rows_from_csv",
    "rows_from_ndjson",
    "rows_to_csv",
    "rows_to_ndjson",
]
