"""Cycles of a step over the same data: where its checkpoint goes, and which rows come through."""

from .coverage import Coverage, Proof, Told
from .remarks import Remark, Remarks
from .simulate import Cycle, End, Simulation, Simulator

__all__ = [
    "Coverage",
    "Cycle",
    "End",
    "Proof",
    "Remark",
    "Remarks",
    "Simulation",
    "Simulator",
    "Told",
]
