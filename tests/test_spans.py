"""What is traced of requests and runs, as the in-memory exporter sees it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from processor.config import Settings
from processor.errors import ProcessorFault
from processor.pipeline import Pipeline
from processor.runtime.contract import Died
from processor.spans import Spans
from processor.store import sqlite
from processor.tally import Request
from processor.wiring.traced import some_spans
from tests.build import a_step, a_ticket, an_order
from tests.fakes import FakeRuntime, Noting, a_pipeline

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
PARTS = ["queue", "start", "execute", "decode", "validate", "commit"]


@dataclass(frozen=True, kw_only=True)
class Traced:
    spans: Spans
    runtime: FakeRuntime
    pipeline: Pipeline
    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    async def run(self) -> None:
        await self.pipeline.run(an_order(), a_ticket(a_step().id), Noting())

    @property
    def finished(self) -> Mapping[str, ReadableSpan]:
        return {span.name: span for span in self.exporter.get_finished_spans()}


@pytest.fixture
async def traced(tmp_path: Path) -> AsyncIterator[Traced]:
    exporter, runtime = InMemorySpanExporter(), FakeRuntime()
    spans = Spans(SimpleSpanProcessor(exporter), "1.2.3")
    async with sqlite.opened(tmp_path / "data") as store:
        pipeline = replace(a_pipeline(store, runtime, tmp_path), tally=spans)
        yield Traced(spans=spans, runtime=runtime, pipeline=pipeline, exporter=exporter)


def a_request(parent_id: str | None = None, *, sampled: bool = True) -> Request:
    return Request(
        method="POST", route="/v1/runs", trace_id=TRACE, parent_id=parent_id, sampled=sampled
    )


def trace_of(span: ReadableSpan) -> str:
    return f"{span.context.trace_id:032x}"


async def test_a_run_is_a_child_of_the_request_that_asked_for_it(traced: Traced) -> None:
    with traced.spans.requested(a_request()):
        await asyncio.get_running_loop().create_task(traced.run())

    request, run = traced.finished["POST /v1/runs"], traced.finished["run"]
    assert run.parent is not None
    assert run.parent.span_id == request.context.span_id


async def test_the_parts_of_a_run_lie_one_after_the_other_within_it(traced: Traced) -> None:
    await traced.run()

    spans = traced.finished
    run, parts = spans["run"], [spans[name] for name in PARTS]
    assert [part.parent and part.parent.span_id for part in parts] == [run.context.span_id] * 6
    edges = [edge or 0 for part in parts for edge in (part.start_time, part.end_time)]
    assert edges == sorted(edges)
    assert (edges[0], edges[-1]) == (run.start_time, run.end_time)


async def test_a_trace_that_begins_here_has_the_id_that_answers_tell(traced: Traced) -> None:
    with traced.spans.requested(request := a_request()):
        pass

    (span,) = traced.finished.values()
    assert (trace_of(span), span.parent) == (TRACE, None)
    assert request.span_id == f"{span.context.span_id:016x}"


async def test_a_trace_of_a_caller_is_taken_up(traced: Traced) -> None:
    with traced.spans.requested(a_request(PARENT)):
        pass

    (span,) = traced.finished.values()
    assert span.parent is not None
    assert (trace_of(span), f"{span.parent.span_id:016x}") == (TRACE, PARENT)


async def test_what_a_caller_does_not_sample_is_not_traced(traced: Traced) -> None:
    with traced.spans.requested(a_request(PARENT, sampled=False)):
        await traced.run()

    assert traced.finished == {}


async def test_a_run_of_another_trace_is_no_child_of_what_goes_on(traced: Traced) -> None:
    other = replace(a_request(), trace_id="1" * 32)

    with traced.spans.requested(other):
        await traced.run()

    run = traced.finished["run"]
    assert (trace_of(run), run.parent) == (TRACE, None)


async def test_a_failed_run_is_an_error_with_its_code_and_no_text(traced: Traced) -> None:
    traced.runtime.report = Died(reason="secret-4711", killed=True, retryable=True)

    await traced.run()

    run = traced.finished["run"]
    assert (run.status.status_code, run.status.description) == (StatusCode.ERROR, "killed")
    assert "4711" not in run.to_json()


async def test_a_request_that_raises_ends_as_our_fault(traced: Traced) -> None:
    with pytest.raises(KeyError), traced.spans.requested(a_request()):
        raise KeyError

    (span,) = traced.finished.values()
    assert span.status.status_code is StatusCode.ERROR


async def test_nobody_traces_unless_told_where_to() -> None:
    async with some_spans(Settings()) as spans:
        assert spans == ()


async def test_without_the_extra_the_service_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "processor.spans")
    monkeypatch.setitem(sys.modules, "opentelemetry", None)

    with pytest.raises(ProcessorFault, match=r"opentelemetry is not installed.*locks/otel\.txt"):
        async with some_spans(Settings(traces_to="http://127.0.0.1:4318/v1/traces")):
            pass
