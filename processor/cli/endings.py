"""How commands end where nothing could be run."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from processor.errors import EnvironmentNotReady, InputMismatch, ProcessorFault, Refusal

from .main import OUR_FAULT, USAGE_ERROR


@contextmanager
def ends_as_told() -> Iterator[None]:
    """Tell of what kept the block from running, and exit as its kind of error does."""
    try:
        yield
    except InputMismatch as error:
        click.echo(f"processor: {error.code}: {error.message}", err=True)
        raise SystemExit(error.exit_code) from error
    except Refusal as refusal:
        click.echo(f"processor: {refusal.code}: {refusal.message}", err=True)
        ours = isinstance(refusal, EnvironmentNotReady)
        raise SystemExit(OUR_FAULT if ours else USAGE_ERROR) from refusal
    except ProcessorFault as fault:
        click.echo(f"processor: {fault}", err=True)
        raise SystemExit(OUR_FAULT) from fault
