"""`processor copy-state`: all that one store keeps, into another one."""

import asyncio

import click

from processor.errors import ProcessorFault
from processor.store.opening import copy_state as copy_all

from .kept import place_of
from .main import OUR_FAULT, Context


@click.command("copy-state")
@click.argument("source")
@click.argument("target")
@click.pass_obj
def copy_state(context: Context, source: str, target: str) -> None:
    """
    Copy all that the store SOURCE keeps into the store TARGET, which must be empty.

    Both are named as `--store` does. Stop every process that has SOURCE open first; a process that
    ended without a word is waited for. It copies all or nothing, and changes nothing in SOURCE.
    """
    places = [place_of(context.with_flags(store=url).settings) for url in (source, target)]
    try:
        rows = asyncio.run(copy_all(*places))
    except ProcessorFault as error:
        click.echo(f"processor: {error}", err=True)
        raise SystemExit(OUR_FAULT) from error
    click.echo(f"copied {rows:,} rows from {places[0]} to {places[1]}")
