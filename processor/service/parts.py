"""What the handlers work with; handed in by wiring."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from aiohttp import web

from processor.arrow import Arrow
from processor.check import Checker
from processor.checkpoint import Checkpoints
from processor.definition import Definer
from processor.engine import InlineEngine, Queue
from processor.environment.custom import TenantEnvironments
from processor.gate import Gate
from processor.identity import Caller, Tenant
from processor.join import Joins
from processor.notice import Notices
from processor.quota import UNLIMITED, Quota
from processor.run import Runs
from processor.schedule import Schedules
from processor.schema import SchemaDocuments
from processor.simulation import Simulator
from processor.step import Profile, StoredSteps
from processor.tally import NOBODY, Tally
from processor.values import Json


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """Everything behind the door, as one tenant sees it."""

    tenant: Tenant
    engine: InlineEngine
    environments: TenantEnvironments
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
    sends_callbacks: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """Whether runs are taken now, and what an operator should know of it."""

    ready: bool
    details: Mapping[str, Json]


class Page(Protocol):
    """An answer as it is sent."""

    @property
    def content(self) -> bytes:
        """Its body."""

    @property
    def content_type(self) -> str:
        """What its body is, with parameters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Offices:
    """All that there is behind the door: for each tenant its own, and what anybody is told."""

    of: Callable[[Tenant], Parts]
    manifest: bytes
    interface: bytes
    """As OpenAPI."""
    readiness: Callable[[], Readiness]
    policy: Callable[[], Mapping[str, Json]]
    """What statements may do here, and where each rule comes from."""
    quota: Quota = UNLIMITED
    tally: Tally = NOBODY
    metrics: Callable[[str], Awaitable[Page]] | None = None
    """Gives what Prometheus is answered, by its `Accept`; None where nothing is counted."""


OFFICES: Final = web.AppKey("offices", Offices)
CALLER: Final = web.RequestKey("caller", Caller)


def parts_of(request: web.Request) -> Parts:
    """Give everything behind the door, as the tenant of a request's caller sees it."""
    return request.app[OFFICES].of(request[CALLER].tenant)
