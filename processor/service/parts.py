"""What the handlers work with; handed in by wiring."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from processor.arrow import Arrow
from processor.check import Checker
from processor.checkpoint import Checkpoints
from processor.definition import Definer
from processor.engine import InlineEngine, Queue
from processor.environment.custom import KnownEnvironments
from processor.gate import Gate
from processor.join import Joins
from processor.notice import Notices
from processor.run import Runs
from processor.schedule import Schedules
from processor.schema import SchemaDocuments
from processor.simulation import Simulator
from processor.step import Profile, StoredSteps
from processor.values import Json


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """Everything behind the door."""

    engine: InlineEngine
    environments: KnownEnvironments
    queue: Queue
    steps: StoredSteps
    notices: Notices
    joins: Joins
    schedules: Schedules
    runs: Runs
    checker: Checker
    arrow: Arrow
    simulator: Simulator
    definer: Definer
    checkpoints: Checkpoints
    schemas: SchemaDocuments
    samples: Gate
    """Before what is worked out of rows that authors send along."""
    profiles: Mapping[str, Profile]
    manifest: bytes
    sends_callbacks: bool
    readiness: Callable[[], "Readiness"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """Whether runs are taken now, and what an operator should know of it."""

    ready: bool
    details: Mapping[str, Json]


PARTS = web.AppKey("parts", Parts)
