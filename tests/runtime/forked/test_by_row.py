"""Row by row in a real child: one process, each row alone, failed rows told of."""

import json
from datetime import timedelta
from typing import Any

import pytest

from processor.errors import ImportNotAllowed, NotAList, NotSerialisable, StatementRaised, StepError
from processor.runtime.contract import Died, Exceeded, Execution, Returned

from .host import Host

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def run(host: Host, statement: str, given: Any, /, **options: Any) -> Execution:
    inputs = {"INPUT_DATA": json.dumps(given).encode(), **options.pop("inputs", {})}
    return await host.run(statement, inputs=inputs, processing="row", **options)


async def by_row(host: Host, statement: str, rows: Any, **options: Any) -> tuple[Any, Any]:
    """Give the rows that a statement returned, and how many each input row gave."""
    report = (await run(host, statement, rows, **options)).report
    assert isinstance(report, Returned), report
    return json.loads(report.content), report.counts


async def error(host: Host, statement: str, rows: Any) -> StepError:
    inputs = {"INPUT_DATA": json.dumps(rows).encode()}
    return await host.error(statement, inputs=inputs, processing="row")


ROWS = [{"a": 1}, {"a": 2}, {"a": 3}]


async def test_each_row_is_alone_in_its_input(host: Host) -> None:
    rows, counts = await by_row(host, "return [{'seen': INPUT_DATA}]", ROWS)

    assert [row["seen"] for row in rows] == [[row] for row in ROWS]
    assert counts == (1, 1, 1)


async def test_a_row_may_give_none_or_many(host: Host) -> None:
    statement = "a = INPUT_DATA[0]['a']\nreturn [{'b': a}] * (a - 1)"

    rows, counts = await by_row(host, statement, ROWS)

    assert ([row["b"] for row in rows], counts) == ([2, 3, 3], (0, 1, 2))


async def test_no_rows_run_nothing(host: Host) -> None:
    assert await by_row(host, "raise ValueError", []) == ([], ())


async def test_without_input_it_runs_once(host: Host) -> None:
    assert await by_row(host, "return [{'a': INPUT_DATA}]", None) == ([{"a": None}], None)


async def test_all_rows_share_one_process(host: Host) -> None:
    statement = "import json\njson.seen = getattr(json, 'seen', 0) + 1\nreturn [{'n': json.seen}]"

    rows, _ = await by_row(host, statement, ROWS)

    assert rows == [{"n": 1}, {"n": 2}, {"n": 3}]


@pytest.mark.parametrize("change", ["DATA_CHECKPOINT['n'] += 1", "DATA_CHECKPOINT = 5"])
async def test_the_checkpoint_is_the_same_for_each_row(host: Host, change: str) -> None:
    statement = f"seen = str(DATA_CHECKPOINT)\n{change}\nreturn [{{'a': seen}}]"

    rows, _ = await by_row(host, statement, ROWS, inputs={"DATA_CHECKPOINT": b'{"n": 1}'})

    assert rows == [{"a": "{'n': 1}"}] * 3


async def test_yielded_rows_are_those_of_their_row(host: Host) -> None:
    statement = "for n in range(INPUT_DATA[0]['a'] * 700): yield {'n': n}"

    rows, counts = await by_row(host, statement, ROWS)

    assert counts == (700, 1400, 2100)
    assert [row["n"] for row in rows] == [*range(700), *range(1400), *range(2100)]


@pytest.mark.parametrize(
    ("returned", "count"),
    [
        ("pd.DataFrame(INPUT_DATA)", 1),
        ("pd.DataFrame([])", 0),
        ("tuple(INPUT_DATA * 2)", 2),
        ("()", 0),
    ],
)
async def test_a_row_may_give_whatever_a_statement_may(
    host: Host, returned: str, count: int
) -> None:
    rows, counts = await by_row(host, f"import pandas as pd\nreturn {returned}", [{"a": 1}])

    assert (rows, counts) == ([{"a": 1}] * count, (count,))


async def test_work_that_a_row_left_behind_ends_with_it(host: Host) -> None:
    statement = """
    import json
    asyncio = json.codecs.builtins.__import__('asyncio')
    async def left(): await sleep(60)
    tasks = len(asyncio.all_tasks())
    task = asyncio.ensure_future(left())
    await sleep(0)
    return [{'tasks': tasks}]
    """
    execution = await run(host, statement, ROWS)

    assert isinstance(execution.report, Returned), execution.report
    assert [row["tasks"] for row in json.loads(execution.report.content)] == [1, 1, 1]
    assert [entry.message for entry in execution.entries] == [
        "not awaited, and cancelled at the end: left"
    ] * 3


# Rows that fail

FAILS = "if INPUT_DATA[0]['a'] == 2:\n    1 / 0\nreturn [{'b': INPUT_DATA[0]['a']}]"


async def test_a_row_that_fails_ends_the_run_and_is_named(host: Host) -> None:
    raised = await error(host, FAILS, ROWS)

    assert isinstance(raised, StatementRaised)
    assert raised.message == "row 1: division by zero"
    assert (raised.type_name, raised.place and raised.place.line) == ("ZeroDivisionError", 2)
    assert raised.traceback is not None
    assert raised.traceback.count("File") == 1


async def test_a_row_that_fails_may_let_the_others_have_their_turn(host: Host) -> None:
    execution = await run(host, FAILS, ROWS, on_row_error="continue")

    assert execution.report == Returned(content=b'[{"b":1},{"b":3}]', counts=(1, None, 1))
    (entry,) = execution.entries
    assert (entry.level, entry.source, entry.line) == ("error", "service", 2)
    assert entry.message == "row 1: ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    ("failure", "kind", "message"),
    [
        ("return None", NotAList, "row 1: the statement returned None; end it with"),
        ("return 5", NotAList, "row 1: the statement returned an int"),
        ("return [{'b': {1}}]", NotSerialisable, "row 1: rows[0].b: a set"),
        ("yield 5", NotAList, "row 1: rows[0] is an int"),
        ("__import__('os')", ImportNotAllowed, "row 1: "),
        ("raise SystemExit(3)", StatementRaised, "row 1: 3"),
        ("raise KeyboardInterrupt", StatementRaised, "row 1: "),
        ("raise BaseException('x')", StatementRaised, "row 1: x"),
        ("f = lambda: f()\n    f()", StatementRaised, "row 1: maximum recursion depth"),
    ],
)
async def test_each_way_to_fail_is_told_with_its_row(
    host: Host, failure: str, kind: type[StepError], message: str
) -> None:
    end = "yield {'b': 1}" if "yield" in failure else "return [{'b': 1}]"
    statement = f"if INPUT_DATA[0]['a'] == 2:\n    {failure}\n{end}"

    raised = await error(host, statement, ROWS)
    execution = await run(host, statement, ROWS, on_row_error="continue")

    assert type(raised) is kind
    assert raised.message.startswith(message)
    assert isinstance(execution.report, Returned), execution.report
    assert execution.report.counts == (1, None, 1)
    assert [entry.level for entry in execution.entries] == ["error"]


async def test_every_row_may_fail(host: Host) -> None:
    execution = await run(host, "return None", ROWS, on_row_error="continue")

    assert execution.report == Returned(content=b"[]", counts=(None, None, None))
    assert len(execution.entries) == 3


async def test_memory_that_runs_out_ends_the_run_also_where_rows_may_fail(host: Host) -> None:
    execution = await run(host, "x = bytearray(10**12)\nreturn []", ROWS, on_row_error="continue")

    assert execution.report == Exceeded(limit="memory_bytes")


async def test_a_process_that_ends_in_a_row_ends_the_run(host: Host) -> None:
    statement = "import json\njson.codecs.builtins.__import__('os')._exit(3)"

    assert isinstance((await run(host, statement, ROWS, on_row_error="continue")).report, Died)


async def test_the_wall_is_that_of_all_rows(host: Host) -> None:
    wall = timedelta(seconds=0.3)

    execution = await run(
        host, "await sleep(0.2)\nreturn []", ROWS, wall=wall, on_row_error="continue"
    )

    assert execution.report == Exceeded(limit="wall_seconds")


async def test_a_statement_that_does_not_compile_is_told_without_a_row(host: Host) -> None:
    assert (await error(host, "return [", ROWS)).message == "'[' was never closed"


async def test_ten_thousand_rows_take_little_time(host: Host) -> None:
    rows = [{"a": number} for number in range(10_000)]

    execution = await run(
        host, "await sleep(0)\nreturn [{'b': INPUT_DATA[0]['a']}]", rows, rows=10_000
    )

    assert isinstance(execution.report, Returned)
    assert execution.report.counts == (1,) * 10_000
    assert [row["b"] for row in json.loads(execution.report.content)] == list(range(10_000))
    assert execution.usage.cpu < timedelta(seconds=10)
