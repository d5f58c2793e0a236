"""`processor new`: a folder with a step that runs as it is."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
import msgspec

from processor.draft import DEMO, Draft, drafted, files_of
from processor.formats import rows_to_csv, rows_to_ndjson

from .endings import ends_as_told
from .inputs import rows_of, spells_all
from .main import USAGE_ERROR

NODE: Final = "wasm-node"
STARTERS: Final = Path(__file__).parent / "starters"
_NOT_COPIED: Final = shutil.ignore_patterns("__pycache__")


@click.command("new")
@click.argument("what", nargs=-1, required=True, metavar="[wasm-node] FOLDER")
@click.option(
    "--input",
    "sample",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with rows of yours: .json (an array), .ndjson or .csv.",
)
@click.option("--checkpoint-column", "column", help="The column by which runs go on.")
def new(*, what: tuple[str, ...], sample: Path | None, column: str | None) -> None:
    """
    Make FOLDER with a step that runs: statement, schemas, sample rows, and what editors need.

    With --input the schemas are inferred from your rows, and the statement takes them slice by
    slice where a column allows it. Nothing that is there already is overwritten. With wasm-node it
    is a module that defines a node.
    """
    *kind, name = what
    folder = Path(name)
    if kind:
        _start_from(kind, folder)
        return
    rows = DEMO if sample is None else rows_of(sample)
    is_csv = sample is not None and spells_all(sample)
    with ends_as_told():
        draft = drafted(rows, spelled=is_csv, column=column)
    files = {name: text.encode() for name, text in files_of(draft, folder.resolve().name).items()}
    content = msgspec.json.encode(draft.rows)
    if is_csv:
        files["input.csv"] = rows_to_csv(content, None)
    else:
        files["input.ndjson"] = rows_to_ndjson(content)
    _write(folder, files)
    _tell(folder, draft)


def _start_from(kind: list[str], folder: Path) -> None:
    if kind != [NODE]:
        raise click.UsageError(f"name one folder, and perhaps {NODE} before it")
    try:
        shutil.copytree(STARTERS / NODE.replace("-", "_"), folder, ignore=_NOT_COPIED)
    except FileExistsError as error:
        raise click.UsageError(f"{folder} is there already") from error
    except OSError as error:
        raise click.UsageError(f"{folder} cannot be made: {error}") from error
    click.echo(f"{folder}: {', '.join(sorted(file.name for file in folder.iterdir()))}", err=True)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    there = [name for name in files if (folder / name).exists()]
    if there:
        click.echo(f"processor: {folder} has {', '.join(there)} already", err=True)
        raise SystemExit(USAGE_ERROR)
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    except OSError as error:
        raise click.UsageError(f"{folder} cannot be written: {error}") from error


def _tell(folder: Path, draft: Draft) -> None:
    count = len(draft.found.columns)
    all_rows = draft.found.row_count
    click.echo(f"{folder}: {count} columns inferred from {all_rows} rows", err=True)
    if len(draft.rows) < all_rows:
        click.echo(f"the sample has the first {len(draft.rows)} of them", err=True)
    if draft.column is None:
        told = "no column fits as data checkpoint, so every run gives all rows"
        click.echo(f"{told}; --checkpoint-column names one", err=True)
    else:
        click.echo(f"data checkpoint column: {draft.column}", err=True)
    for each in draft.found.columns:
        for note in each.notes:
            click.echo(f"note: {each.name}: {note}", err=True)
    click.echo(f"next: processor run {folder}", err=True)
