"""Rows 6, 7 and 8: many rows at once, and what others wait for meanwhile."""

import threading
import time
from collections.abc import Iterator
from typing import Final

import msgspec

from processor.schema import read_schema

from .measure import Measure, Spread, spread
from .scene import Scene
from .service import JSON, Service, body, mapped, served
from .steps import BULK_ROWS, STREAMED_ROWS, TRADES, passing, streaming, trades, trivial
from .yardsticks import codec

NDJSON: Final = {**JSON, "Accept": "application/x-ndjson", "Prefer": "stream"}
LONGEST_SLICE: Final = 20
"""Of runs that take a second each."""
_LOOK_SECONDS: Final = 0.05
_CHUNK: Final = 1 << 20
BULK_RUNS: Final = 5
"""As many go on, one after the other, while the waits of others are measured."""


def bulk_runs(scene: Scene) -> Iterator[Measure]:
    """Rows 6 and 7, in turn with C."""
    rows = trades(BULK_ROWS)
    request, schema = body(passing(), rows), read_schema(TRADES)
    runs, validations, codecs, bare = [], [], [], []
    with served() as service, service.caller() as caller:
        service.wait_until_warm()
        caller.run(request)
        memory = service.memory()
        for _ in range(min(scene.samples, LONGEST_SLICE)):
            whole, validation = codec(rows, schema)
            codecs.append(whole)
            bare.append(validation)
            took, answer = caller.run(request)
            runs.append(took)
            validations.append(_validated(answer))
        risen = memory.rise()
        others = _others_meanwhile(service, request)
    yield _passed(spread(runs), spread(codecs))
    yield _memory(risen, len(rows))
    yield _waited(others)
    yield _validation(spread(validations), spread(bare))


def streamed_runs(scene: Scene) -> Iterator[Measure]:
    """Row 8: a million rows, read as they come, against the row rate of row 6."""
    request, small = body(streaming(STREAMED_ROWS)), body(passing(), trades(BULK_ROWS))
    with served() as service, service.caller() as caller:
        service.wait_until_warm()
        bulk = spread(caller.run(small)[0] for _ in range(3))
        memory = service.memory()
        seconds, peak = _read_stream(service, request)
        risen = memory.rise()
    rate, bulk_rate = STREAMED_ROWS / seconds, BULK_ROWS / bulk.p50 * 1000
    yield Measure(
        row=8,
        what="streamed rows a second",
        reach="≥ 0.5 of row 6",
        value=rate,
        bound=0.5 * bulk_rate,
        unit="rows/s",
        better="higher",
        details={"bulk_rows_per_second": bulk_rate},
    )
    for what, size in (("the service's", risen), ("a child's", peak)):
        yield Measure(
            row=8,
            what=f"{what} memory for them",
            reach="constant: ≤ 64 MB",
            value=size / 1e6,
            bound=64,
            unit="MB",
        )


def _validated(answer: bytes) -> float:
    timings = msgspec.json.decode(answer, type=_Timed).timings
    return timings["validate_ms"]


class _Timed(msgspec.Struct):
    timings: dict[str, float]


def _others_meanwhile(service: Service, request: bytes) -> Spread:
    """Give what trivial runs take while one of many rows is under way."""
    taken: list[float] = []
    done = threading.Event()
    busy = threading.Thread(target=_run_some, args=(service, request, done))
    busy.start()
    with service.caller() as caller:
        while not done.is_set():
            taken.append(caller.run(body(trivial()))[0])
    busy.join()
    return spread(taken)


def _run_some(service: Service, request: bytes, done: threading.Event) -> None:
    try:
        with service.caller() as caller:
            for _ in range(BULK_RUNS):
                caller.run(request)
    finally:
        done.set()


def _read_stream(service: Service, request: bytes) -> tuple[float, int]:
    """Read an answer as it comes; give the seconds, and the most private memory of a child."""
    before = {process: _private(process) for process in service.descendants()}
    peak = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(_LOOK_SECONDS):
            for process in service.descendants():
                peak = max(peak, _private(process) - before.get(process, 0))

    watching = threading.Thread(target=watch)
    watching.start()
    started = time.perf_counter()
    try:
        with service.caller() as caller:
            answer = caller.call("POST", "/v1/runs", request, NDJSON)
            last = b""
            while chunk := answer.read(_CHUNK):
                last = chunk
    finally:
        done.set()
        watching.join()
    if f'"x":{STREAMED_ROWS - 1}'.encode() not in last:
        raise RuntimeError(f"a stream of the bench ended early: {last[-2000:]!r}")
    return time.perf_counter() - started, peak


def _private(process: int) -> int:
    return mapped(process, "Private_Dirty") + mapped(process, "Private_Clean")


def _passed(taken: Spread, floor: Spread) -> Measure:
    return Measure(
        row=6,
        what=f"{BULK_ROWS} rows of 10 columns in and out, p50",
        reach="≤ 2.5 C",
        value=taken.p50,
        bound=2.5 * floor.p50,
        unit="ms",
        spread=taken,
        details={"C_p50_ms": floor.p50},
    )


def _memory(risen: int, payload: int) -> Measure:
    return Measure(
        row=6,
        what="the service's peak memory for them",
        reach="≤ 4 payloads",
        value=risen / 1e6,
        bound=4 * payload / 1e6,
        unit="MB",
        details={"payload_mb": payload / 1e6},
    )


def _waited(others: Spread) -> Measure:
    return Measure(
        row=6,
        what="other callers meanwhile, p99",
        reach="≤ 50 ms",
        value=others.p99,
        bound=50,
        unit="ms",
        spread=others,
    )


def _validation(taken: Spread, bare: Spread) -> Measure:
    return Measure(
        row=7,
        what="validation of those rows, p50",
        reach="≤ 1.3 jsonschema-rs",
        value=taken.p50,
        bound=1.3 * bare.p50,
        unit="ms",
        spread=taken,
        details={"bare_p50_ms": bare.p50},
    )
