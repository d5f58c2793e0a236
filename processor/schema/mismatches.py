"""
Where rows and schema differ, in full.

By column where there is a column form: the validator's own errors each hold a copy of the row,
so a wide row that lacks two thousand columns would fill the memory. The validator stays the judge
of whether a row matches; what is here says why it does not.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeAlias

import msgspec
from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind

from processor.errors import Mismatch
from processor.values import Json

from .cells import ABSENT, Absent, Cells, cells_of
from .schema import Schema
from .wording import kind_and_excerpt, listed, nearest, pointer_of, quoted, short

MOST_LISTED: Final = 20
_LARGE_ROW: Final = 64 * 1024

Path: TypeAlias = tuple[str | int, ...]


class Found(NamedTuple):
    """One mismatch inside a row; `expected` is None for a column that the schema does not know."""

    path: Path
    expected: str | None
    value: object


class Mismatches(NamedTuple):
    """The first mismatches of all rows, and how many there are in how many rows."""

    first: tuple[Mismatch, ...]
    total: int
    rows: int


def mismatches_of(rows: list[Json], schema: Schema, number: int = 0) -> Mismatches:
    """
    Find all mismatches, in the order of the rows, the first of which has that number.

    Memory is bounded by the largest row.
    """
    find = _finder(schema)
    known = sorted(schema.names or ())
    first: list[Mismatch] = []
    total = bad = 0
    for index, row in enumerate(rows, number):
        if schema.validator.is_valid([row]):
            continue
        bad += 1
        for found in find(row):
            total += 1
            if len(first) < MOST_LISTED:
                first.append(worded(index, found, known))
    return Mismatches(tuple(first), total, bad)


def first_mismatch(index: int, row: Json, schema: Schema) -> Mismatch:
    """Say what differs first in a row that does not match; `index` is its number."""
    found = next(_finder(schema)(row), Found((), "a row that matches the schema", row))
    return worded(index, found, sorted(schema.names or ()))


def _finder(schema: Schema) -> Callable[[Json], Iterator[Found]]:
    if schema.columns is not None:
        cells = cells_of(schema.columns)
        return lambda row: _by_column(row, cells, ())
    return lambda row: by_keyword(row, schema.validator)


def _by_column(row: Json, cells: Cells, path: Path) -> Iterator[Found]:
    if not isinstance(row, dict):
        yield Found(path, "a row, which is an object", row)
        return
    for name in row:
        if name not in cells:
            yield Found((*path, name), None, row[name])
    for name, cell in cells.items():
        value = row.get(name, ABSENT)
        if not cell.fits(value):
            yield Found((*path, name), cell.expected, value)
        elif cell.inside and isinstance(value, list):
            for index, inner in enumerate(value):
                yield from _by_column(inner, cell.inside, (*path, name, index))


def by_keyword(row: object, validator: Draft202012Validator) -> Iterator[Found]:
    """Find all mismatches of a row by a validator of an array of them."""
    try:
        errors = list(_errors(row, validator))
    except ValueError:  # where the row nests deeper than the validator can copy
        yield Found((), "a row that matches the schema", row)
        return
    for error in errors:
        path: Path = tuple(error.instance_path[1:])
        match error.kind:
            case ValidationErrorKind.Required(name):
                yield Found((*path, name), "a value", ABSENT)
            case ValidationErrorKind.AdditionalProperties(
                names
            ) | ValidationErrorKind.UnevaluatedProperties(names):
                for name in names:
                    yield Found((*path, name), None, _at(row, (*path, name)))
            case kind:
                yield Found(path, _keyword(kind), _at(row, path))


def _errors(row: object, validator: Draft202012Validator) -> Iterator[ValidationError]:
    # Each error holds a copy of what it is about: of a large row only the first is asked for.
    if len(msgspec.json.encode(row)) <= _LARGE_ROW:
        yield from validator.iter_errors([row])
        return
    try:
        validator.validate([row])
    except ValidationError as error:
        yield error


def _keyword(kind: ValidationErrorKind) -> str:
    match kind:
        case ValidationErrorKind.Type(types):
            return " or ".join(sorted(types, key=lambda name: (name == "null", name)))
        case (
            ValidationErrorKind.Format(limit)
            | ValidationErrorKind.Pattern(limit)
            | ValidationErrorKind.Constant(limit)
            | ValidationErrorKind.Minimum(limit)
            | ValidationErrorKind.Maximum(limit)
            | ValidationErrorKind.ExclusiveMinimum(limit)
            | ValidationErrorKind.ExclusiveMaximum(limit)
            | ValidationErrorKind.MinLength(limit)
            | ValidationErrorKind.MaxLength(limit)
            | ValidationErrorKind.MinItems(limit)
            | ValidationErrorKind.MaxItems(limit)
        ):
            return f"{kind.name} {short(str(limit), 200)}"
        case ValidationErrorKind.Enum(options):
            return f"one of {listed(map(str, options))}"
        case _:
            return f"what `{kind.name}` says"


def _at(row: object, path: Path) -> object:
    value = row
    for part in path:
        if isinstance(value, dict):
            value = value[str(part)]
        elif isinstance(value, list):
            value = value[int(part)]
    return value


def worded(index: int, found: Found, known: list[str]) -> Mismatch:
    """Say what differs in that row; `known` are the columns to find a near name in."""
    place = f"row {index}"
    column = str(found.path[0]) if found.path else None
    if column is not None:
        place += f", column {quoted(column)}"
    if len(found.path) > 1:
        place += f" at {pointer_of(found.path[1:])}"
    expected = found.expected
    if expected is None:
        expected = "no such column" + (f"; {nearest(str(found.path[-1]), known)}" if known else "")
    actual = "nothing" if isinstance(found.value, Absent) else kind_and_excerpt(found.value)
    return Mismatch(
        row=index,
        column=None if column is None else short(column, 200),
        pointer=pointer_of((index, *found.path)),
        expected=expected,
        actual=actual,
        message=f"{place}: expected {expected}; found {actual}",
    )
