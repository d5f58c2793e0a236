"""What the bench tells of its numbers."""

from typing import Any

from processor.bench.measure import Measure, spread
from processor.bench.report import Report, compared, table


def a_measure(**members: Any) -> Measure:
    return Measure(
        **{
            "row": 1,
            "what": "a run",
            "reach": "<= 4 ms",
            "value": 3.0,
            "bound": 4.0,
            "unit": "ms",
            **members,
        }
    )


def a_report(*measures: Measure) -> Report:
    return Report(
        at="2026-01-01T00:00:00+00:00", machine="a machine", version="1", measures=measures
    )


def test_what_takes_less_than_its_bound_meets_it() -> None:
    assert a_measure(value=3.0).meets
    assert not a_measure(value=5.0).meets


def test_a_rate_meets_its_bound_when_it_is_higher() -> None:
    assert a_measure(value=5.0, better="higher").meets
    assert not a_measure(value=3.0, better="higher").meets


def test_one_sample_is_its_own_spread() -> None:
    only = spread([7.0])
    assert (only.p50, only.p95, only.p99, only.count) == (7.0, 7.0, 7.0, 1)


def test_the_table_names_what_falls_short_and_counts_the_rest() -> None:
    lines = table(a_report(a_measure(), a_measure(row=2, value=9.0))).splitlines()
    assert [line.split()[0] for line in lines[2:4]] == ["ok", "SHORT"]
    assert lines[-1] == "1 of 2 reach their bound"


def test_a_comparison_is_of_ratios_so_that_a_slower_machine_is_no_worse() -> None:
    before = a_report(a_measure(value=3.0, bound=4.0))
    slower_machine = a_report(a_measure(value=6.0, bound=8.0))
    assert compared(before, slower_machine).startswith("same")


def test_a_rate_that_fell_is_worse() -> None:
    before = a_report(a_measure(value=100.0, bound=50.0, better="higher"))
    after = a_report(a_measure(value=50.0, bound=50.0, better="higher"))
    assert compared(before, after).startswith("worse")


def test_a_row_that_was_not_measured_before_is_not_compared() -> None:
    assert compared(a_report(), a_report(a_measure())) == ""
