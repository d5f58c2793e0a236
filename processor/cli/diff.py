"""`processor diff`: two files of rows, compared by a key."""

from pathlib import Path
from typing import Any, Final, Literal, get_args

import click

from processor.comparison import Difference, compare, found_key

from .differences import DIFFERENT, key_columns, show_difference
from .endings import ends_as_told
from .env import as_format
from .inputs import rows_of
from .main import Context
from .remote import asked, by_url

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
@by_url
@click.pass_obj
def diff(
    context: Context,
    /,
    *,
    before: Path,
    after: Path,
    form: str,
    url: str | None,
    **options: Any,
) -> None:
    """
    Compare the rows of the files BEFORE and AFTER: added, removed, and changed by column.

    Rows are matched by --key; without, by the one column that tells them apart on both sides, and
    where there is none by their position. Exits with 0 where they are equal, 1 where they differ.
    """
    key: tuple[str, ...] = options["key"]
    by_position: bool = options["by_position"]
    if key and by_position:
        raise click.UsageError("--key and --by-position exclude each other")
    one, other = (rows_of(file) for file in (before, after))
    if url is not None:
        wanted = [] if by_position else [*key] or None
        found = asked(context, url, lambda client: client.diff(one, other, wanted))
    else:
        with ends_as_told():
            chosen = None if by_position else key or found_key(one, other)
            found = compare(one, other, chosen)
    if not key:
        click.echo(f"matched by {', '.join(found.key) if found.key else 'position'}", err=True)
    sides = [
        {"file": str(file), "row_count": len(rows)}
        for file, rows in ((before, one), (after, other))
    ]
    show_difference(found, sides, (str(before), str(after)), form)
    raise SystemExit(DIFFERENT if _counts(found, options["fail_on"] or _FAILING) else 0)


def _counts(found: Difference, kinds: tuple[Failing, ...]) -> bool:
    """Tell whether there is any difference of those kinds."""
    counts: dict[Failing, int] = {
        "added": found.added_rows.count,
        "removed": found.removed_rows.count,
        "changed": found.changed_rows,
    }
    return any(counts[kind] for kind in kinds)
