"""`processor completion`: what a shell reads to complete commands and options."""

from typing import Final

import click
from click.shell_completion import get_completion_class

SHELLS: Final = ("bash", "zsh", "fish")
VARIABLE: Final = "_PROCESSOR_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """
    Print what SHELL reads to complete commands and options.

    For bash: `source <(processor completion bash)`; for zsh the same; for fish
    `processor completion fish | source`.
    """
    complete = get_completion_class(shell)
    assert complete is not None, "click knows its own three"
    click.echo(complete(context.find_root().command, {}, "processor", VARIABLE).source())
