"""The main path, on a runtime that does as it is told and on the real store."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from processor.checkpoint import Checkpoint
from processor.errors import (
    EnvironmentNotReady,
    KeyReused,
    ProcessorFault,
    StatementRaised,
    UnknownSchema,
)
from processor.pipeline import Pipeline
from processor.run import Movement, Run, RunId, Ticket
from processor.runtime.contract import Died, Exceeded, Figure, Refused, Report, Returned
from processor.step import Order, SchemaName, StepId
from processor.store import sqlite
from processor.store.kept import Store
from tests.build import STEP, a_step, a_ticket, an_order, some_limits, until
from tests.fakes import FakeRuntime, Noting, a_pipeline, logged, returned


@dataclass(frozen=True, kw_only=True)
class Way:
    """A main path, and what it is made of."""

    store: Store
    runtime: FakeRuntime
    pipeline: Pipeline

    async def run(self, order: Order | None = None, ticket: Ticket | None = None) -> Run:
        order = order or an_order()
        return await self.pipeline.run(order, ticket or a_ticket(order.step.id), Noting())

    async def checkpoint(self) -> Any:
        """Give the value of the step's checkpoint."""
        kept = await self.store.checkpoints.get(STEP)
        return kept and json.loads(kept.value)


@pytest.fixture
async def way(tmp_path: Path) -> AsyncIterator[Way]:
    runtime = FakeRuntime()
    async with sqlite.opened(tmp_path / "data") as store:
        pipeline = a_pipeline(store, runtime, tmp_path)
        yield Way(store=store, runtime=runtime, pipeline=pipeline)


def error_of(run: Run) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(bytes(run.error))
    return error


def ended(run: Run) -> tuple[str, int]:
    assert run.status is not None
    return run.state, run.status.code


def seen(way: Way, name: str = "DATA_CHECKPOINT") -> Any:
    """Give what the last statement saw under a name."""
    return json.loads(way.runtime.assignments[-1].inputs[name])


# What a run gives


async def test_a_run_gives_the_rows_that_the_statement_returned(way: Way) -> None:
    way.runtime.report = returned([{"x": 1}, {"x": 2}])

    run = await way.run()

    assert (ended(run), json.loads(bytes(run.rows))) == (("succeeded", 200), [{"x": 1}, {"x": 2}])


async def test_a_run_is_kept_as_it_was_answered(way: Way) -> None:
    run = await way.run()

    assert await way.store.runs.get(RunId(run.id)) == run


async def test_the_statement_gets_the_rows_as_the_caller_sent_them(way: Way) -> None:
    await way.run(an_order(rows=[{"a": 1.0}]))

    assert way.runtime.assignments[0].inputs["INPUT_DATA"] == b'[{"a": 1.0}]'


async def test_the_statement_gets_its_step_s_text_environment_and_limits(way: Way) -> None:
    step = a_step(statement="return INPUT_DATA", limits=some_limits(rows=7))

    await way.run(an_order(step))

    (assignment,) = way.runtime.assignments
    assert assignment.statement == "return INPUT_DATA"
    assert assignment.environment.name == "small"
    assert assignment.limits.rows == 7


async def test_the_runtime_is_told_the_columns_that_may_be_null(way: Way) -> None:
    columns: list[Any] = [
        {"name": "x", "type": "Integer", "nullable": False},
        {"name": "y", "type": "Double", "nullable": True},
    ]

    await way.run(an_order(a_step(output_schema={"columns": columns})))

    assert way.runtime.assignments[0].nullable == {"y"}


async def test_no_rows_are_no_data_produced(way: Way) -> None:
    way.runtime.report = returned([])

    assert ended(await way.run()) == ("succeeded", 201)


async def test_a_logged_error_is_finished_with_errors(way: Way) -> None:
    way.runtime.entries = (logged("error", "one row is odd"),)

    assert ended(await way.run()) == ("succeeded", 202)


async def test_more_rows_than_the_limit_are_refused(way: Way) -> None:
    way.runtime.report = returned([{"x": 1}, {"x": 2}])

    run = await way.run(an_order(a_step(limits=some_limits(rows=1))))

    assert (ended(run), error_of(run)["code"]) == (("failed", 306), "output_limit")


# What moves the checkpoint


async def test_a_success_commits_the_last_row_s_value(way: Way) -> None:
    way.runtime.report = returned([{"x": 9}, {"x": 4}])

    run = await way.run()

    assert run.checkpoint is not None
    assert (bytes(run.checkpoint.before), bytes(run.checkpoint.after)) == (b"null", b"4")
    assert (run.checkpoint.committed, run.checkpoint.version) == (True, 1)
    assert await way.checkpoint() == 4


async def test_the_next_run_starts_from_the_committed_checkpoint(way: Way) -> None:
    await way.run()
    way.runtime.report = returned([{"x": 2}])

    run = await way.run()

    assert seen(way) == 1
    assert run.checkpoint is not None
    assert bytes(run.checkpoint.before) == b"1"


async def test_the_first_run_of_a_step_sees_null(way: Way) -> None:
    await way.run()

    assert seen(way) is None


@pytest.mark.parametrize("given", [None, 40, "2024-01-01"])
async def test_a_given_checkpoint_is_seen_instead_of_the_stored_one(way: Way, given: Any) -> None:
    await way.run()

    await way.run(an_order(checkpoint=given))

    assert seen(way) == given


async def test_a_run_from_a_given_checkpoint_commits_over_the_stored_one(way: Way) -> None:
    await way.run()
    way.runtime.report = returned([{"x": 41}])

    run = await way.run(an_order(checkpoint=40))

    assert run.checkpoint is not None
    assert (bytes(run.checkpoint.before), run.checkpoint.committed) == (b"1", True)
    assert await way.checkpoint() == 41


async def test_a_step_without_id_has_no_checkpoint(way: Way) -> None:
    run = await way.run(an_order(a_step(id=None)))

    assert run.checkpoint is None
    assert run.state == "succeeded"


async def test_a_step_without_checkpoint_column_moves_nothing(way: Way) -> None:
    run = await way.run(an_order(a_step(checkpoint_column=None)))

    assert run.checkpoint is not None
    assert not run.checkpoint.committed
    assert await way.checkpoint() is None


NULLABLE_X: dict[str, Any] = {"columns": [{"name": "x", "type": "Integer", "nullable": True}]}

LEFT_ALONE = [
    pytest.param(returned([]), id="no rows"),
    pytest.param(returned([{"x": 5}, {"x": None}]), id="null in the last row"),
    pytest.param(returned([{"x": 5}, {}]), id="the last row lacks it"),
    pytest.param(returned([{"x": "five"}]), id="mismatch"),
    pytest.param(returned({"x": 5}), id="no list"),
    pytest.param(Returned(content=b"{"), id="no JSON"),
    pytest.param(Refused(error=StatementRaised("it raised")), id="raised"),
    pytest.param(Exceeded(limit="wall_seconds"), id="too long"),
    pytest.param(Died(reason="it is gone", killed=True, retryable=True), id="killed"),
]


@pytest.mark.parametrize("report", LEFT_ALONE)
async def test_what_gives_no_value_leaves_the_checkpoint(way: Way, report: Report) -> None:
    step = a_step(output_schema=NULLABLE_X)
    await way.run(an_order(step))
    way.runtime.report = report

    run = await way.run(an_order(step))

    assert run.checkpoint is not None
    assert (run.checkpoint.committed, run.checkpoint.version) == (False, 1)
    assert bytes(run.checkpoint.before) == bytes(run.checkpoint.after) == b"1"
    assert await way.checkpoint() == 1


async def test_a_null_in_the_last_row_is_told_to_the_author(way: Way) -> None:
    way.runtime.report = returned([{"x": 5}, {"x": None}])

    run = await way.run(an_order(a_step(output_schema=NULLABLE_X)))

    (entry,) = json.loads(bytes(run.logs))
    assert (entry["level"], entry["source"]) == ("warn", "service")
    assert "the checkpoint stays" in entry["message"]


async def test_a_dry_run_gives_its_rows_and_leaves_the_checkpoint(way: Way) -> None:
    run = await way.run(an_order(commit=False))

    assert (run.state, json.loads(bytes(run.rows))) == ("succeeded", [{"x": 1}])
    assert await way.checkpoint() is None


# How a step fails


@pytest.mark.parametrize(
    ("report", "status", "code"),
    [
        (returned([{"x": "one"}]), 306, "output_mismatch"),
        (returned([{"x": 1, "y": 2}]), 306, "output_mismatch"),
        (Refused(error=StatementRaised("it raised")), 300, "statement_raised"),
        (Exceeded(limit="wall_seconds"), 302, "wall_limit"),
        (Exceeded(limit="cpu_seconds"), 302, "cpu_limit"),
        (Exceeded(limit="memory_bytes"), 304, "memory_limit"),
        (Exceeded(limit="output_bytes"), 306, "output_limit"),
        (Died(reason="gone", killed=True, retryable=True), 304, "killed"),
        (Died(reason="gone", killed=False, retryable=False), 304, "bad_result"),
        (Returned(content=b"{"), 304, "bad_result"),
    ],
)
async def test_a_report_is_the_platform_s_status_and_our_code(
    way: Way, report: Report, status: int, code: str
) -> None:
    way.runtime.report = report

    run = await way.run()

    assert (ended(run), error_of(run)["code"]) == (("failed", status), code)


async def test_a_failed_run_has_no_rows(way: Way) -> None:
    way.runtime.report = returned([{"x": "one"}])

    run = await way.run(an_order(rows=[{"x": 1}]))

    assert (bytes(run.rows), run.row_count) == (b"null", None)


async def test_a_failed_run_keeps_what_its_author_logged(way: Way) -> None:
    way.runtime.entries = (logged("info", "so far"),)
    way.runtime.report = Refused(error=StatementRaised("it raised"))

    run = await way.run()

    assert [entry["message"] for entry in json.loads(bytes(run.logs))] == ["so far"]


async def test_a_failure_leaves_the_step_free(way: Way) -> None:
    way.runtime.report = Refused(error=StatementRaised("it raised"))
    await way.run()
    way.runtime.report = returned([{"x": 1}])

    assert (await way.run()).state == "succeeded"


# What is found before the statement runs


@pytest.mark.parametrize("rows", [[{"x": "one"}], [{"x": None}], [{}], [5], [[]]])
async def test_rows_that_do_not_match_the_input_schema_never_reach_the_statement(
    way: Way, rows: Any
) -> None:
    step = a_step(input_schema=a_step().output_schema)

    run = await way.run(an_order(step, rows=rows))

    assert (ended(run), error_of(run)["code"]) == (("failed", 307), "input_mismatch")
    assert way.runtime.assignments == []


async def test_no_rows_match_every_input_schema(way: Way) -> None:
    await way.run(an_order(a_step(input_schema=a_step().output_schema), rows=None))

    assert seen(way, "INPUT_DATA") is None


async def test_rows_of_a_schema_are_delivered_as_it_says(way: Way) -> None:
    await way.run(an_order(a_step(input_schema=NULLABLE_X), rows=[{}, {"x": 2.0}]))

    assert way.runtime.assignments[0].inputs["INPUT_DATA"] == b'[{"x":null},{"x":2}]'


@pytest.mark.parametrize(
    "changes",
    [
        {"checkpoint_column": "y"},
        {"checkpoint_column": ""},
        {"output_schema": {"columns": [{"name": "x", "type": "Nonsense"}]}},
        {"output_schema": {"type": 5}},
        {"input_schema": {"type": 5}, "checkpoint_column": None},
    ],
)
async def test_a_schema_that_cannot_be_used_is_told_before_anything_runs(
    way: Way, changes: dict[str, Any]
) -> None:
    run = await way.run(an_order(a_step(**changes), rows=[]))

    assert (ended(run), error_of(run)["code"]) == (("failed", 300), "invalid_schema")
    assert way.runtime.assignments == []


@pytest.mark.parametrize("member", ["output_schema", "input_schema"])
async def test_an_unknown_schema_is_refused_with_its_pointer(way: Way, member: str) -> None:
    with pytest.raises(UnknownSchema) as caught:
        await way.run(an_order(a_step(**{member: SchemaName("nope")})))

    assert [detail.pointer for detail in caught.value.details] == [f"/step/{member}"]


async def test_a_schema_is_found_by_its_name(way: Way) -> None:
    await way.store.schemas.put(SchemaName("orders"), NULLABLE_X)
    way.runtime.report = returned([{"x": None}])

    run = await way.run(an_order(a_step(output_schema=SchemaName("orders"))))

    assert run.state == "succeeded"


async def test_an_order_whose_environment_is_missing_leaves_nothing_behind(way: Way) -> None:
    order, ticket = an_order(a_step(environment="other")), a_ticket(key="once")

    with pytest.raises(EnvironmentNotReady):
        await way.run(order, ticket)

    assert (await way.run(an_order(), ticket)).state == "succeeded"


# What happens meanwhile


async def test_a_checkpoint_that_was_set_meanwhile_is_not_overwritten(way: Way) -> None:
    async def set_by_hand() -> Checkpoint:
        return await way.store.checkpoints.set(STEP, b"100", expected_version=None)

    way.runtime.meanwhile = set_by_hand

    run = await way.run()

    assert (ended(run), error_of(run)["code"]) == (("failed", 306), "stale_checkpoint")
    assert error_of(run)["retryable"] is True
    assert bytes(run.rows) == b"null"
    assert await way.checkpoint() == 100


async def test_a_stale_run_leaves_the_step_free(way: Way) -> None:
    async def set_by_hand() -> Checkpoint:
        return await way.store.checkpoints.set(STEP, b"100", expected_version=None)

    way.runtime.meanwhile = set_by_hand
    await way.run()
    way.runtime.meanwhile = FakeRuntime().meanwhile

    assert (await way.run()).state == "succeeded"
    assert seen(way) == 100


async def test_a_fault_is_raised_and_its_run_is_recorded_as_killed(way: Way) -> None:
    async def broken() -> None:
        raise ProcessorFault("no child could be started")

    way.runtime.meanwhile = broken
    noting = Noting()

    with pytest.raises(ProcessorFault):
        await way.pipeline.run(an_order(), a_ticket(), noting)

    kept = await way.store.runs.get(noting.ids[0])
    assert kept is not None
    assert (ended(kept), error_of(kept)["code"]) == (("failed", 304), "killed")


async def test_a_fault_leaves_the_step_free(way: Way) -> None:
    async def broken() -> None:
        raise RuntimeError("nobody thought of this")

    way.runtime.meanwhile = broken
    with pytest.raises(RuntimeError):
        await way.run()
    way.runtime.meanwhile = FakeRuntime().meanwhile

    assert (await way.run()).state == "succeeded"


async def test_a_cancelled_run_is_recorded_and_its_step_is_free(way: Way) -> None:
    way.runtime.meanwhile = asyncio.Event().wait
    noting = Noting()
    async with asyncio.TaskGroup() as tasks:
        job = tasks.create_task(way.pipeline.run(an_order(), a_ticket(), noting))
        await until(lambda: way.runtime.running)
        job.cancel()
    way.runtime.meanwhile = FakeRuntime().meanwhile

    kept = await way.store.runs.get(noting.ids[0])
    assert kept is not None
    assert (kept.state, error_of(kept)["code"]) == ("failed", "killed")
    assert (await way.run()).state == "succeeded"


async def test_a_run_that_was_cancelled_in_the_queue_gives_no_slot_away(way: Way) -> None:
    gate = asyncio.Event()
    way.runtime.meanwhile = gate.wait
    async with asyncio.TaskGroup() as tasks:
        for name in ("a", "b"):
            tasks.create_task(way.run(an_order(a_step(id=StepId(name)))))
        await until(lambda: way.runtime.running == 2)
        noting = Noting()
        third = an_order(a_step(id=StepId("c")))
        waiting = tasks.create_task(way.pipeline.run(third, a_ticket("c"), noting))
        await until(lambda: noting.ids)
        waiting.cancel()
        await until(waiting.done)
        fourth = tasks.create_task(way.run(an_order(a_step(id=StepId("d")))))
        gate.set()

    assert fourth.result().state == "succeeded"
    assert way.runtime.most_running == 2


async def test_two_runs_of_one_step_run_one_after_the_other(way: Way) -> None:
    gate = asyncio.Event()
    way.runtime.meanwhile = gate.wait
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(way.run())
        await until(lambda: way.runtime.running)
        second = tasks.create_task(way.run())
        gate.set()

    assert way.runtime.most_running == 1
    assert first.result().checkpoint == _moved(b"null", version=1)
    assert second.result().checkpoint == _moved(b"1", version=2)


def _moved(before: bytes, *, version: int) -> Movement:
    return Movement(before=Raw(before), after=Raw(b"1"), committed=True, version=version)


async def test_runs_of_two_steps_run_at_the_same_time(way: Way) -> None:
    both = asyncio.Barrier(2)
    way.runtime.meanwhile = both.wait
    async with asyncio.TaskGroup() as tasks:
        for name in ("a", "b"):
            tasks.create_task(way.run(an_order(a_step(id=StepId(name)))))

    assert way.runtime.most_running == 2


async def test_no_more_statements_run_than_there_are_slots(way: Way) -> None:
    gate = asyncio.Event()
    way.runtime.meanwhile = gate.wait
    async with asyncio.TaskGroup() as tasks:
        runs = [tasks.create_task(way.run(an_order(a_step(id=StepId(name))))) for name in "abcd"]
        await until(lambda: way.runtime.running == 2)
        gate.set()

    assert way.runtime.most_running == 2
    assert {run.result().state for run in runs} == {"succeeded"}


# A caller's key


async def test_a_repeated_key_is_answered_without_another_run(way: Way) -> None:
    first = await way.run(ticket=a_ticket(key="once"))

    again = await way.run(ticket=a_ticket(key="once"))

    assert again == first
    assert len(way.runtime.assignments) == 1


async def test_a_key_that_was_used_with_another_body_is_refused(way: Way) -> None:
    await way.run(ticket=a_ticket(key="once"))

    with pytest.raises(KeyReused):
        await way.run(ticket=a_ticket(key="once", body=b"other"))


# What the statement is told


async def test_the_runtime_is_told_variables_branches_and_how_rows_are_processed(way: Way) -> None:
    step = a_step(branches=("orders",), processing="row", on_row_error="continue")
    way.runtime.report = returned([], ())

    await way.run(an_order(step, rows=[], secondary=(b"[]",), variables=b'{"A": 1}'))

    (assignment,) = way.runtime.assignments
    assert assignment.inputs["INPUT_DATA2"] == b"[]"
    assert (assignment.variables, assignment.branches) == (b'{"A": 1}', ("orders",))
    assert (assignment.processing, assignment.on_row_error) == ("row", "continue")


async def test_secrets_are_masked_in_the_run_that_is_kept(way: Way) -> None:
    way.runtime.entries = (logged("info", "key 12345"),)
    way.runtime.report = Refused(error=StatementRaised("no 12345"))

    run = await way.run(an_order(secrets=("12345",)))

    assert error_of(run)["message"] == "no ***"
    kept = await way.store.runs.get(RunId(run.id))
    assert kept is not None
    assert b"12345" not in bytes(kept.error) + bytes(kept.logs)


@pytest.mark.parametrize("report", [returned([]), Refused(error=StatementRaised("x"))])
async def test_figures_are_kept_with_the_run(way: Way, report: Report) -> None:
    way.runtime.figures = (Figure(png=b"p", svg=b"v"),)
    way.runtime.report = report

    run = await way.run()

    assert await way.store.runs.figure(RunId(run.id), 0) == way.runtime.figures[0]
    assert await way.store.runs.figure(RunId(run.id), 1) is None


async def test_figures_of_a_stale_run_are_kept_once(way: Way) -> None:
    async def set_by_hand() -> Checkpoint:
        return await way.store.checkpoints.set(STEP, b"100", expected_version=None)

    way.runtime.meanwhile = set_by_hand
    way.runtime.figures = (Figure(png=b"p", svg=b"v"),)

    run = await way.run()

    assert error_of(run)["code"] == "stale_checkpoint"
    assert await way.store.runs.figure(RunId(run.id), 0) == way.runtime.figures[0]


# `log_error`


@pytest.mark.parametrize(
    ("level", "source", "fails", "status"),
    [
        ("error", "log", True, 300),
        ("error", "log", False, 202),
        ("warn", "log", True, 200),
        ("error", "service", True, 202),
    ],
)
async def test_a_logged_error_fails_the_run_where_its_step_says_so(
    way: Way, level: str, source: Any, fails: bool, status: int
) -> None:
    way.runtime.entries = (replace(logged(level, "odd"), source=source),)

    run = await way.run(an_order(a_step(fails_on_logged_error=fails)))

    assert ended(run)[1] == status
    if status == 300:
        assert error_of(run)["code"] == "error_logged"
        assert await way.checkpoint() is None


async def test_what_went_wrong_first_is_told_rather_than_a_logged_error(way: Way) -> None:
    way.runtime.entries = (logged("error", "odd"),)
    way.runtime.report = Refused(error=StatementRaised("x"))

    run = await way.run(an_order(a_step(fails_on_logged_error=True)))

    assert error_of(run)["code"] == "statement_raised"


# `on_mismatch`


@pytest.mark.parametrize(
    ("on_mismatch", "rows", "message"),
    [
        ("coerce", [{"x": 1}, {"x": 2}, {"x": 3}], "1 value was coerced: "),
        ("discard_value", [{"x": 1}, {"x": None}, {"x": 3}], "1 value was discarded: "),
        ("discard_row", [{"x": 1}, {"x": 3}], "1 row was discarded: "),
    ],
)
async def test_rows_that_do_not_match_are_mended_as_the_step_says_and_it_is_told(
    way: Way, on_mismatch: Any, rows: Any, message: str
) -> None:
    way.runtime.report = returned([{"x": 1}, {"x": "2"}, {"x": 3}])
    step = a_step(on_mismatch=on_mismatch, output_schema=NULLABLE_X)

    run = await way.run(an_order(step))

    assert (ended(run), json.loads(bytes(run.rows))) == (("succeeded", 200), rows)
    (entry,) = json.loads(bytes(run.logs))
    assert (entry["level"], entry["message"].startswith(message)) == ("warn", True)
    assert await way.checkpoint() == 3


async def test_a_discarded_last_row_is_no_checkpoint(way: Way) -> None:
    way.runtime.report = returned([{"x": 1}, {"x": "no"}])

    await way.run(an_order(a_step(on_mismatch="discard_row")))

    assert await way.checkpoint() == 1


# Row by row


def by_row(rows: Any, **changes: Any) -> Order:
    return an_order(a_step(processing="row", **changes), rows=rows)


async def test_what_a_row_gave_is_appended_to_it_and_only_that_is_checked(way: Way) -> None:
    way.runtime.report = returned([{"x": 5}, {"x": 6}, {"x": 7}], (1, 0, 2))

    run = await way.run(by_row([{"t": "a"}, {"t": "b"}, {"t": None}]))

    assert json.loads(bytes(run.rows)) == [
        {"t": "a", "x": 5},
        {"t": None, "x": 6},
        {"t": None, "x": 7},
    ]
    assert (ended(run), run.row_count) == (("succeeded", 200), 3)
    assert await way.checkpoint() == 7


async def test_a_name_that_both_have_is_one_warning(way: Way) -> None:
    way.runtime.report = returned([{"x": 5}, {"x": 6}], (1, 1))

    run = await way.run(by_row([{"x": 1}, {"x": 2}]))

    assert json.loads(bytes(run.rows)) == [{"x": 5}, {"x": 6}]
    (entry,) = json.loads(bytes(run.logs))
    assert (entry["level"], entry["message"]) == (
        "warn",
        "columns of the input were replaced by those of the output: x",
    )


@pytest.mark.parametrize("counts", [(), (2,), (1, 0), (1, 1, 0), (None, 1), None])
async def test_counts_that_do_not_fit_are_a_bad_result(
    way: Way, counts: tuple[int | None, ...] | None
) -> None:
    way.runtime.report = returned([{"x": 5}, {"x": 6}], counts)

    run = await way.run(by_row([{"t": 1}, {"t": 2}]))

    assert (ended(run), error_of(run)["code"]) == (("failed", 304), "bad_result")
    assert await way.checkpoint() is None


async def test_counts_of_a_statement_that_ran_once_are_not_looked_at(way: Way) -> None:
    way.runtime.report = returned([{"x": 5}], (1, 1, 1))

    assert json.loads(bytes((await way.run(an_order(rows=[{"t": 1}]))).rows)) == [{"x": 5}]


async def test_without_input_the_rows_are_those_of_the_one_run(way: Way) -> None:
    way.runtime.report = returned([{"x": 5}])

    assert json.loads(bytes((await way.run(by_row(None))).rows)) == [{"x": 5}]


async def test_no_rows_are_no_data_produced_row_by_row(way: Way) -> None:
    way.runtime.report = returned([], ())

    assert ended(await way.run(by_row([]))) == ("succeeded", 201)


async def test_a_discarded_row_is_missing_where_it_was_joined(way: Way) -> None:
    way.runtime.report = returned([{"x": 1}, {"x": "b"}, {"x": "c"}, {"x": 4}], (2, None, 1, 1))

    run = await way.run(by_row([{"t": 0}, {"t": 1}, {"t": 2}, {"t": 3}], on_mismatch="discard_row"))

    assert json.loads(bytes(run.rows)) == [{"t": 0, "x": 1}, {"t": 3, "x": 4}]
    assert ended(run) == ("succeeded", 202)


async def test_joined_rows_are_within_the_output_s_limit(way: Way) -> None:
    way.runtime.report = returned([{"x": 1}] * 500, (500,))
    limits = some_limits(output_bytes=100_000)

    run = await way.run(by_row([{"t": "x" * 1000}], limits=limits))

    assert (ended(run), error_of(run)["code"]) == (("failed", 306), "output_limit")


async def test_rows_that_failed_are_named_also_where_the_log_is_full(way: Way) -> None:
    way.runtime.report = returned([{"x": 1}], (None, 1, None))
    way.runtime.entries_truncated = True

    run = await way.run(by_row([{}, {}, {}], on_row_error="continue"))

    (entry,) = json.loads(bytes(run.logs))
    assert entry["message"] == "the statement failed in these rows: 0, 2"
    assert ended(run) == ("succeeded", 202)


async def test_of_many_rows_that_failed_the_first_hundred_are_named(way: Way) -> None:
    way.runtime.report = returned([], (None,) * 130)
    way.runtime.entries_truncated = True

    run = await way.run(by_row([{}] * 130, on_row_error="continue"))

    (entry,) = json.loads(bytes(run.logs))
    assert entry["message"].endswith(", 98, 99 and 30 more")


@pytest.mark.parametrize("rows", [[1], [None], [[]]])
async def test_input_that_is_no_rows_cannot_be_joined_to(way: Way, rows: Any) -> None:
    way.runtime.report = returned([{"x": 1}], (1,))

    run = await way.run(by_row(rows))

    assert (ended(run), error_of(run)["code"]) == (("failed", 307), "input_mismatch")
