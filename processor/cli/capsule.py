"""`processor capsule`: a run that fails, as one small file without readable data."""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Final

import click
import msgspec

from processor import wiring
from processor.capsule import (
    Outcome,
    Record,
    leaves,
    minimised,
    outcome_of,
    redacted,
    replaced,
    written_record,
)
from processor.config import CHECKOUT, Settings
from processor.logs import set_up_logs
from processor.run import Run

from .endings import ends_as_told
from .inputs import with_rows
from .main import Context
from .records import record_of, write_record
from .report import show_failure
from .run import run_once
from .step import in_environment, named_in, request_for, step_options

SUCCEEDED: Final = 1
"""What the command exits with where the run does not fail."""
MOST_RUNS: Final = 300
MOST_SECONDS: Final = 300.0
"""For all runs but the first and the last: what fails by its time limit takes long each time."""


@click.command("capsule")
@step_options
@click.option("--env", help="The environment, with the profile of that name where there is one.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("step.capsule"),
    show_default=True,
    help="The file to write.",
)
@click.pass_obj
def capsule(
    context: Context, /, *, statement: Path, env: str | None, output: Path, **options: Any
) -> None:
    """
    Run the Python statement in the file STATEMENT, and put its failure into one small file.

    Rows and columns are left out, and values made unreadable, as long as the statement still fails
    in the same line with the same error. The statement itself goes along as it is; sensitive
    variables do not. `processor replay` opens the file elsewhere.
    """
    settings = context.configuration.settings
    set_up_logs(settings.log_format, quiet=True)
    request = {**in_environment(env, request_for(statement, **options)), "commit": False}
    with ends_as_told(), tempfile.TemporaryDirectory() as folder:
        chosen = msgspec.structs.replace(settings, data_dir=folder)
        record, run = asyncio.run(_captured(chosen, request))
    if record is None:
        click.echo("the run succeeds: there is no failure to keep", err=True)
        raise SystemExit(SUCCEEDED)
    show_failure(run, statement)
    write_record(output, written_record(record))
    for place in record.kept_as_they_are:
        click.echo(f"kept as it is, the failure needs it: {place}", err=True)


async def _captured(settings: Settings, request: dict[str, Any]) -> tuple[Record | None, Run]:
    warms = named_in(request["step"]["statement"])
    async with wiring.opened(settings, CHECKOUT, warms=warms) as processor:
        request = await with_rows(request, processor.schemas)
        run = await run_once(processor, request)
        if run.state == "succeeded":
            return None, run
        failing = _Failing(processor, request, outcome_of(run))
        inputs, kept = await failing.unreadable(await failing.smallest())
        last = await run_once(processor, {**request, "inputs": _raw(inputs)})
        record = record_of({**request, "inputs": _raw(inputs)}, last)
        return msgspec.structs.replace(record, kept_as_they_are=kept), last


def _raw(inputs: dict[str, Any]) -> dict[str, msgspec.Raw]:
    return {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in inputs.items()}


class _Failing:
    """A request that fails, and how; asked again and again whether another one fails alike."""

    def __init__(
        self, processor: wiring.Processor, request: dict[str, Any], outcome: Outcome
    ) -> None:
        self._processor = processor
        self._request = request
        self._outcome = outcome
        self._runs = 0
        self._until = monotonic() + MOST_SECONDS

    async def _alike(self, inputs: dict[str, Any]) -> bool:
        """Tell whether these inputs fail in the same way; once too often asked, say no."""
        if self._runs == MOST_RUNS or monotonic() > self._until:
            return False
        self._runs += 1
        if sys.stderr.isatty():
            click.echo(f"\rrun {self._runs}\x1b[K", err=True, nl=False)
        run = await run_once(self._processor, {**self._request, "inputs": _raw(inputs)})
        return outcome_of(run).failure == self._outcome.failure

    async def smallest(self) -> dict[str, Any]:
        """Leave out rows, then columns, of every input that has some."""
        given = self._request["inputs"]
        inputs = {name: msgspec.json.decode(value) for name, value in given.items()}
        for name in [name for name, value in inputs.items() if isinstance(value, list)]:
            if name == "DATA_CHECKPOINT":
                continue
            inputs[name] = await minimised(inputs[name], partial(self._with_rows, inputs, name))
            if not all(isinstance(row, dict) for row in inputs[name]):
                continue  # what fails is that some rows are none
            columns = [*dict.fromkeys(column for row in inputs[name] for column in row)]
            left = await minimised(columns, partial(self._with_columns, inputs, name))
            inputs[name] = _narrowed(inputs[name], left)
        return inputs

    async def _with_rows(self, inputs: dict[str, Any], name: str, rows: list[Any]) -> bool:
        return await self._alike({**inputs, name: rows})

    async def _with_columns(self, inputs: dict[str, Any], name: str, columns: list[str]) -> bool:
        return await self._alike({**inputs, name: _narrowed(inputs[name], columns)})

    async def unreadable(self, inputs: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Make values unreadable, all that the failure does not need; tell the others' places."""
        places = {path: redacted(_at(inputs, path)) for path in leaves(inputs)}

        async def needed(kept: Sequence[Any]) -> bool:
            others = {path: value for path, value in places.items() if path not in set(kept)}
            changed = replaced(inputs, others)
            assert isinstance(changed, dict), "as it was"
            return await self._alike(changed)

        kept = await minimised([*places], needed)
        others = {path: value for path, value in places.items() if path not in set(kept)}
        changed = replaced(inputs, others)
        assert isinstance(changed, dict), "as it was"
        return changed, ["/" + "/".join(map(str, path)) for path in kept]


def _narrowed(rows: list[dict[str, Any]], columns: Sequence[str]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in row if name in columns} for row in rows]


def _at(value: Any, path: Sequence[Any]) -> Any:
    for part in path:
        value = value[part]
    return value
