"""`processor replay`: a recorded run, made again."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from processor import wiring
from processor.capsule import Outcome, Reason, Record, outcome_of, reasons
from processor.comparison import compare, found_key
from processor.config import CHECKOUT, Settings
from processor.logs import set_up_logs
from processor.run import Run

from .differences import DIFFERENT, show_columns
from .endings import ends_as_told
from .inputs import with_variables
from .main import Context
from .records import record_in, this_version
from .run import run_once
from .step import in_environment, named_in

EQUAL: Final = 0


@click.command("replay")
@click.argument("record", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--var", metavar="NAME=VALUE", multiple=True, help="A variable that was left out.")
@click.option("--env", help="Another environment than the recorded one.")
@click.option(
    "--format", "form", type=click.Choice(["human", "json"]), default="human", show_default=True
)
@click.pass_obj
def replay(
    context: Context, record: Path, var: tuple[str, ...], env: str | None, form: str
) -> None:
    """
    Make the run in the file RECORD again: one that `run --record` wrote, or a capsule.

    Exits with 0 where it ends alike: with the same rows byte for byte, or with the same error in
    the same line. Else with 1, after a second run and a report of what made the difference.
    """
    settings = context.configuration.settings
    set_up_logs(settings.log_format, quiet=True)
    recorded = record_in(record)
    request: dict[str, Any] = {"step": recorded.step, "inputs": dict(recorded.inputs)}
    request = {**in_environment(env, with_variables(request, var)), "commit": False}
    with ends_as_told(), tempfile.TemporaryDirectory() as folder:
        chosen = msgspec.structs.replace(settings, data_dir=folder)
        first, second = asyncio.run(_twice(chosen, request, recorded))
    outcomes = outcome_of(first), outcome_of(second)
    alike = _alike(recorded.outcome, outcomes[0])
    environment: dict[str, str] = msgspec.json.decode(first.environment)
    left_out = [
        name for name in recorded.left_out if not any(v.startswith(f"{name}=") for v in var)
    ]
    given = msgspec.structs.replace(recorded, left_out=left_out)
    found = [] if alike else [*reasons(given, environment, this_version(), outcomes)]
    _show(recorded, outcomes[0], found, form)
    raise SystemExit(EQUAL if alike else DIFFERENT)


async def _twice(settings: Settings, request: dict[str, Any], recorded: Record) -> tuple[Run, Run]:
    """Run once, and where that ends otherwise once more: chance would differ from itself too."""
    warms = named_in(str(request["step"].get("statement", "")))
    async with wiring.opened(settings, CHECKOUT, warms=warms) as processor:
        first = await run_once(processor, request)
        alike = _alike(recorded.outcome, outcome_of(first))
        return first, first if alike else await run_once(processor, request)


def _alike(recorded: Outcome, given: Outcome) -> bool:
    """Compare rows byte for byte; of failures the code, the type and the line."""
    return recorded.failure == given.failure and recorded.rows_sha256 == given.rows_sha256


def _show(recorded: Record, given: Outcome, found: list[Reason], form: str) -> None:
    before, after = (msgspec.json.decode(each.rows) or [] for each in (recorded.outcome, given))
    difference = compare(before, after, found_key(before, after))
    if form == "json":
        report = {
            "equal": _alike(recorded.outcome, given),
            "recorded": {"state": recorded.outcome.state, "error": recorded.outcome.error},
            "replayed": {"state": given.state, "error": given.error},
            "reasons": found,
            "rows": difference,
        }
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
        return
    if _alike(recorded.outcome, given):
        click.echo(f"equal: {_ending(given, len(after))}")
        return
    click.echo(f"recorded: {_ending(recorded.outcome, len(before))}")
    click.echo(f"replayed: {_ending(given, len(after))}")
    show_columns(difference, ("recorded", "replayed"))
    for reason in found:
        click.echo(f"because[{reason.what}]: {reason.message}")
    if not found:
        click.echo("nothing around it has changed that the record knows of")


def _ending(outcome: Outcome, count: int) -> str:
    if outcome.error is None:
        return f"{count} row{'s' if count != 1 else ''}, byte for byte {outcome.rows_sha256[:12]}"
    line = f" in line {outcome.error['line']}" if outcome.error["line"] else ""
    return f"{outcome.error['code']}{line}: {outcome.error.get('message')}"
