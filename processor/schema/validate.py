"""Rows held against their schema, and delivered as it says."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Final, NoReturn, TypeAlias, cast

import msgspec

from processor.errors import BadResult, InputMismatch, Mismatch, OutputLimit, OutputMismatch
from processor.values import Json, Row

from .dates import as_iso, is_iso
from .mend import Mended, OnMismatch, mended, require_mendable
from .mismatches import MOST_LISTED, mismatches_of
from .schema import Checked, Layout, Schema
from .unreadable import unreadable
from .wording import counted

Unmatched: TypeAlias = type[OutputMismatch] | type[InputMismatch]
"""Whose rows they are, as the error that mismatches raise."""

_NO_INPUT: Final = Checked(content=b"null", count=0, last=None)


def check_rows(
    content: bytes,
    schema: Schema,
    *,
    longest: int | None,
    on_mismatch: OnMismatch = "reject",
    unmatched: Unmatched = OutputMismatch,
    first: int = 0,
) -> Checked:
    """
    Check rows, one JSON array, and give them as they are delivered.

    Nullable columns that a row lacks are added as null, dates are ISO 8601, whole numbers of
    Integer columns are written as integers; a row's columns stay in its own order. Raises
    `unmatched`, with the first 20 mismatches and the number of all, and OutputLimit for more than
    `longest` rows. What is no JSON array is BadResult; of input it is InputMismatch, and null,
    which is no input, passes.

    Rows that do not match are mended first where `on_mismatch` says how; the answer tells what was
    changed, and what could not be mended is raised. Raises InvalidSchema where the schema has no
    columns to mend by. `first` is the number of the first row, in what is said of one.
    """
    require_mendable(schema, on_mismatch)
    started = time.monotonic()
    rows = _decoded(content, unmatched)
    decode = timedelta(seconds=time.monotonic() - started)
    if rows is None and unmatched is InputMismatch:
        return _NO_INPUT
    if not isinstance(rows, list):
        raise _malformed(unmatched, "the rows are no JSON array")
    if longest is not None:
        require_few(len(rows), longest)
    delivered, mending = _matching(rows, schema, on_mismatch, unmatched, first)
    # Written anew: of a name that stands twice in an object only the last value was checked.
    checked = Checked(
        content=msgspec.json.encode(delivered),
        count=len(delivered),
        last=delivered[-1] if delivered else None,
        decode=decode,
    )
    return checked if mending is None else _told(checked, mending, on_mismatch)


def require_few(count: int, longest: int) -> None:
    """Raise OutputLimit where more rows were returned than may be."""
    if count > longest:
        raise OutputLimit(
            f"{count} rows were returned, more than `limits.rows` allows, which is {longest}; "
            "return fewer rows per run, or raise `limits.rows` of the step or its profile"
        )


def check_result(content: bytes) -> Checked:
    """Check a result that no schema describes: any one JSON value. Raises BadResult."""
    started = time.monotonic()
    _decoded(content, OutputMismatch)
    decode = timedelta(seconds=time.monotonic() - started)
    return Checked(content=content, count=0, last=None, decode=decode)


def _told(checked: Checked, mending: Mended, on_mismatch: OnMismatch) -> Checked:
    """Add what was changed to the answer."""
    return replace(
        checked,
        coerced=mending.count if on_mismatch == "coerce" else 0,
        discarded_values=mending.count if on_mismatch == "discard_value" else 0,
        discarded_rows=mending.count if on_mismatch == "discard_row" else 0,
        handled=tuple(mending.first),
    )


def _decoded(content: bytes, unmatched: Unmatched) -> Json:
    try:
        rows: Json = msgspec.json.decode(content)
    except RecursionError:
        raise _malformed(unmatched, "the rows nest too deep") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        if unmatched is InputMismatch and (found := list(islice(unreadable(content), MOST_LISTED))):
            raise _not_json(found) from None
        raise _malformed(unmatched, f"the rows are no JSON that can be read: {error}") from None
    return rows


def _not_json(found: list[Mismatch]) -> InputMismatch:
    return InputMismatch(
        f"the rows hold what JSON cannot say; first: {found[0].message}",
        mismatches=tuple(found),
        mismatch_count=len(found),
    )


def _malformed(unmatched: Unmatched, message: str) -> BadResult | InputMismatch:
    return InputMismatch(message) if unmatched is InputMismatch else BadResult(message)


# Every schema's document says that rows are objects, so rows that match are: hence the casts.
def _matching(
    rows: list[Json], schema: Schema, on_mismatch: OnMismatch, unmatched: Unmatched, number: int
) -> tuple[list[Row], Mended | None]:
    if schema.exact is not None and schema.exact.is_valid(rows):
        return cast("list[Row]", rows), None
    mending: Mended | None = None
    if not schema.validator.is_valid(rows):
        if on_mismatch != "reject":
            mending = mended(rows, schema, on_mismatch, number)
            rows = mending.rows
        if mending is None or not schema.validator.is_valid(rows):
            _refuse(rows, schema, unmatched, number)
    matching = cast("list[Row]", rows)
    _deliver(matching, schema.layout)
    return matching, mending


def _refuse(rows: list[Json], schema: Schema, unmatched: Unmatched, number: int) -> NoReturn:
    first, total, bad = mismatches_of(rows, schema, number)
    error = unmatched(_said(total, bad, first), mismatches=first, mismatch_count=total)
    error.row_count, error.unmatched_rows = len(rows), bad
    raise error


def joined_mismatches(before: OutputMismatch | None, error: OutputMismatch) -> OutputMismatch:
    """Give the mismatches of some rows with those of the rows before them."""
    if before is None:
        return error
    first = (*before.mismatches, *error.mismatches)[:MOST_LISTED]
    total = before.mismatch_count + error.mismatch_count
    unmatched_rows = before.unmatched_rows + error.unmatched_rows
    both = OutputMismatch(
        _said(total, unmatched_rows, first), mismatches=first, mismatch_count=total
    )
    both.row_count, both.unmatched_rows = before.row_count + error.row_count, unmatched_rows
    return both


def _said(total: int, rows: int, first: tuple[Mismatch, ...]) -> str:
    told = f"{counted(total, 'mismatch', 'mismatches')} in {counted(rows, 'row', 'rows')}"
    return f"{told}; first: {first[0].message}"


def _deliver(rows: list[Row], layout: Layout) -> None:
    """Change matching rows, in place, to what is delivered."""
    if layout.nullable:
        _add_absent(rows, layout)
    for name in layout.integers:
        if float in map(type, [row.get(name) for row in rows]):
            _write_integers(rows, name)
    for name in layout.dates:
        for row in rows:
            if isinstance(text := row.get(name), str) and not is_iso(text):
                row[name] = as_iso(text)
    for name, inside in layout.tables:
        _deliver(list(_nested(rows, name)), inside)


def _add_absent(rows: list[Row], layout: Layout) -> None:
    width = len(layout.names or ())
    for row in rows:
        if layout.closed and len(row) == width:
            continue
        for name in layout.nullable:
            if name not in row:
                row[name] = None


def _write_integers(rows: list[Row], name: str) -> None:
    for row in rows:
        if isinstance(value := row.get(name), float):
            row[name] = int(value)


def _nested(rows: list[Row], name: str) -> Iterator[Row]:
    for row in rows:
        if isinstance(table := row.get(name), list):
            yield from (inner for inner in table if isinstance(inner, dict))
