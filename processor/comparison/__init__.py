"""Rows compared with rows: which were added, which removed, and what changed in the others."""

from .compare import Cell, Change, ColumnDifference, Difference, Surplus, compare, written
from .keys import Key, found_key, identity, require_key, shared_key

__all__ = [
    "Cell",
    "Change",
    "ColumnDifference",
    "Difference",
    "Key",
    "Surplus",
    "compare",
    "found_key",
    "identity",
    "require_key",
    "shared_key",
    "written",
]
