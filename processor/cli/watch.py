"""`processor watch`: run a statement again whenever one of its files changes."""

import asyncio
import sys
import tempfile
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any, Final, TypeAlias

import click
import msgspec

from processor import wiring
from processor.comparison import Difference, compare, found_key
from processor.config import CHECKOUT, Settings
from processor.errors import InputMismatch, Refusal
from processor.logs import set_up_logs
from processor.values import Rows

from .endings import ends_as_told
from .inputs import text_of, with_rows
from .main import Context
from .report import FORMATS, show_cycle, show_failure, show_logs, show_rows
from .run import cycles_of, run_once
from .step import in_environment, named_in, request_for, step_options

POLL_SECONDS: Final = 0.2

_Stamps: TypeAlias = tuple[tuple[int, int] | None, ...]


@click.command("watch")
@step_options
@click.option("--env", help="The environment, with the profile of that name where there is one.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--runs", type=click.IntRange(1), help="Stop after so many runs.")
@click.pass_obj
def watch(
    context: Context,
    /,
    *,
    statement: Path,
    env: str | None,
    form: str,
    runs: int | None,
    **options: Any,
) -> None:
    """
    Run the Python statement in the file STATEMENT, and again whenever one of its files changes.

    STATEMENT may be a step's folder. Every run starts from the same checkpoint and keeps nothing;
    how its rows differ from those of the run before is told in a line. Ends with Ctrl-C.
    """
    settings = context.configuration.settings
    set_up_logs(settings.log_format, quiet=True)
    watching = _Watching(statement, env, form, options)
    try:
        with ends_as_told(), tempfile.TemporaryDirectory() as folder:
            chosen = msgspec.structs.replace(settings, data_dir=folder)
            asyncio.run(watching.go_on(chosen, runs))
    except KeyboardInterrupt:
        click.echo(err=True)


class _Watching:
    """What is watched, and the rows of the last run that had any."""

    def __init__(
        self, statement: Path, env: str | None, form: str, options: dict[str, Any]
    ) -> None:
        self._statement = statement
        self._env = env
        self._form = form
        self._options = options
        schemas = (options["input_schema"], options["output_schema"])
        self._files = [statement, *(each for each in options.values() if isinstance(each, Path))]
        self._files += [Path(name) for name in schemas if name]
        self._seen: _Stamps | None = None
        self._rows: Rows | None = None

    async def go_on(self, settings: Settings, runs: int | None) -> None:
        """Run, wait for a change, and so on."""
        warms = named_in(text_of(self._statement))
        async with wiring.opened(settings, CHECKOUT, warms=warms) as processor:
            for _ in islice(count(), runs):
                await self._change()
                # Looked at before the run: what changes while it goes on is a change.
                self._seen = self._stamps()
                await self._run(processor)

    def _stamps(self) -> _Stamps:
        """Give what changes with each file; a file that is being replaced has nothing."""
        return tuple(map(_stamp, self._files))

    async def _change(self) -> None:
        """Wait until a file is another than at the last run, and has been written to its end."""
        before = self._seen
        while (now := self._stamps()) == self._seen or (self._seen is not None and now != before):
            before = now
            await asyncio.sleep(POLL_SECONDS)

    async def _run(self, processor: wiring.Processor) -> None:
        if sys.stdout.isatty():
            click.clear()
        try:
            request = in_environment(self._env, request_for(self._statement, **self._options))
            request["commit"] = False
            request = await with_rows(request, processor.schemas)
            async for run in cycles_of(partial(run_once, processor), request, 1):
                show_logs(run)
                if run.state != "succeeded":
                    show_failure(run, self._statement)
                    continue
                rows: Rows = msgspec.json.decode(run.rows)
                show_rows(rows, self._form)
                show_cycle(run)
                self._tell_difference(rows)
        except (click.UsageError, Refusal, InputMismatch) as error:
            # A file that is half written, or a mistake in it: the next change may mend it.
            click.echo(f"processor: {error}", err=True)

    def _tell_difference(self, rows: Rows) -> None:
        if self._rows is not None:
            found = compare(self._rows, rows, found_key(self._rows, rows))
            click.echo(f"since the last run: {_summary(found)}", err=True)
        self._rows = rows


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _summary(found: Difference) -> str:
    if found.equal:
        return "the same rows"
    counts = (
        (found.added_rows.count, "added"),
        (found.removed_rows.count, "removed"),
        (found.changed_rows, "changed"),
    )
    told = [f"{number} {word}" for number, word in counts if number]
    columns = ", ".join(each.column for each in found.columns)
    return ", ".join(told) + (f" (in {columns})" if columns else "")
