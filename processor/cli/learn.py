"""The schema of the rows that a statement gives, written into its step's file."""

import json
from pathlib import Path
from typing import Any

import click
import msgspec

from processor.draft import written_step
from processor.errors import OutputMismatch
from processor.inference import infer, source_of
from processor.run import Run
from processor.values import Rows

from .endings import ends_as_told
from .inputs import as_json, text_of


def taking_any_rows(request: dict[str, Any]) -> dict[str, Any]:
    """Give a request whose output schema takes whatever rows come."""
    if request["step"].get("processing") == "row":
        raise click.UsageError("--learn-schema would take the input's columns for the output's")
    return {**request, "step": {**request["step"], "output_schema": {"type": "array"}}}


def learn_schema(file: Path | None, rows: Rows) -> None:
    """Write the schema of these rows into the step's file, beside what it says already."""
    if file is None:
        raise click.UsageError("--learn-schema writes into the step's file: name one with --step")
    with ends_as_told():
        schema = source_of(infer(rows))
    step = json.loads(bytes(as_json(text_of(file), str(file))))
    new = file.with_name(f".{file.name}.new")
    try:
        new.write_text(written_step({**step, "output_schema": schema}), "utf-8")
        new.replace(file)
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error}") from error
    click.echo(f"written: {file}", err=True)


def suggest_learning(run: Run) -> None:
    """Say how a schema is brought up to rows that do not match it."""
    error = msgspec.json.decode(run.error)
    if error is not None and error["code"] == OutputMismatch.code:
        hint = "where the rows are right, --learn-schema writes their schema into the step's file"
        click.echo(f"  hint: {hint}", err=True)
