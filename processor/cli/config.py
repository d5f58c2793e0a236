"""`processor config`: the settings in force."""

import click

from processor.config import flat_settings

from .main import Context


@click.group("config")
def config() -> None:
    """Show the settings in force."""


@config.command("show")
@click.pass_obj
def show(context: Context) -> None:
    """Print every setting's value and where it came from."""
    configuration = context.configuration
    for key, value in flat_settings(configuration.settings):
        shown = "***" if value and key.endswith("secret") else value
        click.echo(f"{key} = {shown!r}  # {configuration.sources[key]}")
