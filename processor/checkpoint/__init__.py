"""The data checkpoint: which value it takes, when it may move."""

from .checkpoint import (
    LONGEST_VALUE,
    Checkpoint,
    Checkpoints,
    Move,
    Source,
    is_left_by_null,
    next_value,
)

__all__ = [
    "LONGEST_VALUE",
    "Checkpoint",
    "Checkpoints",
    "Move",
    "Source",
    "is_left_by_null",
    "next_value",
]
