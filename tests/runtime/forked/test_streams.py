"""Rows that a statement yields, in a real child: the same rows as a list would give."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processor.errors import NotAList, NotSerialisable, StatementRaised, SyntaxProblem
from processor.runtime.contract import Exceeded, Returned
from processor.runtime.guest.calling import CHUNK_ROWS
from tests.strategies import rows as some_rows

from .host import Host

pytestmark = pytest.mark.asyncio(loop_scope="session")

YIELDS = "for row in INPUT_DATA: yield row"


@pytest.mark.parametrize(
    "count", [0, 1, 999, 1000, 1001, 2000, 2001, 3 * CHUNK_ROWS, 3 * CHUNK_ROWS + 1]
)
async def test_a_stream_gives_the_rows_that_one_list_gives(host: Host, count: int) -> None:
    statement = f"for n in range({count}): yield {{'n': n, 't': ']é[,' * (n % 3)}}"

    assert await host.rows(statement) == [{"n": n, "t": "]é[," * (n % 3)} for n in range(count)]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=some_rows, times=st.sampled_from([1, 700]))
async def test_any_rows_in_chunks_are_the_rows_at_once(
    host: Host, rows: list[Any], times: int
) -> None:
    inputs = {"INPUT_DATA": json.dumps(rows * times).encode()}

    listed = await host.rows("return INPUT_DATA", inputs=inputs)

    assert await host.rows(YIELDS, inputs=inputs) == listed == rows * times


async def test_chunks_are_bytes_for_byte_what_one_list_is(host: Host) -> None:
    numbers = "n = {'n': 10**30, 'f': 0.1, 'x': None}"

    streamed = await host.run(f"{numbers}\nfor _ in range(2500): yield n")
    listed = await host.run(f"{numbers}\nreturn [n] * 2500")

    assert streamed.report == listed.report


@pytest.mark.parametrize("number", [0, 1, 999, 1000, 1001, 2345])
async def test_a_bad_row_is_told_by_its_number_in_the_whole(host: Host, number: int) -> None:
    statement = f"for n in range(3000): yield {{'a': {{1}} if n == {number} else 1}}"

    error = await host.error(statement)

    assert isinstance(error, NotSerialisable)
    assert error.message.startswith(f"rows[{number}].a: ")


@pytest.mark.parametrize("value", ["1", "None", "[{'a': 1}]", "'a'", "(('a', 1),)"])
@pytest.mark.parametrize("before", [0, 1500])
async def test_what_is_no_row_is_refused(host: Host, value: str, before: int) -> None:
    error = await host.error(f"for n in range({before}): yield {{'a': 1}}\nyield {value}")

    assert isinstance(error, NotAList)
    assert error.message.startswith(f"rows[{before}] is a")


async def test_values_that_become_null_are_told_once_for_all_chunks(host: Host) -> None:
    statement = "for n in range(2500): yield {'a': float('nan')}"

    (entry,) = await host.entries(statement, nullable=("a",))

    assert entry.message.startswith("2500 values of column `a`")


async def test_a_statement_may_await_between_rows(host: Host) -> None:
    assert await host.rows("for n in range(3):\n    await sleep(0)\n    yield {'n': n}") == [
        {"n": 0},
        {"n": 1},
        {"n": 2},
    ]


async def test_an_error_after_many_rows_is_the_run_s_error(host: Host) -> None:
    error = await host.error("for n in range(2500): yield {'n': n}\nraise ValueError('late')")

    assert isinstance(error, StatementRaised)
    assert (error.message, error.place and error.place.line) == ("late", 2)


async def test_a_generator_that_returns_a_value_is_python_s_own_error(host: Host) -> None:
    error = await host.error("yield {'a': 1}\nreturn [{'a': 2}]")

    assert isinstance(error, SyntaxProblem)
    assert (error.message, error.place and error.place.line) == (
        "'return' with value in async generator",
        2,
    )


async def test_a_generator_may_return_early(host: Host) -> None:
    assert await host.rows("yield {'a': 1}\nreturn\nyield {'a': 2}") == [{"a": 1}]


@pytest.mark.parametrize("body", ["yield {'a': 1}", "await sleep(0)\n    yield {'a': 'x' * 10**5}"])
async def test_a_generator_that_never_ends_is_stopped_by_a_limit(host: Host, body: str) -> None:
    execution = await host.run(
        f"while True:\n    {body}", output_bytes=1 << 20, wall=timedelta(seconds=10)
    )

    assert execution.report == Exceeded(limit="output_bytes")


async def test_a_generator_that_waits_for_ever_is_stopped_by_its_wall(host: Host) -> None:
    execution = await host.run("yield {'a': 1}\nawait sleep(600)", wall=timedelta(seconds=0.3))

    assert execution.report == Exceeded(limit="wall_seconds")


async def test_what_a_generator_does_at_its_end_is_done_also_where_a_row_is_refused(
    host: Host,
) -> None:
    statement = """
    try:
        for n in range(1500): yield 5
    finally:
        log.info('put away')
    """
    execution = await host.run(statement)

    assert [entry.message for entry in execution.entries] == ["put away"]


async def test_a_generator_that_will_not_close_ends_as_an_error(host: Host) -> None:
    statement = """
    while True:
        try:
            yield 5
        except GeneratorExit:
            pass
    """
    error = await host.error(statement)

    assert isinstance(error, StatementRaised | NotAList)


@pytest.mark.parametrize("returned", ["rows()", "(row for row in [])"])
async def test_a_generator_that_is_returned_is_refused(host: Host, returned: str) -> None:
    statement = f"async def rows():\n    yield {{'a': 1}}\nreturn {returned}"

    assert isinstance(await host.error(statement), NotAList)


async def test_a_yield_inside_a_function_makes_no_stream_of_the_statement(host: Host) -> None:
    statement = "def rows():\n    yield {'a': 1}\nreturn list(rows())"

    assert await host.rows(statement) == [{"a": 1}]


async def test_the_output_s_limit_counts_all_chunks(host: Host) -> None:
    row = {"a": "x" * 90}
    statement = f"for n in range(5000): yield {row}"
    whole = len(json.dumps([row] * 5000, separators=(",", ":")))

    under = await host.run(statement, output_bytes=whole + 10)
    over = await host.run(statement, output_bytes=whole - 10)

    assert isinstance(under.report, Returned)
    assert over.report == Exceeded(limit="output_bytes")
