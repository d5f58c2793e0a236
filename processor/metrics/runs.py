"""What is counted of runs, read from what their callers are answered."""

from typing import Final

import msgspec
from prometheus_client import CollectorRegistry, Counter, Histogram

from processor.run import Run
from processor.step import Step

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 300)
BYTES: Final = (1 << 20, 1 << 22, 1 << 24, 1 << 26, 1 << 28, 1 << 30, 1 << 32)
MS: Final = 1000


class _Usage(msgspec.Struct, frozen=True):
    wall_ms: float
    cpu_ms: float
    peak_memory_bytes: int


class _Error(msgspec.Struct, frozen=True):
    code: str


_TIMINGS: Final = msgspec.json.Decoder(dict[str, float] | None)
_USAGE: Final = msgspec.json.Decoder(_Usage | None)
_ERROR: Final = msgspec.json.Decoder(_Error | None)


class RunMetrics:
    """Counts and times the attempts at runs."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, help_: str, *labels: str) -> Counter:
            return Counter(f"processor_{name}", help_, labelnames=labels, registry=registry)

        def histogram(
            name: str, help_: str, *labels: str, buckets: tuple[float, ...] = SECONDS
        ) -> Histogram:
            return Histogram(
                f"processor_{name}", help_, labelnames=labels, buckets=buckets, registry=registry
            )

        self._ended = counter("runs", "Runs that have ended.", "profile", "state", "code")
        self._retried = counter("run_retries", "Attempts that another one follows.", "profile")
        self._errors = counter("run_errors", "Attempts that failed, by their error.", "error")
        self._parts = histogram(
            "run_part_seconds", "The parts of attempts, as `timings` tells them.", "part"
        )
        self._wall = histogram(
            "run_seconds", "From a slot asked for to an answer kept: all parts.", "profile"
        )
        self._cpu = counter("run_cpu_seconds", "Processor time of statements.", "profile")
        self._memory = histogram(
            "run_memory_bytes",
            "What statements took at most beyond their warm process.",
            "profile",
            buckets=BYTES,
        )
        self._rows = counter("rows", "Rows that were delivered.", "profile")
        self._row_bytes = counter(
            "rows_bytes",
            "Rows that were delivered, as JSON; streamed ones are not in it.",
            "profile",
        )
        self._commits = counter("checkpoint_commits", "Checkpoints that were moved by runs.")

    def ended(self, step: Step, run: Run) -> None:
        """Take an attempt's end into account; see Tally."""
        exemplar = {"trace_id": run.trace_id}
        if run.state == "queued":
            self._retried.labels(step.profile).inc(exemplar=exemplar)
        else:
            code = str(run.status.code) if run.status else ""
            self._ended.labels(step.profile, run.state, code).inc(exemplar=exemplar)
        error = _ERROR.decode(run.error)
        if error is not None:
            self._errors.labels(error.code).inc(exemplar=exemplar)
        self._time(step, run, exemplar)
        self._rows.labels(step.profile).inc(run.row_count or 0)
        self._row_bytes.labels(step.profile).inc(len(run.rows) if run.row_count else 0)
        if run.checkpoint is not None and run.checkpoint.committed:
            self._commits.inc(exemplar=exemplar)

    def _time(self, step: Step, run: Run, exemplar: dict[str, str]) -> None:
        timings = _TIMINGS.decode(run.timings) or {}
        for part, duration in timings.items():
            seconds = duration / MS
            self._parts.labels(part.removesuffix("_ms")).observe(seconds, exemplar=exemplar)
        self._wall.labels(step.profile).observe(sum(timings.values()) / MS, exemplar=exemplar)
        usage = _USAGE.decode(run.usage)
        if usage is not None:
            self._cpu.labels(step.profile).inc(usage.cpu_ms / MS)
            self._memory.labels(step.profile).observe(usage.peak_memory_bytes, exemplar=exemplar)
