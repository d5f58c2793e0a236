"""What a report means for the step."""

from datetime import timedelta
from typing import Literal

import pytest

from processor.errors import (
    BadResult,
    CpuLimit,
    Killed,
    LimitExceeded,
    MemoryLimit,
    OutputLimit,
    StatementRaised,
    StepError,
    WallLimit,
)
from processor.result import returned_content
from processor.runtime.contract import Died, Exceeded, Refused, Report, Returned
from processor.step import Limits

LIMITS = Limits(
    wall=timedelta(seconds=1.5),
    cpu=timedelta(seconds=60),
    memory_bytes=1 << 30,
    output_bytes=64_000_000,
    rows=10,
    threads=8,
    open_files=64,
    tmp_bytes=1,
)


def error(report: Report) -> StepError:
    with pytest.raises(StepError) as caught:
        returned_content(report, LIMITS)
    return caught.value


@pytest.mark.parametrize("content", [b"[]", b"", b"no JSON", b"\xff"])
def test_what_was_returned_is_given_as_it_came(content: bytes) -> None:
    assert returned_content(Returned(content=content), LIMITS) == content


def test_the_error_of_a_refused_statement_is_raised_as_it_is() -> None:
    raised = StatementRaised("x", type_name="ValueError")

    assert error(Refused(error=raised)) is raised


@pytest.mark.parametrize(
    ("limit", "kind", "value"),
    [
        ("wall_seconds", WallLimit, "1.5"),
        ("cpu_seconds", CpuLimit, "60.0"),
        ("memory_bytes", MemoryLimit, "1,073,741,824"),
        ("output_bytes", OutputLimit, "64,000,000"),
    ],
)
def test_a_passed_limit_is_named_with_its_value_and_where_to_change_it(
    limit: Literal["wall_seconds", "cpu_seconds", "memory_bytes", "output_bytes"],
    kind: type[LimitExceeded],
    value: str,
) -> None:
    raised = error(Exceeded(limit=limit))

    assert type(raised) is kind
    told = (
        "the run timed out: it passed"
        if limit in ("wall_seconds", "cpu_seconds")
        else "the run passed"
    )
    assert raised.message == f"{told} its limit {limit} of {value}"
    assert raised.hint == f"change `limits.{limit}` of the step, or do less in one run"


@pytest.mark.parametrize("retryable", [True, False])
def test_a_process_that_was_ended_is_killed(retryable: bool) -> None:
    raised = error(Died(reason="signal SIGKILL", killed=True, retryable=retryable))

    assert type(raised) is Killed
    assert raised.message == "the run's process ended without a result: signal SIGKILL"
    assert raised.retryable is retryable


@pytest.mark.parametrize("retryable", [True, False])
def test_a_process_that_ended_itself_left_a_bad_result(retryable: bool) -> None:
    raised = error(Died(reason="status 3", killed=False, retryable=retryable))

    assert type(raised) is BadResult
    assert raised.retryable is retryable
