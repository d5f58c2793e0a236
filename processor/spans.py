"""
Spans of requests and of runs, sent to a collector by OpenTelemetry. An extra: `otel`.

A run's span and those of its parts are made when the run has ended, of the `timings` that its
caller is told, laid one after the other up to its end. So nothing of this is on a run's path, and
a trace and an answer cannot say different things. No text of an author's is in any span.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import msgspec
from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from processor.run import Run
from processor.step import Step
from processor.tally import Request

NS_PER_MS: Final = 1_000_000
FAULTS: Final = 500
"""The first HTTP status that says that we are at fault."""

_trace_id: ContextVar[str | None] = ContextVar("trace_id", default=None)
_TIMINGS: Final = msgspec.json.Decoder(dict[str, float] | None)


class _Error(msgspec.Struct, frozen=True):
    code: str


_ERROR: Final = msgspec.json.Decoder(_Error | None)


class _Ids(RandomIdGenerator):
    """Begins a trace under the id that answers and logs have already told."""

    def generate_trace_id(self) -> int:
        """See IdGenerator."""
        known = _trace_id.get()
        return super().generate_trace_id() if known is None else int(known, 16)


def sent_to(endpoint: str) -> SpanProcessor:
    """Give what sends spans, some at a time and on a thread of its own, by OTLP over HTTP."""
    return BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint))


class Spans:
    """Satisfies Tally."""

    def __init__(self, sending: SpanProcessor, version: str) -> None:
        resource = Resource.create({"service.name": "processor", "service.version": version})
        self._provider = TracerProvider(
            resource=resource, id_generator=_Ids(), shutdown_on_exit=False
        )
        self._provider.add_span_processor(sending)
        self._tracer = self._provider.get_tracer("processor")

    def close(self) -> None:
        """Send what is left, and wait for it."""
        self._provider.shutdown()

    @contextmanager
    def requested(self, request: Request) -> Iterator[None]:
        """See Tally."""
        told = _trace_id.set(request.trace_id)
        span = self._tracer.start_span(
            f"{request.method} {request.route or '-'}",
            context=_sent_from(request),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": request.method, "http.route": request.route or ""},
        )
        request.span_id = f"{span.get_span_context().span_id:016x}"
        entered = context.attach(trace.set_span_in_context(span))
        try:
            yield
        finally:
            context.detach(entered)
            _trace_id.reset(told)
            span.set_attribute("http.response.status_code", request.status)
            if request.status >= FAULTS:
                span.set_status(Status(StatusCode.ERROR))
            span.end()

    def ended(self, step: Step, run: Run) -> None:
        """See Tally."""
        timings = _TIMINGS.decode(run.timings) or {}
        end = time.time_ns()
        begin = end - sum(map(_nanoseconds, timings.values()))
        told = _trace_id.set(run.trace_id)
        span = self._tracer.start_span(
            "run", context=_of_trace(run.trace_id), start_time=begin, attributes=_facts(step, run)
        )
        _trace_id.reset(told)
        self._add_parts(trace.set_span_in_context(span), begin, timings)
        error = _ERROR.decode(run.error)
        if error is not None:
            span.set_attribute("error.type", error.code)
            span.set_status(Status(StatusCode.ERROR, error.code))
        span.end(end)

    def _add_parts(self, within: context.Context, begin: int, timings: Mapping[str, float]) -> None:
        for name, duration in timings.items():
            end = begin + _nanoseconds(duration)
            part = self._tracer.start_span(
                name.removesuffix("_ms"), context=within, start_time=begin
            )
            part.end(end)
            begin = end


def _facts(step: Step, run: Run) -> dict[str, str | int]:
    return {
        "processor.run.id": run.id,
        "processor.run.state": run.state,
        "processor.run.attempt": run.attempts,
        "processor.profile": step.profile,
        "processor.status.code": run.status.code if run.status else 0,
    }


def _nanoseconds(milliseconds: float) -> int:
    return round(milliseconds * NS_PER_MS)


def _sent_from(request: Request) -> context.Context:
    """Give the caller's span as a context; an empty one where the trace begins here."""
    if request.parent_id is None:
        return context.Context()
    parent = SpanContext(
        int(request.trace_id, 16),
        int(request.parent_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED if request.sampled else TraceFlags.DEFAULT),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(parent), context.Context())


def _of_trace(trace_id: str) -> context.Context:
    """Give the request that waits for a run as its context; an empty one for another's trace."""
    current = trace.get_current_span().get_span_context()
    asked_here = current.is_valid and current.trace_id == int(trace_id, 16)
    return context.get_current() if asked_here else context.Context()
