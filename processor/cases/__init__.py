"""Cases of a step, as files beside it: inputs, what each cycle must give, and how it went."""

from .case import BrokenCase, Case, cases_of, input_of, written_case
from .junit import junit
from .unmet import Result, Unmet, told, unmet

__all__ = [
    "BrokenCase",
    "Case",
    "Result",
    "Unmet",
    "cases_of",
    "input_of",
    "junit",
    "told",
    "unmet",
    "written_case",
]
