"""What commands print of a run."""

import json
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from processor.errors import OutputLimit
from processor.formats import rows_to_csv, rows_to_ndjson
from processor.run import Run
from processor.runtime.contract import Figure

from .places import heading, lines_as_shown, show_place

FORMATS: Final = ("table", "json", "ndjson", "csv")
WIDEST: Final = 40


def show_rows(rows: list[dict[str, Any]], form: str) -> None:
    """Print rows to standard output."""
    if form == "table":
        click.echo(_table(rows))
        return
    content = json.dumps(rows, ensure_ascii=False).encode()
    match form:
        case "ndjson":
            click.echo(rows_to_ndjson(content), nl=False)
        case "csv":
            click.echo(_csv(content), nl=False)
        case _:
            click.echo(content)


def show_result(run: Run) -> None:
    """Print a node's answer to standard output, and what it streamed to standard error."""
    for event in msgspec.json.decode(run.streams):
        click.echo(f"{event['type']}: {json.dumps(event['data'], ensure_ascii=False)}", err=True)
    click.echo(bytes(run.result))


def save_figure(figure: Figure, place: Path) -> None:
    """Save a figure in both forms, and tell the files on standard error."""
    for suffix, content in ((".png", figure.png), (".svg", figure.svg)):
        file = place.with_name(place.name + suffix)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        except OSError as error:
            raise click.UsageError(f"{file} cannot be written: {error}") from error
        click.echo(f"figure: {file}", err=True)


def show_logs(run: Run) -> None:
    """Print what the author logged to standard error."""
    for entry in msgspec.json.decode(run.logs):
        line = f" (line {entry['line']})" if entry["line"] else ""
        click.echo(f"{entry['level']:>5}: {entry['message']}{line}", err=True)


def show_cycle(run: Run) -> None:
    """Print what a run gave, and where its checkpoint is now, to standard error."""
    moved = ""
    if run.checkpoint is not None and run.checkpoint.committed:
        before, after = bytes(run.checkpoint.before).decode(), bytes(run.checkpoint.after).decode()
        moved = f", checkpoint {before} -> {after}"
    if run.row_count is None:
        return
    count = run.row_count
    click.echo(f"{count} row{'s' if count != 1 else ''}{moved}", err=True)


def show_failure(run: Run, file: Path) -> None:
    """Print why a run failed to standard error, with the author's line and a caret."""
    show_error(msgspec.json.decode(run.error), file)


def show_error(error: dict[str, Any], file: Path) -> None:
    """Print an error, as it is told of a run, to standard error."""
    click.echo(f"{heading('error', error['code'])}: {error['message']}", err=True)
    for place in error["findings"] or [error]:
        if place["line"] is not None:
            _show_place(place, file)
    if error["hint"] and not error["findings"]:
        click.echo(f"  hint: {error['hint']}", err=True)
    for mismatch in error["mismatches"]:
        click.echo(f"  {mismatch['pointer']}: {mismatch['message']}", err=True)
    hidden = error["mismatch_count"] - len(error["mismatches"])
    if hidden > 0:
        click.echo(f"  and {hidden} more", err=True)


def _show_place(place: dict[str, Any], file: Path) -> None:
    show_place(place, file, lines_as_shown(file.read_bytes().decode()), err=True)
    if place.get("findings") is None and place["hint"]:
        click.echo(f"      = {place['hint']}", err=True)


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _csv(content: bytes) -> bytes:
    try:
        return rows_to_csv(content, None)
    except OutputLimit as error:
        click.echo(f"processor: {error.code}: {error.message}", err=True)
        raise SystemExit(error.exit_code) from error


def _table(rows: list[dict[str, Any]]) -> str:
    columns = _columns(rows)
    if not columns:
        return "(no rows)"
    cells = [columns, *([_short(row, name) for name in columns] for row in rows)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    lines = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def _short(row: dict[str, Any], name: str) -> str:
    text = _cell(row.get(name)).replace("\n", "\\n")
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
