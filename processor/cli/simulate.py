"""`processor simulate`: cycles of a statement over the same rows, and what they prove."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from processor import wiring
from processor.client import Client
from processor.config import CHECKOUT, Settings
from processor.logs import set_up_logs
from processor.simulation import Cycle, Proof, Simulation
from processor.step import decode_simulation

from .differences import key_columns
from .endings import ends_as_told
from .env import show_table
from .inputs import with_rows
from .main import Context
from .places import heading
from .remote import RemoteSchemas, asked, body_of, by_url
from .report import show_error
from .run import error_exit_code
from .step import in_environment, named_in, request_for, step_options

UNSOUND: Final = 1
"""What the command exits with where something speaks against the step."""


@click.command("simulate")
@step_options
@click.option("--cycles", type=click.IntRange(1), default=100, show_default=True, help="At most.")
@key_columns
@click.option(
    "--allow",
    multiple=True,
    metavar="FAULT",
    help="A fault that is none here, such as `left` where the statement filters; repeatable.",
)
@click.option("--env", help="The environment, with the profile of that name where there is one.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@by_url
@click.pass_obj
def simulate(
    context: Context,
    /,
    *,
    statement: Path,
    env: str | None,
    allow: tuple[str, ...],
    form: str,
    url: str | None,
    **options: Any,
) -> None:
    """
    Simulate cycles of the Python statement in the file STATEMENT over the same rows.

    Each starts from the checkpoint that the one before left, until no rows come. Tells which input
    keys came once, twice and never, and which habits of the checkpoint lose rows. Nothing is kept.
    Exits with 0 where every key came once, 1 where something speaks against the step, and as the
    run where a cycle fails.
    """
    settings = context.configuration.settings
    set_up_logs(settings.log_format, quiet=True)
    request = in_environment(env, request_for(statement, **options))
    request |= {"cycles": options["cycles"], "key": list(options["key"]) or None}
    if url is not None:
        found = asked(context, url, partial(_simulated_there, request))
    else:
        with ends_as_told(), tempfile.TemporaryDirectory() as folder:
            chosen = msgspec.structs.replace(settings, data_dir=folder)
            found = asyncio.run(_simulated(chosen, request, _progress(form)))
    _show(found, statement, form)
    if found.end == "failed":
        raise SystemExit(error_exit_code(bytes(found.cycles[-1].error)))
    raise SystemExit(UNSOUND if set(found.faults) - set(allow) else 0)


async def _simulated(
    settings: Settings, request: dict[str, Any], tell: Callable[[Cycle], object]
) -> Simulation:
    warms = named_in(request["step"]["statement"])
    async with wiring.opened(settings, CHECKOUT, warms=warms) as processor:
        request = await with_rows(request, processor.schemas)
        step = msgspec.Raw(json.dumps(request["step"]).encode())
        body = msgspec.json.encode({**request, "step": step})
        order = decode_simulation(body, processor.manifest.profiles)
        return await processor.simulator.simulate(order, tell)


async def _simulated_there(request: dict[str, Any], client: Client) -> Simulation:
    request = await with_rows(request, RemoteSchemas(client))
    return await client.simulate(body_of(request))


def _progress(form: str) -> Callable[[Cycle], object]:
    """Tell of each cycle as it ends, where somebody waits at a terminal."""
    watched = form != "json" and sys.stderr.isatty()

    def tell(cycle: Cycle) -> None:
        if watched:
            line = f"cycle {cycle.number}: {cycle.row_count} rows, checkpoint {_json(cycle.after)}"
            click.echo(f"\r{line}\x1b[K", err=True, nl=False)

    return tell


def _show(found: Simulation, statement: Path, form: str) -> None:
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
        return
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
    show_table(["cycle", "status", "rows", "checkpoint"], [*map(_line, found.cycles)])
    click.echo("\n".join(_verdict(found)))
    if found.end == "failed":
        show_error(msgspec.json.decode(found.cycles[-1].error), statement)


def _line(cycle: Cycle) -> dict[str, str]:
    assert cycle.status is not None, "a cycle has ended"
    return {
        "cycle": str(cycle.number),
        "status": f"{cycle.status.code} {cycle.status.name}",
        "rows": str(cycle.row_count),
        "checkpoint": f"{_json(cycle.before)} -> {_json(cycle.after)}",
    }


def _json(value: msgspec.Raw) -> str:
    text = bytes(value).decode()
    return text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004 (as wide as a cell)


_ENDS: Final = {
    "finished": "the last cycle had no rows left",
    "failed": "the last cycle failed",
    "stalled": "the last cycle gave rows and left the checkpoint where it was: they come for ever",
    "loops": "the checkpoint went back to an earlier value: its rows come for ever",
    "cycles": "as many cycles have run as were asked for; more rows may come",
    "time": "the time for all cycles is over",
}


def _verdict(found: Simulation) -> Iterator[str]:
    yield f"end: {_ENDS[found.end]}"
    if found.coverage is None:
        yield "coverage: no column tells input rows apart and is in the output"
        yield "      = name one with --key, or those that do it together, each with its own --key"
    else:
        yield from _coverage(found.coverage)
    for remark in found.remarks:
        yield f"{heading(remark.severity, remark.code)}: cycle {remark.cycle}: {remark.message}"
        yield f"      = {remark.hint}"
    if found.faults:
        yield click.style(f"faults: {', '.join(found.faults)}", fg="red")
    else:
        yield click.style("proven: every key came once", fg="green")


def _coverage(proof: Proof) -> Iterator[str]:
    yield f"coverage by {', '.join(proof.key)}: {proof.once} of {proof.keys} keys came once"
    for name, told in (
        ("twice or more", proof.twice),
        ("never, and lost", proof.skipped),
        ("never", proof.left),
    ):
        if told.count:
            more = ", …" if told.count > len(told.examples) else ""
            yield f"  {name}: {told.count} ({', '.join(told.examples)}{more})"
    if proof.unknown:
        yield f"  output rows with a key that no input row has: {proof.unknown}"
    if proof.repeated_input:
        yield f"  input rows that repeat a key: {proof.repeated_input}"
