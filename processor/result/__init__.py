"""Believing what came back: a report to the content of rows, or the step's error."""

from .answer import node_answer, outputs_row
from .by_row import Counts, Joined, joined_rows, kept_counts
from .returned import returned_content

__all__ = [
    "Counts",
    "Joined",
    "joined_rows",
    "kept_counts",
    "node_answer",
    "outputs_row",
    "returned_content",
]
