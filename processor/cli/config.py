"""`processor config`: the settings in force."""

import re
from typing import Any

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
        shown = "***" if value and key.endswith(("secret", "token", "jwt.keys")) else _masked(value)
        click.echo(f"{key} = {shown!r}  # {configuration.sources[key]}")


def _masked(value: Any) -> Any:
    """
    Hide who signs in at an address.

    >>> _masked("https://me:secret@a.example/simple")
    'https://***@a.example/simple'
    """
    return re.sub(r"//[^/@]*@", "//***@", value) if isinstance(value, str) else value
