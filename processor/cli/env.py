"""`processor env`: build the statement environments, and look at them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import click

from processor.environment import State, Wheelhouse, build, known, locate, packages, state
from processor.errors import EnvironmentNotReady
from processor.runtime.wasm import LOCK as RUNNER_LOCK
from processor.runtime.wasm import NAME as RUNNER
from processor.runtime.wasm import Runner, build_runner, runner_at

from .named import COMMANDS


class Places(Protocol):
    """What these commands need of the settings."""

    @property
    def environments_dir(self) -> Path:
        """Where built environments stand."""

    @property
    def locks_dir(self) -> Path:
        """Where their locks are."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment of this process, for the package tools."""


class Failed(click.ClickException):
    """A build that failed, or an environment that is not known."""

    exit_code = 20


as_format = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)


@click.group("env")
def env() -> None:
    """Build the statement environments, and look at them."""


for command in COMMANDS:
    env.add_command(command)


@env.command("build")
@click.argument("name", required=False)
@click.pass_obj
def build_command(places: Places, name: str | None) -> None:
    """Build the environment NAME, or every one; `wasm` is the runner. What is built stays."""
    for each in [name] if name else names(places.locks_dir):
        try:
            build_one(each, places.environments_dir, places.locks_dir, environ=places.environ)
        except EnvironmentNotReady as error:
            raise Failed(f"{each}: {error.message}") from error


@env.command("list")
@as_format
@click.pass_obj
def list_command(places: Places, form: str) -> None:
    """List the environments and how far each is."""
    rows = [
        facts(name, places.environments_dir, places.locks_dir) for name in names(places.locks_dir)
    ]
    if form == "json":
        click.echo(json.dumps(rows, indent=2))
    else:
        show_table(["name", "state", "digest", "reason"], rows)


@env.command("show")
@click.argument("name")
@as_format
@click.pass_obj
def show_command(places: Places, name: str, form: str) -> None:
    """Show what the environment NAME is made of."""
    try:
        found = facts(name, places.environments_dir, places.locks_dir)
    except EnvironmentNotReady as error:
        raise Failed(error.message) from error
    installed = contents(name, places.environments_dir, places.locks_dir)
    if form == "json":
        click.echo(json.dumps({**found, "packages": installed}, indent=2))
    else:
        show_table(["", "environment"], [{"": key, "environment": found[key]} for key in found])
        click.echo()
        rows = [{"package": key, "version": installed[key]} for key in installed]
        show_table(["package", "version"], rows)


def names(locks_dir: Path) -> tuple[str, ...]:
    """Name every environment that has a lock, the runner last: it takes longest."""
    runner = (RUNNER,) if (locks_dir / RUNNER_LOCK).exists() else ()
    return *known(locks_dir), *runner


def find(name: str, environments_dir: Path, locks_dir: Path) -> Wheelhouse:
    """Say where the environment of that name stands, built or not; raises EnvironmentNotReady."""
    if name == RUNNER:
        return runner_at(environments_dir, locks_dir)
    return locate(name, environments_dir=environments_dir, locks_dir=locks_dir)


def build_one(
    name: str, environments_dir: Path, locks_dir: Path, *, environ: Mapping[str, str]
) -> None:
    """Build one environment; say so on stderr if there is anything to do."""
    house = find(name, environments_dir, locks_dir)
    if state(house)[0] is not State.READY:
        click.echo(f"building the environment {name}", err=True)
        if isinstance(house, Runner):
            build_runner(house, environ=environ)
        else:
            build(house, environ=environ)


def facts(name: str, environments_dir: Path, locks_dir: Path) -> dict[str, str | None]:
    """Say what is known of an environment, built or not."""
    house = find(name, environments_dir, locks_dir)
    how_far, reason = state(house)
    return {
        "name": name,
        "state": how_far.value,
        "reason": reason,
        "digest": house.digest,
        "python": str(house.python),
        "python_version": house.python_version,
    }


def contents(name: str, environments_dir: Path, locks_dir: Path) -> dict[str, str]:
    """Give the installed packages and their versions; none before the build is done."""
    house = find(name, environments_dir, locks_dir)
    ready = state(house)[0] is State.READY
    return {each.name: each.version for each in packages(house)} if ready else {}


def show_table(columns: Sequence[str], rows: Sequence[Mapping[str, str | None]]) -> None:
    """Print rows under their headings, each column as wide as its widest cell."""
    cells = [list(columns), *([(row.get(column) or "-") for column in columns] for row in rows)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    for line in cells:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())
