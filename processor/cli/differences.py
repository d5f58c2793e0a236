"""What differs between two lists of rows, as commands print it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import click
import msgspec

from processor.comparison import Cell, Difference, written

from .env import show_table
from .report import WIDEST

DIFFERENT: Final = 1
"""What a command exits with where rows differ."""

key_columns = click.option(
    "--key",
    multiple=True,
    metavar="COLUMN",
    help="A column that tells rows apart. May be repeated.",
)


def show_difference(
    found: Difference, sides: Sequence[Mapping[str, Any]], names: tuple[str, str], form: str
) -> None:
    """Print what differs; `sides` says in JSON what was compared, `names` in the table."""
    if form == "json":
        before, after = sides
        report = {"equal": found.equal, "before": before, "after": after}
        report |= msgspec.to_builtins(found)
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
        return
    if found.equal:
        count = found.same_rows
        click.echo(f"equal: {count} {'row' if count == 1 else 'rows'}")
    show_columns(found, names)
    if found.repeated_keys:
        told = f"warning: rows that repeat a key, matched in order: {found.repeated_keys}"
        click.echo(told, err=True)


def show_columns(found: Difference, names: tuple[str, str]) -> None:
    """Print the columns that differ, and the rows that one side has alone."""
    if found.columns:
        place = "row" if found.key is None else ", ".join(found.key)
        show_table(["column", "differing", place, *names], list(_lines(found, place, names)))
    for name, only in zip(names, (found.removed_rows, found.added_rows), strict=True):
        if only.first is not None:
            click.echo(f"only in {name}: {only.count} of its rows, from row {only.first}")


def _lines(found: Difference, place: str, names: tuple[str, str]) -> Iterator[dict[str, str]]:
    """Give one line of the table for each example, the column's own figures on its first."""
    for column in found.columns:
        figures = {"column": column.column, "differing": str(column.differing)}
        for change in column.examples:
            sides = zip(names, (change.before, change.after), strict=True)
            told = {name: _shortened(side) for name, side in sides}
            at = str(change.row) if change.key is None else _short(change.key)
            yield {"column": " ", "differing": " ", **figures, place: at, **told}
            figures = {}


def _shortened(side: Cell) -> str:
    """Give a cell as a table shows it."""
    return "absent" if side.type == "absent" else f"{_short(written(side.value))} ({side.type})"


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
