"""The data checkpoint: which value it takes, when it may move."""

from .checkpoint import Checkpoint, Checkpoints, Move, Source

__all__ = ["Checkpoint", "Checkpoints", "Move", "Source"]
