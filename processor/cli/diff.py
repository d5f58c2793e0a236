"""`processor diff`: two files of rows, compared by a key."""

from pathlib import Path
from typing import Final, Literal, get_args

import click

from processor.comparison import Difference, compare, found_key

from .differences import DIFFERENT, key_columns, show_difference
from .endings import ends_as_told
from .env import as_format
from .inputs import rows_of

Failing = Literal["added", "removed", "changed"]
_FAILING: Final = get_args(Failing)

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("diff")
@click.argument("before", type=_file)
@click.argument("after", type=_file)
@key_columns
@click.option("--by-position", is_flag=True, help="Match rows by their position.")
@click.option(
    "--fail-on",
    type=click.Choice(_FAILING),
    multiple=True,
    help="Exit with 1 for these only; for any difference where not given.",
)
@as_format
def diff(
    *,
    before: Path,
    after: Path,
    key: tuple[str, ...],
    by_position: bool,
    fail_on: tuple[Failing, ...],
    form: str,
) -> None:
    """
    Compare the rows of the files BEFORE and AFTER: added, removed, and changed by column.

    Rows are matched by --key; without, by the one column that tells them apart on both sides, and
    where there is none by their position. Exits with 0 where they are equal, 1 where they differ.
    """
    if key and by_position:
        raise click.UsageError("--key and --by-position exclude each other")
    one, other = (rows_of(file) for file in (before, after))
    chosen = None if by_position else key or found_key(one, other)
    if not key:
        click.echo(f"matched by {', '.join(chosen) if chosen else 'position'}", err=True)
    with ends_as_told():
        found = compare(one, other, chosen)
    sides = [
        {"file": str(file), "row_count": len(rows)}
        for file, rows in ((before, one), (after, other))
    ]
    show_difference(found, sides, (str(before), str(after)), form)
    raise SystemExit(DIFFERENT if _counts(found, fail_on or _FAILING) else 0)


def _counts(found: Difference, kinds: tuple[Failing, ...]) -> bool:
    """Tell whether there is any difference of those kinds."""
    counts: dict[Failing, int] = {
        "added": found.added_rows.count,
        "removed": found.removed_rows.count,
        "changed": found.changed_rows,
    }
    return any(counts[kind] for kind in kinds)
