"""`processor infer-schema`: the schema that the rows of a file seem to have."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from processor.errors import InvalidSchema
from processor.inference import (
    Disagreement,
    Inferred,
    InferredColumn,
    disagreements,
    infer,
    source_of,
)
from processor.schema import Schema, read_schema
from processor.values import Rows

from .endings import ends_as_told
from .env import show_table
from .inputs import as_json, rows_of, spells_all, text_of
from .main import Context
from .places import heading
from .remote import asked, by_url

DISAGREES: Final = 1
"""What the command exits with where rows like these would be refused."""

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("infer-schema")
@click.argument("file", type=_file)
@click.option("--declared", type=_file, help="A schema to compare with: what differs is told.")
@click.option("--output", type=click.Path(path_type=Path), help="Write the schema there.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "schema"]),
    default="table",
    show_default=True,
    help="What was seen as a table or all of it as JSON; or the schema alone.",
)
@by_url
@click.pass_obj
def infer_schema(
    context: Context,
    /,
    *,
    file: Path,
    declared: Path | None,
    output: Path | None,
    form: str,
    url: str | None,
) -> None:
    """
    Infer a schema from the rows of FILE: types, nulls, formats, dates, values to choose from.

    The cells of CSV count as what they spell. Exits with 1 where the schema of --declared would
    refuse rows like these.
    """
    schema = None if declared is None else declared_schema(declared)
    rows = rows_of(file)
    if url is not None:
        found = _inferred_there(context, url, rows, spelled=spells_all(file))
    else:
        with ends_as_told():
            found = infer(rows, spelled=spells_all(file))
    told = () if schema is None else disagreements(found, schema)
    _show(found, told, form)
    if output is not None:
        write_schema(output, found)
    raise SystemExit(DISAGREES if any(each.severity == "error" for each in told) else 0)


def _inferred_there(context: Context, url: str, rows: Rows, *, spelled: bool) -> Inferred:
    there = asked(context, url, lambda client: client.infer_schema(rows, spelled=spelled))
    return Inferred(row_count=there.row_count, columns=there.columns)


def declared_schema(file: Path) -> Schema:
    """Read the schema in a file; one that cannot be used is a mistake in the call."""
    try:
        source: Any = msgspec.json.decode(as_json(text_of(file), str(file)))
        if not isinstance(source, dict):
            raise click.UsageError(f"{file} holds no schema, which is a JSON object")
        return read_schema(source)
    except InvalidSchema as error:
        raise click.UsageError(f"{file}: {error.message}") from error


def write_schema(file: Path, found: Inferred) -> None:
    """Write the schema, a column a line, which is how people change it."""
    columns = source_of(found)["columns"]
    assert isinstance(columns, list), "the column form"
    lines = ",\n".join(f"  {msgspec.json.encode(column).decode()}" for column in columns)
    try:
        file.write_text(f'{{"columns": [\n{lines}\n]}}\n', "utf-8")
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error}") from error
    click.echo(f"written: {file}", err=True)


def _show(found: Inferred, told: tuple[Disagreement, ...], form: str) -> None:
    schema = source_of(found)
    match form:
        case "schema":
            click.echo(msgspec.json.format(msgspec.json.encode(schema), indent=2))
        case "json":
            members = msgspec.to_builtins(found)
            report = {"schema": schema, **members, "difference": told}
            click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
        case _:
            show_table(["column", "type", "null", "seen"], list(_lines(found.columns, "")))
    for each in told if form != "json" else ():
        click.echo(f"{heading(each.severity, each.what)}: {each.message}", err=True)


def _lines(columns: tuple[InferredColumn, ...], above: str) -> Iterator[dict[str, str]]:
    for column in columns:
        missing = f"{column.nulls} of {column.present}" if column.nulls else "where it is absent"
        yield {
            "column": above + column.name,
            "type": column.type,
            "null": missing if column.nullable else "no",
            "seen": _seen(column),
        }
        yield from _lines(column.columns, f"{above}{column.name}.")


def _seen(column: InferredColumn) -> str:
    facts = [column.format or ""]
    if column.least is not None:
        facts.append(f"{column.least} to {column.greatest}")
    if column.values is not None:
        facts.append(f"one of {', '.join(column.values)}")
    elif column.type == "Text" and column.longest is not None and not column.format:
        facts.append(f"at most {column.longest} characters")
    return "; ".join([*filter(None, facts), *column.notes])
