"""`processor new`: a folder to start from."""

import shutil
from pathlib import Path
from typing import Final

import click

STARTERS: Final = Path(__file__).parent / "starters"
_NOT_COPIED: Final = shutil.ignore_patterns("__pycache__")
KINDS: Final = {"wasm-node": "A module that defines a node."}


@click.command("new", epilog="\n\n".join(f"{kind}: {what}" for kind, what in KINDS.items()))
@click.argument("kind", type=click.Choice([*KINDS]))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def new(kind: str, folder: Path) -> None:
    """Make a FOLDER to start from, which must not be there yet."""
    try:
        shutil.copytree(STARTERS / kind.replace("-", "_"), folder, ignore=_NOT_COPIED)
    except FileExistsError as error:
        raise click.UsageError(f"{folder} is there already") from error
    except OSError as error:
        raise click.UsageError(f"{folder} cannot be made: {error}") from error
    click.echo(f"{folder}: {', '.join(sorted(file.name for file in folder.iterdir()))}", err=True)
