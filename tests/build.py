"""Steps, orders and what they run in: valid unless told otherwise."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from processor.egress import NO_NETWORK, read_policy
from processor.environment import Environment
from processor.step import ABSENT, Inputs, Limits, Order, Profile, Step
from tests.store.build import STEP, a_ticket, until

__all__ = [
    "COLUMN_X",
    "STEP",
    "a_profile",
    "a_step",
    "a_ticket",
    "an_environment",
    "an_order",
    "some_limits",
    "until",
]

COLUMN_X = {"columns": [{"name": "x", "type": "Integer", "nullable": False}]}
"""The schema of rows that have one Integer, `x`."""


def some_limits(**changes: Any) -> Limits:
    amounts: dict[str, Any] = {
        "wall": timedelta(seconds=30),
        "cpu": timedelta(seconds=30),
        "memory_bytes": 512 << 20,
        "output_bytes": 64 << 20,
        "rows": 1000,
        "threads": 32,
        "open_files": 64,
        "tmp_bytes": 16 << 20,
    }
    return Limits(**{**amounts, **changes})


def a_profile(**changes: Any) -> Profile:
    members: dict[str, Any] = {
        "name": "processor",
        "environment": "small",
        "dialect": "body",
        "type_hints": "reject",
        "network": read_policy("open"),
        "defaults": some_limits(),
        "ceilings": some_limits(wall=timedelta(seconds=60), cpu=timedelta(seconds=60), rows=2000),
        "statement_bytes": 1000,
    }
    return Profile(**{**members, **changes})


def a_step(**changes: Any) -> Step:
    members: dict[str, Any] = {
        "id": STEP,
        "profile": "processor",
        "statement": "return [{'x': 1}]",
        "environment": "small",
        "type_hints": "reject",
        "output_schema": COLUMN_X,
        "input_schema": None,
        "checkpoint_column": "x",
        "limits": some_limits(),
        "network": NO_NETWORK,
    }
    return Step(**{**members, **changes})


_NOT_GIVEN = object()


def an_order(
    step: Step | None = None,
    *,
    rows: Any = None,
    checkpoint: Any = _NOT_GIVEN,
    commit: bool = True,
    **members: Any,
) -> Order:
    given = ABSENT if checkpoint is _NOT_GIVEN else json.dumps(checkpoint).encode()
    inputs = Inputs(rows=json.dumps(rows).encode(), checkpoint=given, **members)
    return Order(step=step or a_step(), inputs=inputs, commit=commit)


def an_environment(name: str = "small", **changes: Any) -> Environment:
    members: dict[str, Any] = {
        "name": name,
        "digest": "sha256:00",
        "python": Path("bin/python"),
        "python_version": "3.11.9",
        "allowed_imports": frozenset({"math"}),
        "preload": ("math",),
    }
    return Environment(**{**members, **changes})
