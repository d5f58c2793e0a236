"""Rows compared with rows: which were added, which removed, and what changed in the others."""

from .compare import Cell, Change, ColumnDifference, Difference, Surplus, compare, written
from .keys import found_key, identity, require_key

__all__ = [
    "Cell",
    "Change",
    "ColumnDifference",
    "Difference",
    "Surplus",
    "compare",
    "found_key",
    "identity",
    "require_key",
    "written",
]
