"""`processor run`: a statement from a file, by the engine that the service runs."""

import asyncio
import json
import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from processor import wiring
from processor.capsule import written_record
from processor.client import Client
from processor.config import CHECKOUT, Settings
from processor.errors import StepError, concrete
from processor.identity import DEFAULT_TENANT
from processor.logs import set_up_logs
from processor.run import Run, RunId, Ticket
from processor.runtime.contract import Figure
from processor.step import decode_order

from .endings import ends_as_told
from .inputs import with_rows
from .learn import learn_schema, suggest_learning, taking_any_rows
from .main import Context
from .records import record_of, write_record
from .remote import RemoteSchemas, asked, body_of, by_url
from .report import (
    FORMATS,
    save_figure,
    show_cycle,
    show_failure,
    show_logs,
    show_result,
    show_rows,
)
from .step import in_environment, keeping_options, named_in, request_for, step_options

NULL: Final = msgspec.Raw(b"null")
LONGEST: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Keep:
    """What is written of runs: figures into a folder, the last run into a file."""

    figures: Path | None = None
    record: Path | None = None


NOTHING: Final = Keep()


@click.command("run")
@step_options
@keeping_options
@click.option("--env", help="The environment, with the profile of that name where there is one.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option(
    "--figures",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for the figures, as PNG and SVG; it is made.",
)
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the last cycle there, with all it was made of, for `processor replay`.",
)
@click.option(
    "--learn-schema",
    is_flag=True,
    help="Take whatever rows come, and write their schema into the step's file as its output's.",
)
@by_url
@click.pass_obj
def run(
    context: Context,
    /,
    *,
    statement: Path,
    cycles: int,
    form: str,
    url: str | None,
    **options: Any,
) -> None:
    """
    Run the Python statement in the file STATEMENT, and print its rows, or a node's answer.

    STATEMENT may be a step's folder: step.py, step.json, and input.json, input.csv or input.ndjson.

    Rows, or the result of a node, go to standard output, logs and everything else to standard
    error. With --cycles the
    statement runs again from the checkpoint that the cycle before left, until it gives no rows.
    """
    data_dir: Path | None = options["data_dir"]
    settings = context.with_flags(data_dir=data_dir and str(data_dir)).settings
    set_up_logs(settings.log_format, quiet=True)
    request = request_for(statement, **options)
    folder = settings.data_dir if options["step_id"] is not None else None
    request = in_environment(options["env"], request)
    if options["learn_schema"]:
        request = taking_any_rows(request)
    keep = Keep(figures=options["figures"], record=options["record"])
    if url is not None:
        there = partial(_run_there, statement, for_service(request, folder, cycles), cycles, keep)
        rows, last = asked(context, url, there)
    else:
        rows, last = run_cycles(settings, folder, statement, request, cycles, keep=keep)
    if last.result != NULL or (last.state == "succeeded" and last.row_count is None):
        show_result(last)
    elif last.state == "succeeded":
        show_rows(rows, form)
        if options["learn_schema"]:
            learn_schema(options["step"], rows)
    else:
        suggest_learning(last)
    raise SystemExit(exit_code(last))


def run_cycles(
    settings: Settings,
    folder: str | None,
    statement: Path,
    request: dict[str, Any],
    most: int,
    *,
    keep: Keep = NOTHING,
) -> tuple[list[Any], Run]:
    """
    Run every cycle, tell of each, and give the rows of all and the last one's run.

    The store is in the folder, or gone with the last cycle. Exits where no run could be made.
    """
    with (
        ends_as_told(),
        nullcontext(folder) if folder else tempfile.TemporaryDirectory() as data_dir,
    ):
        kept = settings.custom.dir or str(Path(settings.data_dir, "environments"))
        custom = msgspec.structs.replace(settings.custom, dir=kept)
        chosen = msgspec.structs.replace(settings, data_dir=data_dir, custom=custom)
        return asyncio.run(_run_cycles(chosen, statement, request, most, keep))


async def _run_cycles(
    settings: Settings, statement: Path, request: dict[str, Any], most: int, keep: Keep
) -> tuple[list[Any], Run]:
    warms = named_in(request["step"]["statement"])
    async with wiring.opened(settings, CHECKOUT, warms=warms) as processor:
        request = await with_rows(request, processor.schemas)
        cycles = cycles_of(partial(run_once, processor), request, most)

        async def figure_of(run: Run, index: int) -> Figure:
            figure = await processor.store.runs.figure(RunId(run.id), index)
            assert figure is not None, "the run counts its figures"
            return figure

        return await _told(cycles, figure_of, statement, request, keep)


async def _run_there(
    statement: Path, request: dict[str, Any], most: int, keep: Keep, client: Client
) -> tuple[list[Any], Run]:
    """Run every cycle by a service, which keeps runs and checkpoint."""
    request = await with_rows(request, RemoteSchemas(client))

    async def run_by_service(asked: dict[str, Any]) -> Run:
        body = body_of(asked)
        return await client.run(body["step"], body["inputs"])

    async def figure_of(run: Run, index: int) -> Figure:
        png, svg = [await client.figure(run.id, index, form) for form in ("png", "svg")]
        return Figure(png=png, svg=svg)

    cycles = cycles_of(run_by_service, request, most)
    return await _told(cycles, figure_of, statement, request, keep)


def for_service(request: dict[str, Any], folder: str | None, cycles: int) -> dict[str, Any]:
    """Give a request as a service is asked: it moves a checkpoint where --step-id says so alone."""
    if folder is not None:
        return request
    if cycles > 1:
        raise click.UsageError("a service keeps the checkpoints: name the step with --step-id")
    step = {name: value for name, value in request["step"].items() if name != "id"}
    return {**request, "step": step}


async def _told(
    cycles: AsyncIterator[Run],
    figure_of: Callable[[Run, int], Awaitable[Figure]],
    statement: Path,
    request: dict[str, Any],
    keep: Keep,
) -> tuple[list[Any], Run]:
    """Tell of each cycle as it ends; give the rows of all, and the last one."""
    rows: list[Any] = []
    saved = 0
    async for cycle in cycles:
        show_logs(cycle)
        if keep.figures is not None:
            saved += await _save_figures(figure_of, cycle, keep.figures, saved)
        if keep.record is not None:
            write_record(keep.record, written_record(record_of(request, cycle)))
            request = without_checkpoint(request)
        if cycle.state != "succeeded":
            show_failure(cycle, statement)
            break
        rows += msgspec.json.decode(cycle.rows) or []
        show_cycle(cycle)
    return rows, cycle


async def _save_figures(
    figure_of: Callable[[Run, int], Awaitable[Figure]], cycle: Run, folder: Path, number: int
) -> int:
    """Save what a run drew, counted from that number over all cycles; tell how many it was."""
    count = len(msgspec.json.decode(cycle.figures))
    for index in range(count):
        save_figure(await figure_of(cycle, index), folder / f"figure-{number + index}")
    return count


async def cycles_of(
    run_once: Callable[[dict[str, Any]], Awaitable[Run]], request: dict[str, Any], most: int
) -> AsyncIterator[Run]:
    """Run again and again, from the committed checkpoint, until nothing new comes."""
    for _ in range(most):
        cycle = await run_once(request)
        yield cycle
        moved = cycle.checkpoint is not None and cycle.checkpoint.committed
        if cycle.state != "succeeded" or not cycle.row_count or not moved:
            return
        request = without_checkpoint(request)


def without_checkpoint(request: dict[str, Any]) -> dict[str, Any]:
    """Give the request of a later cycle, which starts from the checkpoint that is kept."""
    inputs = {name: each for name, each in request["inputs"].items() if name != "DATA_CHECKPOINT"}
    return {**request, "inputs": inputs}


async def run_once(processor: wiring.Processor, request: dict[str, Any]) -> Run:
    """Make the run that a request asks for, as the service would; raises a Refusal."""
    step = msgspec.Raw(json.dumps(request["step"]).encode())
    order = decode_order(msgspec.json.encode({**request, "step": step}), processor.profiles)
    await processor.environments.prepare(order.step.environment, LONGEST)
    ticket = Ticket(
        tenant=DEFAULT_TENANT,
        step_id=order.step.id,
        key=None,
        body_digest=b"",
        trace_id=secrets.token_hex(16),
    )
    run = await processor.engine.run(order, ticket, LONGEST)
    assert isinstance(run, Run), "nobody waits for longer than a day"
    return await processor.store.runs.whole(run)


def exit_code(run: Run) -> int:
    """Give what the command exits with after this run."""
    if run.state == "succeeded":
        return 0
    return error_exit_code(bytes(run.error))


def error_exit_code(error: bytes) -> int:
    """Give what the command exits with after an error, as it is told of a run."""
    code = msgspec.json.decode(error)["code"]
    return next(kind.exit_code for kind in concrete(StepError) if kind.code == code)
