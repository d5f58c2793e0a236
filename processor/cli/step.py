"""Which step a call means: its options and files, put together to what a caller would send."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import click

from processor.cases import input_of
from processor.config import CHECKOUT
from processor.manifest import read_manifest
from processor.schema import OnMismatch
from processor.step import OnRowError, Processing

from .inputs import SECONDARY, SPELLINGS, as_json, given_inputs, text_of

STEP_ID: Final = "processor-run"
"""The step's id where none is given: its checkpoint lives as long as the command."""

Command = TypeVar("Command", bound=Callable[..., object])

_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_OPTIONS: Final = (
    click.argument(
        "statement",
        type=click.Path(exists=True, path_type=Path),
        is_eager=True,
        callback=lambda context, _, given: statement_in(context, given),
    ),
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
)
_KEEPING: Final = (
    click.option("--cycles", type=click.IntRange(1), default=1, show_default=True),
    click.option("--step-id", help="Keep the checkpoint under this id, in the data folder."),
    click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of the store."),
)


def statement_in(context: click.Context, given: Path) -> Path:
    """Give the statement's file; of a step's folder also its other files, as defaults."""
    if not given.is_dir():
        return given
    statement = statement_of(given)
    step, inputs = given / "step.json", input_of(given)
    defaults = {"step": str(step)} if step.is_file() else {}
    if inputs is not None:
        defaults["inputs" if inputs.suffix == ".json" else "input"] = str(inputs)
    context.default_map = {**(context.default_map or {}), **defaults}
    return statement


def statement_of(folder: Path) -> Path:
    """Give the statement's file in a step's folder."""
    statement = folder / "step.py"
    if not statement.is_file():
        raise click.UsageError(f"{folder} has no step.py")
    return statement


def step_options(command: Command) -> Command:
    """Give a command the options that say which step it runs, and with what."""
    return _with(_OPTIONS, command)


def keeping_options(command: Command) -> Command:
    """Give a command the options that say how often it runs and where checkpoints are kept."""
    return _with(_KEEPING, command)


def _with(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def request_for(statement: Path, **options: Any) -> dict[str, Any]:
    """Put the options together to what a caller would send over HTTP, but for rows to be read."""
    file: Path | None = options["step"]
    step = json.loads(bytes(as_json(text_of(file), str(file)))) if file else {}
    if not isinstance(step, dict):
        raise click.UsageError(f"{file} is no JSON object")
    step_id = options.get("step_id")
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


def named_in(text: str) -> Callable[[str], bool]:
    """Tell of a module whether a text mentions it: one run warms no more than it may use."""
    return lambda module: module.partition(".")[0] in text
