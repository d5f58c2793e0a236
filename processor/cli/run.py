"""`processor run`: a statement from a file, by the engine that the service runs."""

import asyncio
import json
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import click
import msgspec

from processor import wiring
from processor.config import CHECKOUT, Settings
from processor.errors import (
    EnvironmentNotReady,
    InputMismatch,
    ProcessorFault,
    Refusal,
    StepError,
    concrete,
)
from processor.logs import set_up_logs
from processor.manifest import read_manifest
from processor.run import Run, RunId, Ticket
from processor.schema import OnMismatch
from processor.step import OnRowError, Processing, decode_order

from .inputs import SECONDARY, SPELLINGS, as_json, given_inputs, text_of, with_rows
from .main import OUR_FAULT, USAGE_ERROR, Context
from .report import (
    FORMATS,
    save_figure,
    show_cycle,
    show_failure,
    show_logs,
    show_result,
    show_rows,
)

STEP_ID: Final = "processor-run"
"""The step's id where none is given: its checkpoint lives as long as the command."""
NOTHING: Final = msgspec.Raw(b"null")
LONGEST: Final = timedelta(days=1)

Command = TypeVar("Command", bound=Callable[..., object])

_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_OPTIONS: Final = (
    click.argument("statement", type=_file),
    click.option(
        "--input", type=_file, help="A file with the rows: .json (an array), .ndjson or .csv."
    ),
    *(
        click.option(
            f"--input{number}",
            type=_file,
            hidden=number > SECONDARY[0],
            help=f"A file with the rows of INPUT_DATA2; so on to --input{SECONDARY[-1]}.",
        )
        for number in SECONDARY
    ),
    click.option(
        "--input-format", type=click.Choice([*SPELLINGS]), help="What the files' names do not say."
    ),
    click.option("--inputs", type=_file, help="A file with all inputs by name: a JSON object."),
    click.option(
        "--var",
        metavar="NAME=VALUE",
        multiple=True,
        help="A local variable: JSON, or else text. May be given again.",
    ),
    click.option("--sensitive", metavar="NAME", multiple=True, help="A variable to be masked."),
    click.option("--step", type=_file, help="A file with the step's other members, as JSON."),
    click.option(
        "--processing", type=click.Choice(get_args(Processing)), help="All rows at once, or each."
    ),
    click.option("--on-row-error", type=click.Choice(get_args(OnRowError)), help="With `row`."),
    click.option(
        "--on-mismatch", type=click.Choice(get_args(OnMismatch)), help="Of rows and schema."
    ),
    click.option("--output-schema", help="A file with a schema, or a name of the repository."),
    click.option("--input-schema", help="A file with a schema, or a name of the repository."),
    click.option("--checkpoint-column", help="The column whose last value is the checkpoint."),
    click.option("--checkpoint", help="DATA_CHECKPOINT of the first cycle, as JSON."),
    click.option("--cycles", type=click.IntRange(1), default=1, show_default=True),
    click.option("--step-id", help="Keep the checkpoint under this id, in the data folder."),
    click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of the store."),
)


def step_options(command: Command) -> Command:
    """Give a command the options that say which step it runs, and with what."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command("run")
@step_options
@click.option("--env", help="The environment, with the profile of that name where there is one.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option(
    "--figures",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for the figures, as PNG and SVG; it is made.",
)
@click.pass_obj
def run(
    context: Context,
    /,
    *,
    statement: Path,
    cycles: int,
    env: str | None,
    form: str,
    data_dir: Path | None,
    **options: Any,
) -> None:
    """
    Run the Python statement in the file STATEMENT, and print its rows, or a node's answer.

    Rows, or the result of a node, go to standard output, logs and everything else to standard
    error. With --cycles the
    statement runs again from the checkpoint that the cycle before left, until it gives no rows.
    """
    settings = context.with_flags(data_dir=data_dir and str(data_dir)).settings
    set_up_logs(settings.log_format, quiet=True)
    request = request_for(statement, **options)
    folder = settings.data_dir if options["step_id"] is not None else None
    request = in_environment(env, request)
    rows, last = run_cycles(
        settings, folder, statement, request, cycles, figures=options["figures"]
    )
    if last.result != NOTHING or (last.state == "succeeded" and last.row_count is None):
        show_result(last)
    elif last.state == "succeeded":
        show_rows(rows, form)
    raise SystemExit(exit_code(last))


def run_cycles(
    settings: Settings,
    folder: str | None,
    statement: Path,
    request: dict[str, Any],
    most: int,
    *,
    figures: Path | None = None,
) -> tuple[list[Any], Run]:
    """
    Run every cycle, tell of each, and give the rows of all and the last one's run.

    The store is in the folder, or gone with the last cycle. Exits where no run could be made.
    """
    try:
        with nullcontext(folder) if folder else tempfile.TemporaryDirectory() as data_dir:
            kept = settings.custom.dir or str(Path(settings.data_dir, "environments"))
            custom = msgspec.structs.replace(settings.custom, dir=kept)
            chosen = msgspec.structs.replace(settings, data_dir=data_dir, custom=custom)
            return asyncio.run(_run_cycles(chosen, statement, request, most, figures))
    except InputMismatch as error:
        click.echo(f"processor: {error.code}: {error.message}", err=True)
        raise SystemExit(error.exit_code) from error
    except Refusal as refusal:
        click.echo(f"processor: {refusal.code}: {refusal.message}", err=True)
        ours = isinstance(refusal, EnvironmentNotReady)
        raise SystemExit(OUR_FAULT if ours else USAGE_ERROR) from refusal
    except ProcessorFault as fault:
        click.echo(f"processor: {fault}", err=True)
        raise SystemExit(OUR_FAULT) from fault


async def _run_cycles(
    settings: Settings, statement: Path, request: dict[str, Any], most: int, figures: Path | None
) -> tuple[list[Any], Run]:
    rows: list[Any] = []
    saved = 0
    warms = _named_in(request["step"]["statement"])
    async with wiring.opened(settings, CHECKOUT, warms=warms) as processor:
        async for cycle in _cycles(processor, request, most):
            show_logs(cycle)
            if figures is not None:
                saved += await _save_figures(processor, cycle, figures, saved)
            if cycle.state != "succeeded":
                show_failure(cycle, statement)
                break
            rows += msgspec.json.decode(cycle.rows) or []
            show_cycle(cycle)
        return rows, cycle


async def _save_figures(processor: wiring.Processor, cycle: Run, folder: Path, number: int) -> int:
    """Save what a run drew, counted from that number over all cycles; tell how many it was."""
    count = len(msgspec.json.decode(cycle.figures))
    for index in range(count):
        figure = await processor.store.runs.figure(RunId(cycle.id), index)
        assert figure is not None, "the run counts its figures"
        save_figure(figure, folder / f"figure-{number + index}")
    return count


async def _cycles(
    processor: wiring.Processor, request: dict[str, Any], most: int
) -> AsyncIterator[Run]:
    """Run again and again, from the committed checkpoint, until nothing new comes."""
    request = await with_rows(request, processor.schemas)
    step = msgspec.Raw(json.dumps(request["step"]).encode())
    for _ in range(most):
        body = msgspec.json.encode({**request, "step": step})
        order = decode_order(body, processor.profiles)
        await processor.environments.prepare(order.step.environment, LONGEST)
        ticket = Ticket(
            step_id=order.step.id, key=None, body_digest=b"", trace_id=secrets.token_hex(16)
        )
        cycle = await processor.engine.run(order, ticket, LONGEST)
        assert isinstance(cycle, Run), "nobody waits for longer than a day"
        yield cycle
        moved = cycle.checkpoint is not None and cycle.checkpoint.committed
        if cycle.state != "succeeded" or not cycle.row_count or not moved:
            return
        request["inputs"].pop("DATA_CHECKPOINT", None)


def request_for(statement: Path, **options: Any) -> dict[str, Any]:
    """Put the options together to what a caller would send over HTTP, but for rows to be read."""
    file: Path | None = options["step"]
    step = json.loads(bytes(as_json(text_of(file), str(file)))) if file else {}
    if not isinstance(step, dict):
        raise click.UsageError(f"{file} is no JSON object")
    step_id = options["step_id"]
    given = {
        "statement": text_of(statement),
        "id": step_id if step_id is not None else step.get("id") or STEP_ID,
        "output_schema": _schema(options["output_schema"]),
        "input_schema": _schema(options["input_schema"]),
        "checkpoint_column": options["checkpoint_column"],
        "processing": options["processing"],
        "on_mismatch": options["on_mismatch"],
    }
    step.update({name: value for name, value in given.items() if value is not None})
    _set_options(step, options)
    return {"step": step, "inputs": given_inputs(options)}


def _set_options(step: dict[str, Any], options: dict[str, Any]) -> None:
    """Put what belongs to the step's `options` there, beside what its file says."""
    given: dict[str, Any] = {}
    if options["on_row_error"] is not None:
        given["on_row_error"] = options["on_row_error"]
    if options["sensitive"]:
        given["sensitive"] = list(options["sensitive"])
    if given:
        step["options"] = {**(step.get("options") or {}), **given}


def in_environment(name: str | None, request: dict[str, Any]) -> dict[str, Any]:
    """Give the request as it runs in that environment, with the profile of the same name."""
    if name is None:
        return request
    profiles = read_manifest(CHECKOUT / "connector_manifest.json").profiles
    profile = {"profile": name} if name in profiles else {}
    step = {**request["step"], "environment": name, **profile}
    return {**request, "step": step, "inputs": {**request["inputs"]}}


def _schema(named: str | None) -> Any:
    if named and _is_file(named):
        return json.loads(bytes(as_json(text_of(Path(named)), named)))
    return named


def _is_file(named: str) -> bool:
    try:
        return Path(named).is_file()
    except OSError:  # too long for a file's name
        return False


class _named_in:  # noqa: N801 (reads as the question that it answers)
    """Tells whether a text mentions a module, so that one run warms no more than it may use."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self, module: str) -> bool:
        return module.partition(".")[0] in self._text


def exit_code(run: Run) -> int:
    """Give what the command exits with after this run."""
    if run.state == "succeeded":
        return 0
    code = msgspec.json.decode(run.error)["code"]
    return next(error.exit_code for error in concrete(StepError) if error.code == code)
