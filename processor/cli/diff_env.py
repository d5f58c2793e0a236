"""`processor diff-env`: a step in two environments, and which rows and types differ."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeAlias

import click

from processor.config import CHECKOUT
from processor.logs import set_up_logs
from processor.manifest import read_manifest
from processor.run import Run

from .env import as_format, show_table
from .main import Context
from .report import WIDEST
from .run import exit_code, in_environment, request_for, run_cycles, step_options

DIFFERENT: Final = 1
"""What the command exits with where the rows differ."""
EXAMPLES: Final = 3
"""As many cells of a column are shown."""

Rows: TypeAlias = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One value and its JSON type; `absent` where the row has no such column."""

    value: Any
    type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One cell before and after, in the row at that position."""

    row: int
    before: Cell
    after: Cell


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnDifference:
    """How many cells of a column differ, and the first of them."""

    column: str
    differing: int
    examples: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Surplus:
    """Rows that only one side has: how many, and the position of the first."""

    count: int
    first: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What differs between two lists of rows; rows are the same where their position is."""

    columns: tuple[ColumnDifference, ...]
    removed_rows: Surplus
    added_rows: Surplus

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.columns or self.removed_rows.count or self.added_rows.count)


@click.command("diff-env")
@step_options
@click.option(
    "--env", default="current", show_default=True, help="What to compare the default one with."
)
@as_format
@click.pass_obj
def diff_env(
    context: Context,
    /,
    *,
    statement: Path,
    cycles: int,
    env: str,
    form: str,
    data_dir: Path | None,
    **options: Any,
) -> None:
    """
    Run the Python statement in the file STATEMENT in two environments, and show what differs.

    Both start from the same checkpoint. One that is kept under --step-id does not move, so there
    is one cycle then. Exits with 0 where the rows are equal, 1 where they differ, and as the run
    itself where one fails.
    """
    settings = context.with_flags(data_dir=data_dir and str(data_dir)).settings
    set_up_logs(settings.log_format, quiet=True)
    kept = options["step_id"] is not None
    if kept and cycles > 1:
        raise click.UsageError("--cycles moves the checkpoint, and --step-id names a kept one")
    request = {**request_for(statement, **options), "commit": not kept}
    folder = settings.data_dir if kept else None
    names = (default_environment(), env)
    if names[0] == names[1]:
        raise click.UsageError(f"{env} is the default environment: name another one")
    before, after = rows_of_each(
        names, lambda asked: run_cycles(settings, folder, statement, asked, cycles), request
    )
    found = difference(before, after)
    show(found, names, (len(before), len(after)), form)
    raise SystemExit(0 if found.equal else DIFFERENT)


def default_environment() -> str:
    """Give the environment of a step that names none."""
    return read_manifest(CHECKOUT / "connector_manifest.json").default_profile.environment


def rows_of_each(
    names: tuple[str, ...],
    run: Callable[[dict[str, Any]], tuple[Rows, Run]],
    request: dict[str, Any],
) -> list[Rows]:
    """Run the request in each environment; exits as the first run that failed."""
    sides: list[Rows] = []
    failed = 0
    for name in names:
        click.echo(f"in {name}:", err=True)
        rows, last = run(in_environment(name, request))
        sides.append(rows)
        if last.state != "succeeded":
            click.echo(f"processor: the run in {name} failed", err=True)
            failed = failed or exit_code(last)
    if failed:
        raise SystemExit(failed)
    return sides


def difference(before: Rows, after: Rows) -> Difference:
    """
    Compare rows by their position, each cell by its value and its JSON type.

    >>> difference([{"a": 1}], [{"a": 1.0}]).columns[0].examples[0].after
    Cell(value=1.0, type='number')
    """
    names = dict.fromkeys(name for rows in (before, after) for row in rows for name in row)
    columns = (column_difference(name, before, after) for name in names)
    return Difference(
        columns=tuple(column for column in columns if column.differing),
        removed_rows=surplus(before, after),
        added_rows=surplus(after, before),
    )


def column_difference(column: str, before: Rows, after: Rows) -> ColumnDifference:
    """Compare one column in the rows that both sides have."""
    found = changes(column, before, after)
    examples = tuple(islice(found, EXAMPLES))
    return ColumnDifference(
        column=column, differing=len(examples) + sum(1 for _ in found), examples=examples
    )


def changes(column: str, before: Rows, after: Rows) -> Iterator[Change]:
    """Give every cell of a column that differs."""
    for position, (old, new) in enumerate(zip(before, after, strict=False)):
        if (column in old) != (column in new) or written(old.get(column)) != written(
            new.get(column)
        ):
            yield Change(row=position, before=cell(old, column), after=cell(new, column))


def surplus(rows: Rows, others: Rows) -> Surplus:
    """Give the rows that have no counterpart on the other side."""
    count = max(len(rows) - len(others), 0)
    return Surplus(count=count, first=len(others) if count else None)


def cell(row: dict[str, Any], column: str) -> Cell:
    """Give a row's cell; one that is not there has no value."""
    if column not in row:
        return Cell(value=None, type="absent")
    return Cell(value=row[column], type=json_type(row[column]))


def json_type(value: Any) -> str:
    """
    Name a value's type as a JSON Schema does.

    >>> [json_type(value) for value in (None, True, 1, 1.5, "a", [], {})]
    ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']
    """
    return _JSON_TYPES[type(value)]


_JSON_TYPES: Final = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def written(value: Any) -> str:
    """Write a value so that two are the same text where they are equal and of the same type."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def show(found: Difference, names: tuple[str, str], counts: tuple[int, int], form: str) -> None:
    """Print what differs."""
    if form == "json":
        before, after = (
            {"environment": name, "row_count": count}
            for name, count in zip(names, counts, strict=True)
        )
        report = {"equal": found.equal, "before": before, "after": after, **asdict(found)}
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    if found.equal:
        click.echo(f"equal: {counts[0]} {'row' if counts[0] == 1 else 'rows'}")
    if found.columns:
        show_table(["column", "differing", "row", *names], list(lines(found, names)))
    for name, only in zip(names, (found.removed_rows, found.added_rows), strict=True):
        if only.first is not None:
            click.echo(f"only in {name}: {only.count} of its rows, from row {only.first}")


def lines(found: Difference, names: tuple[str, str]) -> Iterator[dict[str, str]]:
    """Give one line of the table for each example, the column's own figures on its first."""
    for column in found.columns:
        figures = {"column": column.column, "differing": str(column.differing)}
        for change in column.examples:
            sides = zip(names, (change.before, change.after), strict=True)
            told = {name: shortened(side) for name, side in sides}
            yield {"column": " ", "differing": " ", **figures, "row": str(change.row), **told}
            figures = {}


def shortened(side: Cell) -> str:
    """Give a cell as a table shows it."""
    if side.type == "absent":
        return "absent"
    text = written(side.value)
    shown = text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
    return f"{shown} ({side.type})"
