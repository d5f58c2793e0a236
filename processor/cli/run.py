"""`processor run`: a statement from a file, by the engine that the service runs."""

import asyncio
import json
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import click
import msgspec

from processor import wiring
from processor.config import CHECKOUT, Settings
from processor.errors import EnvironmentNotReady, ProcessorFault, Refusal, StepError, concrete
from processor.logs import set_up_logs
from processor.manifest import read_manifest
from processor.run import Run, Ticket
from processor.step import decode_order

from .main import OUR_FAULT, USAGE_ERROR, Context
from .report import FORMATS, show_cycle, show_failure, show_logs, show_rows

STEP_ID: Final = "processor-run"
"""The step's id where none is given: its checkpoint lives as long as the command."""
LONGEST: Final = timedelta(days=1)

Command = TypeVar("Command", bound=Callable[..., object])

_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_OPTIONS: Final = (
    click.argument("statement", type=_file),
    click.option("--input", "rows", type=_file, help="A file with the rows: a JSON array."),
    click.option("--step", type=_file, help="A file with the step's other members, as JSON."),
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
    Run the Python statement in the file STATEMENT, and print its rows.

    Rows go to standard output, logs and everything else to standard error. With --cycles the
    statement runs again from the checkpoint that the cycle before left, until it gives no rows.
    """
    settings = context.with_flags(data_dir=data_dir and str(data_dir)).settings
    set_up_logs(settings.log_format, quiet=True)
    request = request_for(statement, **options)
    folder = settings.data_dir if options["step_id"] is not None else None
    rows, last = run_cycles(settings, folder, statement, in_environment(env, request), cycles)
    if last.state == "succeeded":
        show_rows(rows, form)
    raise SystemExit(exit_code(last))


def run_cycles(
    settings: Settings, folder: str | None, statement: Path, request: dict[str, Any], most: int
) -> tuple[list[Any], Run]:
    """
    Run every cycle, tell of each, and give the rows of all and the last one's run.

    The store is in the folder, or gone with the last cycle. Exits where no run could be made.
    """
    try:
        with nullcontext(folder) if folder else tempfile.TemporaryDirectory() as data_dir:
            chosen = msgspec.structs.replace(settings, data_dir=data_dir)
            return asyncio.run(_run_cycles(chosen, statement, request, most))
    except Refusal as refusal:
        click.echo(f"processor: {refusal.code}: {refusal.message}", err=True)
        ours = isinstance(refusal, EnvironmentNotReady)
        raise SystemExit(OUR_FAULT if ours else USAGE_ERROR) from refusal
    except ProcessorFault as fault:
        click.echo(f"processor: {fault}", err=True)
        raise SystemExit(OUR_FAULT) from fault


async def _run_cycles(
    settings: Settings, statement: Path, request: dict[str, Any], most: int
) -> tuple[list[Any], Run]:
    rows: list[Any] = []
    warms = _named_in(request["step"]["statement"])
    async with wiring.opened(settings, CHECKOUT, warms=warms) as processor:
        async for cycle in _cycles(processor, request, most):
            show_logs(cycle)
            if cycle.state != "succeeded":
                show_failure(cycle, statement)
                break
            rows += msgspec.json.decode(cycle.rows)
            show_cycle(cycle)
        return rows, cycle


async def _cycles(
    processor: wiring.Processor, request: dict[str, Any], most: int
) -> AsyncIterator[Run]:
    """Run again and again, from the committed checkpoint, until nothing new comes."""
    for _ in range(most):
        order = decode_order(json.dumps(request).encode(), processor.manifest.profiles)
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


def request_for(  # noqa: PLR0913 (one parameter an option of the command)
    statement: Path,
    *,
    rows: Path | None,
    step: Path | None,
    output_schema: str | None,
    input_schema: str | None,
    checkpoint_column: str | None,
    checkpoint: str | None,
    step_id: str | None,
) -> dict[str, Any]:
    """Put the options together to what a caller would send over HTTP."""
    written = _json(step) if step else {}
    if not isinstance(written, dict):
        raise click.UsageError(f"{step} is no JSON object")
    options = {
        "statement": _text(statement),
        "id": step_id if step_id is not None else written.get("id") or STEP_ID,
        "output_schema": _schema(output_schema),
        "input_schema": _schema(input_schema),
        "checkpoint_column": checkpoint_column,
    }
    written.update({name: value for name, value in options.items() if value is not None})
    inputs: dict[str, Any] = {}
    if rows:
        inputs["INPUT_DATA"] = _json(rows)
    if checkpoint is not None:
        inputs["DATA_CHECKPOINT"] = _parsed(checkpoint, "--checkpoint")
    return {"step": written, "inputs": inputs}


def in_environment(name: str | None, request: dict[str, Any]) -> dict[str, Any]:
    """Give the request as it runs in that environment, with the profile of the same name."""
    if name is None:
        return request
    profiles = read_manifest(CHECKOUT / "connector_manifest.json").profiles
    profile = {"profile": name} if name in profiles else {}
    step = {**request["step"], "environment": name, **profile}
    return {**request, "step": step, "inputs": {**request["inputs"]}}


def _schema(named: str | None) -> Any:
    return _json(Path(named)) if named and _is_file(named) else named


def _is_file(named: str) -> bool:
    try:
        return Path(named).is_file()
    except OSError:  # too long for a file's name
        return False


def _json(file: Path) -> Any:
    return _parsed(_text(file), str(file))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file} cannot be read: {error}") from error


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{where} is not JSON: {error}") from error


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")


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
