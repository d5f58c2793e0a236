"""
From an author's text to code that can run: parse, check, wrap.

Standard library only: this runs in the child that runs the statement, never in the service.
"""

from .allowlist import Allowlist
from .compile import (
    FILENAME,
    RejectedStatement,
    check_statement,
    compile_statement,
    too_large_to_check,
)
from .edits import applied
from .finding import Edit, Finding, code_points, lines_of
from .module import check_module, compile_module
from .script import IN_SETUP, SETUP_FILENAME, Script, check_script, compile_script
from .variables import Variables

__all__ = [
    "FILENAME",
    "IN_SETUP",
    "SETUP_FILENAME",
    "Allowlist",
    "Edit",
    "Finding",
    "RejectedStatement",
    "Script",
    "Variables",
    "applied",
    "check_module",
    "check_script",
    "check_statement",
    "code_points",
    "compile_module",
    "compile_script",
    "compile_statement",
    "lines_of",
    "too_large_to_check",
]
