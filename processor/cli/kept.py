"""Where a command finds what is kept."""

from pathlib import Path

import click

from processor.config import Settings
from processor.identity import Tenant, read_tenant
from processor.store.opening import Place


def place_of(settings: Settings) -> Place:
    """Give the place of the store that the settings name."""
    return Place(settings.store, Path(settings.data_dir))


def as_tenant(_context: click.Context, _option: click.Parameter, text: str) -> Tenant:
    """Read an option that names a tenant."""
    try:
        return read_tenant(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
