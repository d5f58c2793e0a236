"""`processor migrate`: bring the store's tables to this version."""

import asyncio

import click

from processor.errors import ProcessorFault
from processor.store.opening import migrate as migrate_store

from .kept import place_of
from .main import OUR_FAULT, Context


@click.command("migrate")
@click.option("--store", help="`sqlite:`, `sqlite:FOLDER` or `postgresql://…`.")
@click.pass_obj
def migrate(context: Context, store: str | None) -> None:
    """
    Bring the store's tables to those of this version; what is there is kept.

    Services of the version before may go on meanwhile. Run it before those of this version start:
    on PostgreSQL they refuse other tables than theirs. An embedded store is brought there by them.
    """
    place = place_of(context.with_flags(store=store).settings)
    try:
        revision = asyncio.run(migrate_store(place))
    except ProcessorFault as error:
        click.echo(f"processor: {error}", err=True)
        raise SystemExit(OUR_FAULT) from error
    click.echo(f"the tables of {place} are at {revision}")
