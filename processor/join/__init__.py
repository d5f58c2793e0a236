"""Waiting for the branches of a step: what an arrival means, and when the run is due."""

from .join import (
    PRIMARY,
    Arrival,
    Delivery,
    Disposition,
    Join,
    Joins,
    JoinState,
    Part,
    branches_of,
    judge,
    order_of,
)

__all__ = [
    "PRIMARY",
    "Arrival",
    "Delivery",
    "Disposition",
    "Join",
    "JoinState",
    "Joins",
    "Part",
    "branches_of",
    "judge",
    "order_of",
]
