"""`processor serve`: the HTTP interface, until it is told to stop."""

import asyncio
from pathlib import Path

import click

from processor import wiring
from processor.config import CHECKOUT
from processor.errors import ProcessorFault
from processor.logs import set_up_logs

from .main import OUR_FAULT, Context


@click.command("serve")
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=int, help="The port to listen on; 0 picks a free one.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of the store.")
@click.option("--store", help="`sqlite:`, `sqlite:FOLDER` or `postgresql://…`.")
@click.option(
    "--role",
    type=click.Choice(["all", "api"]),
    help="Whether it performs deferred runs as well, or leaves them to `processor work`.",
)
@click.pass_obj
def serve(
    context: Context,
    host: str | None,
    port: int | None,
    data_dir: Path | None,
    store: str | None,
    role: str | None,
) -> None:
    """Serve until a SIGTERM or SIGINT; prints `listening on …` once requests are taken."""
    flags = {
        "host": host,
        "port": port,
        "data_dir": data_dir and str(data_dir),
        "role": role,
        "store": store,
    }
    configuration = context.with_flags(**flags)
    settings = configuration.settings
    set_up_logs(settings.log_format)
    try:
        served = wiring.serve(settings, CHECKOUT, ready=click.echo, sources=configuration.sources)
        asyncio.run(served)
    except ProcessorFault as error:
        click.echo(f"processor: {error}", err=True)
        raise SystemExit(OUR_FAULT) from error
