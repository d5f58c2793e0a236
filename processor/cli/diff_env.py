"""`processor diff-env`: a step in two environments, and which rows and types differ."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from processor.comparison import compare
from processor.config import CHECKOUT
from processor.logs import set_up_logs
from processor.manifest import read_manifest
from processor.run import Run
from processor.values import Rows

from .differences import DIFFERENT, key_columns, show_difference
from .env import as_format
from .main import Context
from .run import exit_code, run_cycles
from .step import in_environment, keeping_options, request_for, step_options


@click.command("diff-env")
@step_options
@keeping_options
@click.option(
    "--env", default="current", show_default=True, help="What to compare the default one with."
)
@key_columns
@as_format
@click.pass_obj
def diff_env(
    context: Context,
    /,
    *,
    statement: Path,
    cycles: int,
    env: str,
    form: str,
    data_dir: Path | None,
    **options: Any,
) -> None:
    """
    Run the Python statement in the file STATEMENT in two environments, and show what differs.

    Both start from the same checkpoint. One that is kept under --step-id does not move, so there
    is one cycle then. Rows are matched by their position, or by --key. Exits with 0 where the rows
    are equal, 1 where they differ, and as the run itself where one fails.
    """
    settings = context.with_flags(data_dir=data_dir and str(data_dir)).settings
    set_up_logs(settings.log_format, quiet=True)
    kept = options["step_id"] is not None
    if kept and cycles > 1:
        raise click.UsageError("--cycles moves the checkpoint, and --step-id names a kept one")
    request = {**request_for(statement, **options), "commit": not kept}
    folder = settings.data_dir if kept else None
    names = (default_environment(), env)
    if names[0] == names[1]:
        raise click.UsageError(f"{env} is the default environment: name another one")
    before, after = rows_of_each(
        names, lambda asked: run_cycles(settings, folder, statement, asked, cycles), request
    )
    found = compare(before, after, options["key"] or None)
    sides = [
        {"environment": name, "row_count": len(rows)}
        for name, rows in zip(names, (before, after), strict=True)
    ]
    show_difference(found, sides, names, form)
    raise SystemExit(0 if found.equal else DIFFERENT)


def default_environment() -> str:
    """Give the environment of a step that names none."""
    return read_manifest(CHECKOUT / "connector_manifest.json").default_profile.environment


def rows_of_each(
    names: tuple[str, ...],
    run: Callable[[dict[str, Any]], tuple[Rows, Run]],
    request: dict[str, Any],
) -> list[Rows]:
    """Run the request in each environment; exits as the first run that failed."""
    sides: list[Rows] = []
    failed = 0
    for name in names:
        click.echo(f"in {name}:", err=True)
        rows, last = run(in_environment(name, request))
        sides.append(rows)
        if last.state != "succeeded":
            click.echo(f"processor: the run in {name} failed", err=True)
            failed = failed or exit_code(last)
    if failed:
        raise SystemExit(failed)
    return sides
