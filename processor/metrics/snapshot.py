"""What is so at a moment, looked at when Prometheus asks, and not counted on the way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from processor.egress import Totals
from processor.job import Backlog


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """Children of one environment that wait for runs."""

    environment: str
    """A shipped environment's name, or `custom`: names of others are their authors' to choose."""
    waiting: int
    wanted: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A process at a moment; durations in seconds, sizes in bytes."""

    ready: bool = False
    draining: bool = False
    slots: int = 0
    runs_under_way: int = 0
    """Those that wait for a slot or for their step among them."""
    shelves: tuple[Shelf, ...] = ()
    zygotes: int = 0
    level: int | None = None
    """Of isolation, as it was last proven; None where it was not yet."""
    walls_unproven: bool = False
    memory: Mapping[str, int] = field(default_factory=dict)
    """By kind of process."""
    egress: Totals = field(default_factory=Totals)
    backlog: Backlog | None = None
    """What waits in the store; None where the store did not answer."""
    store_seconds: float | None = None
    """How long the store took to tell."""


class SnapshotCollector(Collector):
    """Gives the last snapshot to a registry."""

    def __init__(self) -> None:
        self.latest = Snapshot()

    def collect(self) -> Iterator[Metric]:
        """See Collector."""
        now = self.latest
        yield from _process(now)
        yield from _children(now)
        yield from _egress(now.egress)
        yield from _store(now)


def _gauge(name: str, help_: str, value: float | None) -> Metric:
    family = GaugeMetricFamily(f"processor_{name}", help_)
    if value is not None:
        family.add_metric((), value)
    return family


def _process(now: Snapshot) -> Iterator[Metric]:
    yield _gauge("ready", "1 where runs are taken, as /readyz says.", now.ready)
    yield _gauge("draining", "1 once the process was told to stop.", now.draining)
    yield _gauge("slots", "Statements that may run at a time.", now.slots)
    help_ = "Runs that this process has begun, also those that wait for a slot or for their step."
    yield _gauge("runs_under_way", help_, now.runs_under_way)
    help_ = "Memory by kind of process, in proportion where pages are shared."
    memory = GaugeMetricFamily("processor_memory_bytes", help_, labels=("process",))
    for process, size in sorted(now.memory.items()):
        memory.add_metric((process,), size)
    yield memory


def _children(now: Snapshot) -> Iterator[Metric]:
    labels = ("environment",)
    help_ = "Children that wait for runs."
    waiting = GaugeMetricFamily("processor_children_ready", help_, labels=labels)
    help_ = "Children that should wait for runs."
    wanted = GaugeMetricFamily("processor_children_wanted", help_, labels=labels)
    for shelf in now.shelves:
        waiting.add_metric((shelf.environment,), shelf.waiting)
        wanted.add_metric((shelf.environment,), shelf.wanted)
    yield waiting
    yield wanted
    yield _gauge("zygotes", "Warm interpreters that are kept.", now.zygotes)
    yield _gauge("isolation_level", "The level of isolation, as it was last proven.", now.level)
    help_ = "1 where the last try at the walls failed or got through."
    yield _gauge("isolation_unproven", help_, now.walls_unproven)


def _egress(totals: Totals) -> Iterator[Metric]:
    help_ = "Requests and connections of statements to what is outside."
    yield CounterMetricFamily("processor_egress_requests", help_, value=totals.requests)
    help_ = "Bytes that the connections of ended runs carried, both ways."
    yield CounterMetricFamily("processor_egress_bytes", help_, value=totals.bytes_moved)
    help_ = "Connections of statements that were refused."
    refused = CounterMetricFamily("processor_egress_refusals", help_, labels=("reason",))
    for reason, count in sorted(totals.refused.items()):
        refused.add_metric((reason,), count)
    yield refused


def _store(now: Snapshot) -> Iterator[Metric]:
    backlog = now.backlog
    yield _gauge("store_up", "1 where the store answered this scrape.", backlog is not None)
    yield _gauge("store_read_seconds", "How long the store took to answer.", now.store_seconds)
    told = (
        ("jobs_waiting", "Deferred runs that wait, also for a later attempt.", "waiting"),
        ("jobs_ready", "Deferred runs that could begin now.", "ready"),
        ("queue_age_seconds", "How long the oldest of those has waited.", "oldest_seconds"),
        ("dead_letters", "Deferred runs that failed for the last time.", "dead_letters"),
        ("callbacks_waiting", "Callbacks that have not arrived yet.", "callbacks"),
    )
    for name, help_, member in told:
        yield _gauge(name, help_, None if backlog is None else getattr(backlog, member))
