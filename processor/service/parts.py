"""What the handlers work with; handed in by wiring."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from processor.arrow import Arrow
from processor.check import Checker
from processor.checkpoint import Checkpoints
from processor.definition import Definer
from processor.engine import InlineEngine
from processor.environment.custom import KnownEnvironments
from processor.run import Runs
from processor.schema import SchemaDocuments
from processor.step import Profile
from processor.values import Json


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """Everything behind the door."""

    engine: InlineEngine
    environments: KnownEnvironments
    runs: Runs
    checker: Checker
    arrow: Arrow
    definer: Definer
    checkpoints: Checkpoints
    schemas: SchemaDocuments
    profiles: Mapping[str, Profile]
    manifest: bytes
    readiness: Callable[[], "Readiness"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """Whether runs are taken now, and what an operator should know of it."""

    ready: bool
    details: Mapping[str, Json]


PARTS = web.AppKey("parts", Parts)
