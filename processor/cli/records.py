"""Records of runs, as commands make, write and read them."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import msgspec

from processor.capsule import BrokenRecord, Record, outcome_of, read_record
from processor.run import Run

from .inputs import PRIMARY


def this_version() -> str:
    """Give the product's version."""
    return version("python-processor")


def record_of(request: dict[str, Any], run: Run) -> Record:
    """Give the record of a run that was made by this request; sensitive variables are left out."""
    inputs: dict[str, msgspec.Raw] = {PRIMARY: msgspec.Raw(b"null"), **request["inputs"]}
    if run.checkpoint is not None and "DATA_CHECKPOINT" not in inputs:
        inputs["DATA_CHECKPOINT"] = run.checkpoint.before
    step = request["step"]
    sensitive = (step.get("options") or {}).get("sensitive", [])
    if sensitive:
        variables = msgspec.json.decode(inputs.get("variables", b"{}"))
        public = {name: None if name in sensitive else variables[name] for name in variables}
        inputs["variables"] = msgspec.Raw(msgspec.json.encode(public))
    return Record(
        version=this_version(),
        environment=msgspec.json.decode(run.environment),
        step=step,
        inputs=inputs,
        outcome=outcome_of(run),
        left_out=list(sensitive),
    )


def write_record(file: Path, content: bytes) -> None:
    """Write a record's file."""
    try:
        file.write_bytes(content)
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error}") from error
    click.echo(f"written: {file}", err=True)


def record_in(file: Path) -> Record:
    """Read a record's file; one that holds none is a mistake in the call."""
    try:
        return read_record(file.read_bytes())
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error}") from error
    except BrokenRecord as error:
        raise click.UsageError(f"{file}: {error}") from error
