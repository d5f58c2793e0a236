"""What a guest is told of what it is to run: the same words whichever runtime tells it."""

from typing import Any, Final

import msgspec

from processor.runtime.contract import Assignment, Draft

_HINTED: Final = ("open_files", "threads", "tmp_bytes")
"""Limits that a statement meets as an exception of Python's, which names none."""


def header_of(assignment: Assignment) -> dict[str, Any]:
    """Give the header of a run."""
    node = assignment.node
    return {
        "dialect": assignment.dialect,
        "statement": assignment.statement,
        "inputs": list(assignment.inputs),
        "nullable": sorted(assignment.nullable),
        "packages": str(assignment.environment.apart or ""),
        "imports": sorted(assignment.environment.allowed_imports),
        "type_hints": assignment.type_hints,
        "variables": msgspec.Raw(assignment.variables),
        "branches": assignment.branches,
        "limits": {name: getattr(assignment.limits, name) for name in _HINTED},
        "processing": assignment.processing,
        "on_row_error": assignment.on_row_error,
        "setup": assignment.setup,
        "result_rule": assignment.result_rule,
        "define": assignment.define,
        "options": {
            "network": assignment.network.mode != "none",
            "permissions": None if node.permissions is None else sorted(node.permissions),
            "strict_pins": node.strict_pins,
            "node_name": node.node_name,
        },
    }


def check_header_of(draft: Draft) -> dict[str, Any]:
    """Give the header of a check."""
    secondary = (f"INPUT_DATA{number + 2}" for number in range(len(draft.branches)))
    return {
        "check": True,
        "dialect": draft.dialect,
        "statement": draft.statement,
        "inputs": ["INPUT_DATA", "DATA_CHECKPOINT", *secondary],
        "imports": sorted(draft.environment.allowed_imports),
        "type_hints": draft.type_hints,
        "variables": None if draft.variables is None else sorted(draft.variables),
        "branches": draft.branches,
        "setup": draft.setup,
    }
