"""The `processor` command; its subcommands are imported when they are called."""

import errno
import importlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from processor.config import (
    CHECKOUT,
    BadSettings,
    Configuration,
    environment_for_tools,
    read_configuration,
)
from processor.identity import DEFAULT_TENANT, Tenant

_COMMANDS: Final = {
    "serve": "Serve the HTTP interface.",
    "new": "Make a folder with a step that runs.",
    "work": "Perform deferred runs.",
    "copy-state": "Copy all that a store keeps into another one.",
    "migrate": "Bring the store's tables to this version.",
    "run": "Run a statement from a file.",
    "watch": "Run a statement whenever one of its files changes.",
    "check": "Check a statement in a file, without running it.",
    "test": "Run the cases of steps, and compare.",
    "simulate": "Simulate cycles of a statement over the same rows.",
    "replay": "Make a recorded run again, and tell what differs.",
    "capsule": "Put a failing run into one small file without readable data.",
    "infer-schema": "Infer a schema from a file of rows.",
    "diff": "Compare two files of rows.",
    "diff-env": "Run a statement in two environments, and show what differs.",
    "checkpoint": "Look at, set and reset checkpoints.",
    "keys": "Make API keys for callers, and revoke them.",
    "env": "Build the statement environments, and look at them.",
    "completion": "Print what a shell completes commands by.",
    "config": "Show the settings in force.",
    "bench": "Measure this machine against yardsticks.",
    "jail": "Show the walls around a run, and try them.",
    "doctor": "Check that this machine can serve.",
}
_UNWRITTEN: Final = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
USAGE_ERROR: Final = 2
OUR_FAULT: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What every command is handed."""

    configuration: Configuration

    @property
    def environments_dir(self) -> Path:
        """Where built environments stand."""
        return Path(self.configuration.settings.environments_dir)

    @property
    def locks_dir(self) -> Path:
        """Where their locks are."""
        return CHECKOUT / "locks"

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment of this process, for the package tools."""
        return environment_for_tools()

    def with_flags(self, **flags: Any) -> Configuration:
        """Give the settings as a command's own flags change them."""
        return configured(self.file, flags)

    file: Path | None = None
    """The settings file that was named."""
    url: str | None = None
    """The service that a group of commands asks; None where this machine does it."""
    tenant: Tenant = DEFAULT_TENANT
    """Whose a group of commands looks at in the data folder."""


class _Commands(click.Group):
    """Lists the commands without importing them: most of what one needs, the others do not."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """See click; a full disk behind standard output is told in a line."""
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            if error.errno not in _UNWRITTEN or error.filename is not None:
                raise
            click.echo(f"processor: the output cannot be written: {error.strerror}", err=True)
            _forget_what_is_left()
            raise SystemExit(OUR_FAULT) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        module = importlib.import_module(f"processor.cli.{name}")
        command: click.Command = getattr(module, name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name without importing any; options as click does."""
        found = [
            CompletionItem(name, help=told)
            for name, told in _COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


def _forget_what_is_left() -> None:
    """Let the interpreter flush into nothing: failing at that, it ends with a status of its own."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)


@click.command(cls=_Commands)
@click.option(
    "--config", "file", type=click.Path(path_type=Path), help="The settings file to read."
)
@click.version_option(package_name="python-processor")
@click.pass_context
def main(ctx: click.Context, file: Path | None) -> None:
    """Run Python statements as steps of an integration."""
    if environment_for_tools().get("NO_COLOR"):  # <https://no-color.org>
        ctx.color = False
    ctx.obj = Context(configuration=configured(file, {}), file=file)


def configured(file: Path | None, flags: Mapping[str, Any]) -> Configuration:
    """Read the settings; what is wrong with them is a mistake in the usage."""
    try:
        return read_configuration(file, flags)
    except BadSettings as error:
        raise click.UsageError(str(error)) from error
