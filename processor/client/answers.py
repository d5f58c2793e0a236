"""What the service answers and no other part of it has a type for; `schemas/wire` tells members."""

from datetime import datetime

import msgspec

from processor.checkpoint import Source
from processor.inference import Disagreement, InferredColumn
from processor.values import Json


class At(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake in a request, by its JSON pointer."""

    pointer: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What refused a request, or failed with it (RFC 9457)."""

    status: int
    code: str
    detail: str
    errors: tuple[At, ...] = ()
    run_id: str | None = None
    trace_id: str | None = None
    retryable: bool = False


class StepCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a step goes on; `value` is JSON."""

    step_id: str
    value: msgspec.Raw
    version: int
    run_id: str | None
    updated_at: datetime


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One move of a checkpoint; `value` is JSON."""

    version: int
    value: msgspec.Raw
    run_id: str | None
    source: Source
    at: datetime


class Inference(msgspec.Struct, frozen=True, kw_only=True):
    """The schema that rows seem to have, and how the declared one differs, where there is one."""

    schema: dict[str, Json]
    row_count: int
    columns: tuple[InferredColumn, ...]
    difference: tuple[Disagreement, ...] | None
