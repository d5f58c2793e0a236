"""
From an author's text to code that can run: parse, check, wrap.

Standard library only: this runs in the child that runs the statement, never in the service.
"""

from .allowlist import Allowlist
from .compile import FILENAME, RejectedStatement, compile_statement
from .finding import Finding, code_points, lines_of

__all__ = [
    "FILENAME",
    "Allowlist",
    "Finding",
    "RejectedStatement",
    "code_points",
    "compile_statement",
    "lines_of",
]
