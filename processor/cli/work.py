"""`processor work`: performs deferred runs, until it is told to stop."""

import asyncio
from pathlib import Path

import click

from processor import wiring
from processor.config import CHECKOUT
from processor.errors import ProcessorFault
from processor.logs import set_up_logs

from .main import OUR_FAULT, Context


@click.command("work")
@click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of the store.")
@click.option("--store", help="`sqlite:`, `sqlite:FOLDER` or `postgresql://…`.")
@click.pass_obj
def work(context: Context, data_dir: Path | None, store: str | None) -> None:
    """Perform deferred runs until a SIGTERM or SIGINT; prints `working on …` once it does."""
    flags = {"data_dir": data_dir and str(data_dir), "store": store}
    settings = context.with_flags(**flags).settings
    set_up_logs(settings.log_format)
    try:
        asyncio.run(wiring.work(settings, CHECKOUT, ready=click.echo))
    except ProcessorFault as error:
        click.echo(f"processor: {error}", err=True)
        raise SystemExit(OUR_FAULT) from error
