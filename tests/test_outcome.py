"""The answer that a caller gets of a run."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from processor.errors import (
    Cancelled,
    Killed,
    Mismatch,
    OutputMismatch,
    Place,
    StaleCheckpoint,
    StatementRaised,
    StepError,
    concrete,
)
from processor.masking import MASK
from processor.outcome import Failed, Record, Succeeded, answer, describe
from processor.run import Claim, Run, RunId
from processor.runtime.contract import Entry, Execution, Figure, Usage
from processor.schema import Checked
from tests.build import a_ticket, an_environment
from tests.fakes import logged, returned

NO_ROWS = Succeeded(rows=Checked(content=b"[]", count=0, last=None), schema={})
ONE_ROW = Succeeded(rows=Checked(content=b'[{"x":1}]', count=1, last={"x": 1}), schema={})


def a_record(*entries: Entry, **changes: Any) -> Record:
    execution = Execution(
        report=returned([]),
        entries=entries,
        entries_truncated=False,
        usage=Usage(
            wall=timedelta(milliseconds=4.1), cpu=timedelta(microseconds=3), peak_memory_bytes=7
        ),
        start=timedelta(milliseconds=1),
        execute=timedelta(milliseconds=2),
        isolation={"level": 0},
    )
    claim = Claim(run_id=RunId("01J"), ticket=a_ticket(), attempt=2, fence=1, checkpoint=None)
    members: dict[str, Any] = {
        "claim": claim,
        "environment": an_environment(),
        "execution": execution,
    }
    return Record(**{**members, **changes})


def ended(run: Run) -> tuple[str, int, str]:
    assert run.status is not None
    return run.state, run.status.code, run.status.name


def read(raw: Any) -> Any:
    return json.loads(bytes(raw))


@pytest.mark.parametrize(
    ("outcome", "level", "end"),
    [
        (ONE_ROW, "info", ("succeeded", 200, "finished_successfully")),
        (ONE_ROW, "warn", ("succeeded", 200, "finished_successfully")),
        (ONE_ROW, "error", ("succeeded", 202, "finished_with_errors")),
        (NO_ROWS, "info", ("succeeded", 201, "no_data_produced")),
        (NO_ROWS, "error", ("succeeded", 202, "finished_with_errors")),
        (Failed(error=StatementRaised("x")), "error", ("failed", 300, "connector_failed")),
        (Failed(error=OutputMismatch("x")), "info", ("failed", 306, "output_failed")),
        (Failed(error=Cancelled("x")), "info", ("cancelled", 303, "cancelled")),
    ],
)
def test_an_end_is_a_state_and_the_platform_s_number(
    outcome: Succeeded | Failed, level: str, end: tuple[str, int, str]
) -> None:
    assert ended(answer(a_record(logged(level, "a line")), outcome)) == end


@pytest.mark.parametrize("kind", list(concrete(StepError)), ids=lambda kind: kind.code)
def test_every_error_of_a_step_has_its_number_and_name(kind: type[StepError]) -> None:
    run = answer(a_record(), Failed(error=kind("it happened")))

    assert run.status is not None
    assert run.status.code == kind.status
    assert read(run.error)["code"] == kind.code


def test_an_answer_without_execution_has_no_usage() -> None:
    run = answer(a_record(execution=None), Failed(error=Killed("x")))

    assert (read(run.usage), read(run.isolation), read(run.logs)) == (None, None, [])
    assert read(run.timings)["execute_ms"] == 0


def test_durations_are_milliseconds() -> None:
    run = answer(a_record(queue=timedelta(seconds=1.5)), ONE_ROW)

    assert read(run.usage) == {"wall_ms": 4.1, "cpu_ms": 0.003, "peak_memory_bytes": 7}
    assert read(run.timings) == {
        "queue_ms": 1500.0,
        "start_ms": 1.0,
        "execute_ms": 2.0,
        "decode_ms": 0.0,
        "validate_ms": 0.0,
    }


def test_what_was_checked_while_the_statement_went_on_is_counted_once() -> None:
    record = a_record()
    before = read(answer(record, ONE_ROW).timings)
    record.checked_meanwhile(timedelta(milliseconds=2))
    after = read(answer(record, ONE_ROW).timings)

    assert after["validate_ms"] == before["validate_ms"] + 2
    assert after["execute_ms"] == before["execute_ms"] - 2


def test_a_log_line_has_its_instant_in_utc() -> None:
    entry = Entry(
        level="info",
        message="ü",
        line=3,
        time=datetime(2024, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC),
        source="print",
    )

    assert read(answer(a_record(entry), ONE_ROW).logs) == [
        {
            "level": "info",
            "message": "ü",
            "line": 3,
            "time": "2024-01-02T03:04:05.678Z",
            "source": "print",
        }
    ]


def test_our_own_warnings_come_after_the_author_s_lines() -> None:
    record = a_record(logged("info", "the author's"))
    record.warn("ours")

    lines = read(answer(record, ONE_ROW).logs)

    assert [(line["message"], line["source"]) for line in lines] == [
        ("the author's", "log"),
        ("ours", "service"),
    ]


def test_an_answer_names_its_run_step_attempt_and_trace() -> None:
    run = answer(a_record(), ONE_ROW)

    ticket = a_ticket()
    assert (run.id, run.step_id, run.attempts, run.trace_id) == (
        "01J",
        ticket.step_id,
        2,
        ticket.trace_id,
    )


def test_rows_are_answered_byte_for_byte() -> None:
    assert bytes(answer(a_record(), ONE_ROW).rows) == b'[{"x":1}]'


def test_an_error_has_all_its_members_also_where_it_knows_nothing() -> None:
    assert describe(StaleCheckpoint("it moved")) == {
        "code": "stale_checkpoint",
        "retryable": True,
        "type": None,
        "message": "it moved",
        "line": None,
        "column": None,
        "end_line": None,
        "end_column": None,
        "source_line": None,
        "traceback": None,
        "hint": None,
        "findings": [],
        "mismatches": [],
        "mismatch_count": 0,
    }


def test_an_error_tells_what_it_knows() -> None:
    mismatch = Mismatch(
        row=0, column="x", pointer="/0/x", expected="Integer", actual="Text", message="no"
    )
    error = OutputMismatch(
        "no",
        place=Place(line=3, column=1),
        hint="look",
        mismatches=(mismatch,),
        mismatch_count=25,
    )

    told = describe(error)

    assert (told["line"], told["column"], told["hint"]) == (3, 1, "look")
    assert told["mismatches"][0]["pointer"] == "/0/x"
    assert told["mismatch_count"] == 25


# Secrets


def test_secrets_are_masked_in_every_text_of_an_error_and_of_the_log() -> None:
    secret = "the key"
    error = OutputMismatch(
        f"m {secret}",
        type_name=f"t {secret}",
        hint=f"h {secret}",
        traceback=f"tb {secret}",
        place=Place(line=1, column=0, end_line=1, end_column=1, source_line=f"s {secret}"),
        mismatches=(
            Mismatch(
                row=0,
                column=secret,
                pointer=f"/0/{secret}",
                expected=secret,
                actual=secret,
                message=secret,
            ),
        ),
        mismatch_count=1,
        findings=({"message": secret, "line": 1},),
    )
    record = a_record(logged("info", f"l {secret}"), secrets=(secret,))
    record.warn(f"w {secret}")

    run = answer(record, Failed(error=error))

    assert secret not in bytes(run.error).decode() + bytes(run.logs).decode()
    assert bytes(run.error).count(MASK.encode()) == 11


def test_rows_are_data_and_not_masked() -> None:
    run = answer(a_record(secrets=("x",)), ONE_ROW)

    assert read(run.rows) == [{"x": 1}]


# Figures


def test_figures_are_told_by_their_addresses() -> None:
    execution = a_record().execution
    assert execution is not None
    drawn = replace(execution, figures=(Figure(png=b"", svg=b""),) * 2)

    run = answer(a_record(execution=drawn), Failed(error=StatementRaised("x")))

    assert [figure["url"] for figure in read(run.figures)] == [
        "/v1/runs/01J/figures/0",
        "/v1/runs/01J/figures/1",
    ]


# Rows that failed


@pytest.mark.parametrize(("counts", "code"), [((1, None), 202), ((1, 0), 200), (None, 200)])
def test_a_row_that_failed_is_finished_with_errors(
    counts: tuple[int | None, ...] | None, code: int
) -> None:
    execution = a_record().execution
    assert execution is not None
    record = a_record(execution=replace(execution, report=returned([{"x": 1}], counts)))

    assert ended(answer(record, ONE_ROW))[1] == code
