"""How a run ended, and the answer that a caller gets of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from processor.environment import Environment
from processor.errors import Killed, Place, Refusal, StepError
from processor.masking import Masker
from processor.run import Claim, Run, RunId, Status
from processor.runtime.contract import Entry, Execution, Returned, Streamed
from processor.schema import Checked
from processor.values import Json

_NAMES: Final = {
    200: "finished_successfully",
    201: "no_data_produced",
    202: "finished_with_errors",
    300: "connector_failed",
    302: "timeout",
    303: "cancelled",
    304: "runtime_failed",
    306: "output_failed",
    307: "input_failed",
}
"""The platform's own numbers and words for how a run ended."""

NULL: Final = msgspec.Raw(b"null")


@dataclass(frozen=True, kw_only=True, slots=True)
class Succeeded:
    """The statement ran, and what it gave matches the output schema."""

    rows: Checked | None
    """Its rows, or the outputs of a node as one row; None where nothing is held to a schema."""
    schema: dict[str, Json]
    """The output schema as it was written, and was when the run began."""
    result: bytes | None = None
    """What a script or a node gave, as JSON; None for a statement that gives rows."""
    remarks: tuple[str, ...] = ()
    """What the author should know of how it was delivered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """The step is at fault, and there are no rows: input is never passed through as output."""

    error: StepError


@dataclass(kw_only=True, slots=True)
class Record:
    """What becomes known of a run while it goes on. The one value here that changes."""

    claim: Claim
    environment: Environment
    secrets: tuple[str, ...] = ()
    """Texts that are masked in whatever is told of the run."""
    execution: Execution | None = None
    queue: timedelta = timedelta()
    check: timedelta = timedelta()
    meanwhile: timedelta = timedelta()
    """What of the check was done before the statement's process had ended."""
    warnings: tuple[Entry, ...] = ()

    @contextmanager
    def queued(self) -> Iterator[None]:
        """Measure how long the run waits for a slot."""
        started = time.monotonic()
        yield
        self.queue = timedelta(seconds=time.monotonic() - started)

    @contextmanager
    def checked(self) -> Iterator[None]:
        """Measure how long the rows take to be checked."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.check += timedelta(seconds=time.monotonic() - started)

    def checked_meanwhile(self, duration: timedelta) -> None:
        """Count for the check what was checked while the statement's process went on."""
        self.check += duration
        self.meanwhile += duration

    def warn(self, *messages: str) -> None:
        """Add lines of ours to what the author sees."""
        now = datetime.now(UTC)
        self.warnings += tuple(
            Entry(level="warn", message=message, line=None, time=now, source="service")
            for message in messages
        )


def answer(record: Record, outcome: Succeeded | Failed) -> Run:
    """Give the run as its caller sees it, but for what became of the checkpoint."""
    claim, execution = record.claim, record.execution
    entries = (*(execution.entries if execution else ()), *record.warnings)
    succeeded = isinstance(outcome, Succeeded)
    checked = outcome.rows if isinstance(outcome, Succeeded) else None
    result = outcome.result if isinstance(outcome, Succeeded) else outcome.error.answer
    rows = checked if result is None else None
    masked = Masker(record.secrets).masked
    return Run(
        id=claim.run_id,
        step_id=claim.ticket.step_id,
        state="succeeded" if succeeded else _failed_state(outcome),
        attempts=claim.attempt,
        status=_status(outcome, entries, execution),
        rows=msgspec.Raw(rows.content) if rows else NULL,
        row_count=rows.count if rows else None,
        result=NULL if result is None else msgspec.Raw(result),
        checkpoint=None,
        streams=_raw([_streamed(each) for each in execution.streams] if execution else []),
        logs=_raw(masked([told(entry) for entry in entries])),
        logs_truncated=bool(execution and execution.entries_truncated),
        figures=_raw(_figures(claim.run_id, execution)),
        error=_raw(masked(describe(outcome.error))) if isinstance(outcome, Failed) else NULL,
        usage=_raw(_usage(execution)),
        timings=_raw(_timings(record, checked)),
        isolation=_raw(execution and execution.isolation),
        environment=_raw(_environment(record.environment)),
        trace_id=claim.ticket.trace_id,
    )


def describe(error: StepError) -> dict[str, Any]:
    """Give an error as callers see it (design: the wire, `error`)."""
    place = asdict(error.place) if error.place else dict.fromkeys(Place.__slots__)
    return {
        "code": error.code,
        "retryable": error.retryable,
        "type": error.type_name,
        "message": error.message,
        **place,
        "traceback": error.traceback,
        "hint": error.hint,
        "findings": list(error.findings),
        "mismatches": [asdict(mismatch) for mismatch in error.mismatches],
        "mismatch_count": error.mismatch_count,
    }


def status_of(error: StepError) -> Status:
    """Give the platform's number and name for a run that ended with this error."""
    return Status(code=error.status, name=_NAMES[error.status])


def describe_refusal(refusal: Refusal) -> dict[str, Any]:
    """Give why a run could not begin, in the form of an error."""
    told = describe(Killed(refusal.message, retryable=refusal.retryable))
    return told | {"code": refusal.code}


def _failed_state(outcome: Succeeded | Failed) -> Any:
    cancelled = isinstance(outcome, Failed) and outcome.error.code == "cancelled"
    return "cancelled" if cancelled else "failed"


def _status(
    outcome: Succeeded | Failed, entries: tuple[Entry, ...], execution: Execution | None
) -> Status:
    if isinstance(outcome, Failed):
        return status_of(outcome.error)
    if any(entry.level == "error" for entry in entries) or _failed_in_a_row(execution):
        code = 202
    else:
        code = 200 if outcome.result is not None or _has_rows(outcome) else 201
    return Status(code=code, name=_NAMES[code])


def _has_rows(outcome: Succeeded) -> bool:
    return outcome.rows is not None and outcome.rows.count > 0


def _failed_in_a_row(execution: Execution | None) -> bool:
    report = execution.report if execution else None
    return isinstance(report, Returned) and report.counts is not None and None in report.counts


def told(entry: Entry) -> dict[str, Any]:
    """Give a line of the log as callers see it."""
    instant = entry.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {**asdict(entry), "time": instant}


def _streamed(event: Streamed) -> dict[str, Any]:
    return {"type": event.type, "data": msgspec.Raw(event.data)}


def _figures(run_id: RunId, execution: Execution | None) -> list[dict[str, Any]]:
    count = len(execution.figures) if execution else 0
    return [
        {
            "index": index,
            "media_type": "image/png",
            "url": f"/v1/runs/{run_id}/figures/{index}",
            "svg_url": f"/v1/runs/{run_id}/figures/{index}.svg",
        }
        for index in range(count)
    ]


def _usage(execution: Execution | None) -> dict[str, Any] | None:
    if execution is None:
        return None
    usage = execution.usage
    return {
        "wall_ms": _ms(usage.wall),
        "cpu_ms": _ms(usage.cpu),
        "peak_memory_bytes": usage.peak_memory_bytes,
    }


def _timings(record: Record, rows: Checked | None) -> dict[str, float]:
    execution = record.execution
    decode = rows.decode if rows else timedelta()
    return {
        "queue_ms": _ms(record.queue),
        "start_ms": _ms(execution.start) if execution else 0.0,
        "execute_ms": _ms(execution.execute - record.meanwhile) if execution else 0.0,
        "decode_ms": _ms(decode),
        "validate_ms": _ms(record.check - decode),
    }


def _environment(environment: Environment) -> dict[str, str]:
    return {
        "name": environment.name,
        "digest": environment.digest,
        "python": environment.python_version,
    }


def _ms(duration: timedelta) -> float:
    return round(duration.total_seconds() * 1000, 3)


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
