"""
Rows that do not match, made to match as the step's `on_mismatch` says.

A value is changed only where its column does not take it, so matching rows stay as they are. What
cannot be mended is left: the schema's validator has the last word on the rows given back.
"""

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from processor.errors import InvalidSchema, Mismatch
from processor.values import Json, Row

from .cells import ABSENT, Cell, Cells, cells_of, cells_of_properties
from .coerce import coerced
from .mismatches import MOST_LISTED, Found, Path, by_keyword, first_mismatch, worded
from .schema import Schema

OnMismatch: TypeAlias = Literal["reject", "coerce", "discard_value", "discard_row"]
"""What becomes of rows that do not match; `docs/statements/output-schema.md` tells each."""

_BY_COLUMN: Final = ("coerce", "discard_value")


@dataclass(kw_only=True, slots=True)
class Mended:
    """Rows, and what was changed in them; of the mismatches that were mended the first 20."""

    rows: list[Json]
    count: int = 0
    first: list[Mismatch] = field(default_factory=list)


class _Touched(NamedTuple):
    """A value that was changed; its cell is None for a column that the schema does not have."""

    path: Path
    cell: Cell | None
    value: object


class _Mending(NamedTuple):
    """What was changed inside a row, and the first value that had to stay as it was."""

    touched: list[_Touched]
    left: _Touched | None


def require_mendable(schema: Schema, on_mismatch: OnMismatch) -> None:
    """Raise InvalidSchema where rows of that schema cannot be mended so."""
    if on_mismatch in _BY_COLUMN and schema.names is None:
        raise InvalidSchema(
            f"`on_mismatch: {on_mismatch}` works column by column, and the schema does not list "
            "its columns in one place",
            hint="list them in `properties` of the row, with nothing like `anyOf` beside it, or "
            "as `columns`; or use `on_mismatch: reject` or `discard_row`, which need no columns",
        )


def mended(rows: list[Json], schema: Schema, on_mismatch: OnMismatch, number: int = 0) -> Mended:
    """
    Mend the rows that do not match, in place; a row that is discarded is not in the answer.

    `number` is that of the first row, in what is said of one.
    """
    if on_mismatch == "discard_row":
        return _without_bad(rows, schema, number)
    cells = cells_of(schema.columns) if schema.columns else cells_of_properties(schema)
    known = sorted(schema.names or ())
    answer = Mended(rows=rows)
    for index, row in enumerate(rows, number):
        if not isinstance(row, dict) or schema.validator.is_valid([row]):
            continue
        if on_mismatch == "coerce":
            touched = _coerce(row, cells, ())
        else:
            touched = _discard(row, cells, (), closed=schema.layout.closed).touched
        answer.count += len(touched)
        listed = touched[: MOST_LISTED - len(answer.first)]
        answer.first += [worded(index, _found(one), known) for one in listed]
    return answer


def _without_bad(rows: list[Json], schema: Schema, number: int) -> Mended:
    answer = Mended(rows=[])
    for index, row in enumerate(rows, number):
        if schema.validator.is_valid([row]):
            answer.rows.append(row)
            continue
        answer.count += 1
        if len(answer.first) < MOST_LISTED:
            answer.first.append(first_mismatch(index, row, schema))
    return answer


def _coerce(row: Row, cells: Cells, path: Path) -> list[_Touched]:
    """
    Turn values into what their columns take.

    Columns that the schema does not have stay, and so stay mismatches: to coerce is to spell a
    value differently, and who asks for that has not asked for a column to be lost.
    """
    touched: list[_Touched] = []
    for name, cell in cells.items():
        value = row.get(name)
        if cell.kind is not None and not cell.fits(value):
            new = coerced(value, cell.kind)
            if new is not value and cell.accepts(new):
                row[name] = new
                touched.append(_Touched((*path, name), cell, value))
        elif cell.inside and isinstance(value, list):
            for index, inner in enumerate(value):
                if isinstance(inner, dict):
                    touched += _coerce(inner, cell.inside, (*path, name, index))
    return touched


def _discard(row: Row, cells: Cells, path: Path, *, closed: bool) -> _Mending:
    """
    Discard bad values: null in their place, and columns that the schema does not have removed.

    A value inside a Table that cannot be null takes with it the nearest value around it that can,
    as errors do in GraphQL.
    """
    unknown = [name for name in row if closed and name not in cells]
    touched = [_Touched((*path, name), None, row.pop(name)) for name in unknown]
    left: _Touched | None = None
    for name, cell in cells.items():
        inner, bad = _discard_inside(row.get(name, ABSENT), cell, (*path, name))
        if bad is not None and cell.nullable:
            row[name] = None
            touched.append(bad)
        else:
            touched += inner
            left = left or bad
    return _Mending(touched, left)


def _discard_inside(value: object, cell: Cell, path: Path) -> _Mending:
    if not cell.fits(value):
        return _Mending([], _Touched(path, cell, value))
    touched: list[_Touched] = []
    left: _Touched | None = None
    rows = value if cell.inside and isinstance(value, list) else []
    for index, inner in enumerate(rows):
        at = (*path, index)
        if isinstance(inner, dict):
            mending = _discard(inner, cell.inside, at, closed=True)
            touched += mending.touched
            left = left or mending.left
        else:
            left = left or _Touched(at, _ROW, inner)
    return _Mending(touched, left)


_ROW: Final = Cell(
    kind=None,
    accepts=lambda _: False,
    nullable=False,
    expected="a row, which is an object",
    inside={},
    validator=None,
)


def _found(touched: _Touched) -> Found:
    path, cell, value = touched
    if cell is None:
        return Found(path, None, value)
    if cell.validator is not None:
        for found in by_keyword(value, cell.validator):
            return found._replace(path=(*path, *found.path))
    return Found(path, cell.expected, value)
