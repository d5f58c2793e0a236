"""
The metrics of one process, in a registry of its own. `docs/operating/metrics.md` lists them.

Labels are few and bounded: never a step, a tenant, a run or a path. Which run a sample was of is
told by its exemplar, the trace.
"""

import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.exposition import choose_encoder

from processor.run import Run
from processor.runtime.contract import Runtime
from processor.step import RuntimeName, Step
from processor.tally import Request

from .runs import RunMetrics
from .snapshot import Snapshot, SnapshotCollector
from .under_way import UnderWay

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 300)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Page:
    """What Prometheus is answered."""

    content: bytes
    content_type: str


class Metrics:
    """Satisfies Tally."""

    def __init__(self, version: str) -> None:
        """Begin to count; `version` is ours."""
        # A series more for each, that nobody reads.
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
        registry = self._registry = CollectorRegistry()
        prometheus_client.ProcessCollector(registry=registry)
        build = Info("processor_build", "Which version this is.", registry=registry)
        build.info({"version": version, "python": platform.python_version()})
        self._runs = RunMetrics(registry)
        self._snapshot = SnapshotCollector()
        registry.register(self._snapshot)
        self._requests = Counter(
            "processor_http_requests",
            "Requests that were answered.",
            labelnames=("method", "route", "status"),
            registry=registry,
        )
        self._request_seconds = Histogram(
            "processor_http_request_seconds",
            "From a request's head to the end of its answer.",
            labelnames=("route",),
            buckets=SECONDS,
            registry=registry,
        )
        self._received = Counter(
            "processor_http_received_bytes",
            "Bodies of requests, as long as they said they are.",
            registry=registry,
        )
        self._executions = Gauge(
            "processor_executions",
            "Statements that run now; each has a slot.",
            labelnames=("runtime",),
            registry=registry,
        )
        self.loop_lag = Histogram(
            "processor_event_loop_lag_seconds",
            "How late the event loop came to a timer.",
            buckets=SECONDS,
            registry=registry,
        )

    def ended(self, step: Step, run: Run) -> None:
        """See Tally."""
        self._runs.ended(step, run)

    @contextmanager
    def requested(self, request: Request) -> Iterator[None]:
        """See Tally."""
        began = time.monotonic()
        try:
            yield
        finally:
            route, exemplar = request.route or OTHER, {"trace_id": request.trace_id}
            method = request.method if request.method in METHODS else OTHER
            self._requests.labels(method, route, str(request.status)).inc(exemplar=exemplar)
            taken = time.monotonic() - began
            self._request_seconds.labels(route).observe(taken, exemplar=exemplar)
            self._received.inc(max(request.size, 0))

    def counted(self, name: RuntimeName, runtime: Runtime) -> Runtime:
        """Give a runtime whose executions are counted."""
        return UnderWay(runtime, self._executions.labels(name))

    def page(self, snapshot: Snapshot, accept: str) -> Page:
        """Tell all of it, in the form that is asked for; exemplars are told in OpenMetrics only."""
        self._snapshot.latest = snapshot
        encoder: Any
        encoder, content_type = choose_encoder(accept)
        return Page(encoder(self._registry), content_type)
