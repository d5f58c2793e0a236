"""What the options and files of a call say of a run's inputs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
import msgspec

from processor.errors import InputMismatch
from processor.formats import MEDIA_TYPES
from processor.schema import Schema, SchemaDocuments, usable
from processor.step import SchemaName
from processor.values import Rows

PRIMARY: Final = "INPUT_DATA"
SECONDARY: Final = range(2, 10)
SPELLINGS: Final = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv"}
_SUFFIXES: Final = {".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv"}
_NO_VARIABLES: Final = msgspec.Raw(b"{}")


class Table(NamedTuple):
    """Rows of a file in another spelling than JSON, not yet read."""

    file: Path
    media_type: str
    content: bytes


def given_inputs(options: Mapping[str, Any]) -> dict[str, msgspec.Raw | Table]:
    """Give the inputs by name; what has an option of its own wins over the file of --inputs."""
    inputs: dict[str, msgspec.Raw | Table] = {}
    if options["inputs"] is not None:
        inputs |= _members(text_of(options["inputs"]), str(options["inputs"]))
    for number in (None, *SECONDARY):
        file: Path | None = options[f"input{number or ''}"]
        if file is not None:
            inputs[f"{PRIMARY}{number or ''}"] = _rows(file, options["input_format"])
    if options["checkpoint"] is not None:
        inputs["DATA_CHECKPOINT"] = as_json(options["checkpoint"], "--checkpoint")
    if options["var"]:
        variables = inputs.get("variables", _NO_VARIABLES)
        assert not isinstance(variables, Table), "only rows are tables"
        named = _members(bytes(variables).decode(), f"{options['inputs']}: variables")
        named |= dict(map(_variable, options["var"]))
        inputs["variables"] = msgspec.Raw(msgspec.json.encode(named))
    return inputs


def inputs_in(file: Path) -> dict[str, msgspec.Raw | Table]:
    """Give the inputs of a file: by name where it is JSON, else the rows of INPUT_DATA."""
    if file.suffix == ".json":
        return {**_members(text_of(file), str(file))}
    return {PRIMARY: _rows(file, None)}


def with_variables(request: dict[str, Any], given: Sequence[str]) -> dict[str, Any]:
    """Give a request with more local variables, as `NAME=VALUE` each."""
    inputs = dict(request["inputs"])
    if given:
        named = _members(bytes(inputs.get("variables", _NO_VARIABLES)).decode(), "variables")
        named |= dict(map(_variable, given))
        inputs["variables"] = msgspec.Raw(msgspec.json.encode(named))
    return {**request, "inputs": inputs}


async def with_rows(request: dict[str, Any], schemas: SchemaDocuments) -> dict[str, Any]:
    """
    Give the request with the rows of every file as JSON.

    Those of INPUT_DATA are read by the step's input schema. Raises InputMismatch, UnknownSchema.
    """
    inputs = dict(request["inputs"])
    for name, rows in inputs.items():
        if isinstance(rows, Table):
            schema = await _input_schema(request["step"], schemas) if name == PRIMARY else None
            inputs[name] = _read(rows, schema)
    return {**request, "inputs": inputs}


def rows_of(file: Path, schema: Schema | None = None) -> Rows:
    """Give the rows of a file; what holds none is a mistake in the call."""
    content = _rows(file, None)
    try:
        read = _read(content, schema) if isinstance(content, Table) else content
        rows: Rows = msgspec.json.decode(read, type=list[dict[str, Any]])
    except InputMismatch as error:
        raise click.UsageError(error.message) from error
    except (msgspec.MsgspecError, RecursionError) as error:
        raise click.UsageError(f"{file} holds no list of rows: {error}") from error
    return rows


def spells_all(file: Path) -> bool:
    """Tell whether a file's spelling has texts only, so that numbers are spelled in them."""
    return _SUFFIXES.get(file.suffix.lower()) == "csv"


def text_of(file: Path) -> str:
    """Give a file's text; a file that has none is a mistake in the call."""
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file} cannot be read: {error}") from error


def as_json(text: str, where: str) -> msgspec.Raw:
    """Give one JSON value as it is spelled; text that is none is a mistake in the call."""
    try:
        return msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError) as error:
        raise click.UsageError(f"{where} is not JSON: {error}") from error


def _members(text: str, where: str) -> dict[str, msgspec.Raw]:
    value = as_json(text, where)
    try:
        return msgspec.json.decode(value, type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError as error:
        raise click.UsageError(f"{where} is no JSON object") from error


def _rows(file: Path, spelling: str | None) -> msgspec.Raw | Table:
    spelling = spelling or _SUFFIXES.get(file.suffix.lower(), "json")
    if spelling == "json":
        return as_json(text_of(file), str(file))
    try:
        return Table(file, SPELLINGS[spelling], file.read_bytes())
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error}") from error


def _variable(given: str) -> tuple[str, msgspec.Raw]:
    name, told, text = given.partition("=")
    if not name or not told:
        raise click.UsageError(f"--var takes NAME=VALUE, and this is {given!r}")
    if any("\ud800" <= letter <= "\udfff" for letter in given):
        raise click.UsageError(f"--var takes UTF-8, and this is {given!r}")
    try:
        return name, as_json(text, name)
    except click.UsageError:
        return name, msgspec.Raw(msgspec.json.encode(text))


async def _input_schema(step: dict[str, Any], schemas: SchemaDocuments) -> Schema | None:
    source = step.get("input_schema")
    if not isinstance(source, str | dict):
        return None
    name_or_schema = SchemaName(source) if isinstance(source, str) else source
    return await usable(name_or_schema, schemas, "/step/input_schema")


def _read(table: Table, schema: Schema | None) -> msgspec.Raw:
    try:
        return msgspec.Raw(MEDIA_TYPES[table.media_type].read(table.content, schema))
    except InputMismatch as error:
        raise InputMismatch(
            f"{table.file}: {error.message}",
            mismatches=error.mismatches,
            mismatch_count=error.mismatch_count,
        ) from None
