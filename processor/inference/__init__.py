"""Rows to the schema that they seem to have, and how it differs from the one that is declared."""

from .disagreements import Disagreement, disagreements
from .infer import Inferred, InferredColumn, infer, source_of

__all__ = [
    "Disagreement",
    "Inferred",
    "InferredColumn",
    "disagreements",
    "infer",
    "source_of",
]
