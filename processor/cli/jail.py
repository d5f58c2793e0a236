"""`processor jail`: the walls around a run on this machine, and whether they hold."""

import asyncio
import json
from dataclasses import asdict

import click

from processor import wiring
from processor.config import CHECKOUT
from processor.errors import EnvironmentNotReady, ProcessorFault
from processor.logs import set_up_logs
from processor.runtime.forked import Proof

from .env import as_format
from .main import OUR_FAULT, Context


@click.group("jail")
def jail() -> None:
    """Look at the walls around a run on this machine, and try them."""


@jail.command("show")
@as_format
@click.pass_obj
def show(context: Context, form: str) -> None:
    """Show the level of isolation, each wall, and what is missing for a higher level."""
    proof = _proof(context)
    if form == "json":
        walls = {"restrictions": proof.restrictions, "machine": asdict(proof.machine)}
        click.echo(json.dumps({**proof.told(), **walls}, indent=2))
        return
    click.echo(f"level {proof.isolation.level} of 3")
    for wall in proof.restrictions:
        click.echo(f"  {wall}")
    click.echo("this machine gives")
    for line in proof.machine.describe().splitlines():
        click.echo(f"  {line}")
    for each in proof.isolation.lacking():
        click.echo(f"for level {proof.isolation.level + 1}, {each.describe()}")


@jail.command("probe")
@click.pass_obj
def probe(context: Context) -> None:
    """Run a statement that tries to get out; exits with 20 where it can do anything."""
    proof = _proof(context)
    for attempt in proof.attempts:
        click.echo(f"{'BAD' if attempt.stopped is None else 'ok '}  {attempt.describe()}")
    if proof.got_through:
        raise SystemExit(OUR_FAULT)


def _proof(context: Context) -> Proof:
    set_up_logs(context.configuration.settings.log_format, quiet=True)
    try:
        return asyncio.run(wiring.proof(context.configuration.settings, CHECKOUT))
    except (EnvironmentNotReady, ProcessorFault) as error:
        click.echo(f"processor: {error}", err=True)
        raise SystemExit(OUR_FAULT) from error
