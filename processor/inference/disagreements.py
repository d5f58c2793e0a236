"""Where the schema that rows seem to have and the one that is declared say different things."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from processor.schema import Schema

from .infer import Inferred, InferredColumn

What: TypeAlias = Literal["undeclared", "unseen", "type", "null", "never_null"]

_TAKES: Final[dict[str, frozenset[str]]] = {
    "Double": frozenset({"Integer"}),
    "Text": frozenset({"Date"}),
    "Base64": frozenset({"Text", "Date"}),
}
"""What a column type takes besides its own; JSON takes everything."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Disagreement:
    """One column of which rows and declaration say different things."""

    column: str
    what: What
    severity: Literal["error", "info"]
    """An error is a mismatch: rows like these would be refused."""
    declared: str | None
    inferred: str | None
    message: str


def disagreements(found: Inferred, declared: Schema) -> tuple[Disagreement, ...]:
    """
    Compare column by column, in the order of the rows, then those that they do not have.

    What is inside a Table or a JSON value is not looked at. A schema that does not list its
    columns in one place has nothing to be compared with.
    """
    if declared.names is None:
        return ()
    types = dict(declared.layout.types)
    told = [*_of_rows(found.columns, types, declared)]
    seen = {column.name for column in found.columns}
    told += (_unseen(name, types[name], declared) for name in types if name not in seen)
    return tuple(told)


def _of_rows(
    columns: Sequence[InferredColumn], types: dict[str, str | None], declared: Schema
) -> Iterator[Disagreement]:
    for column in columns:
        if column.name not in types:
            yield _undeclared(column, closed=declared.layout.closed)
            continue
        kind, null = types[column.name], column.name in declared.nullable
        if column.nulls < column.present and not _takes(kind, column):
            yield Disagreement(
                column=column.name,
                what="type",
                severity="error",
                declared=kind,
                inferred=column.type,
                message=f"{column.name!r} is declared {kind}, and the rows have {column.type}",
            )
        if null != column.nullable:
            yield _null(column, declared_null=null)


def _takes(declared: str | None, column: InferredColumn) -> bool:
    if declared in (None, "JSON", column.type) or (declared == "Integer" and column.whole):
        return True
    return column.type in _TAKES.get(declared or "", ())


def _undeclared(column: InferredColumn, *, closed: bool) -> Disagreement:
    return Disagreement(
        column=column.name,
        what="undeclared",
        severity="error" if closed else "info",
        declared=None,
        inferred=column.type,
        message=f"{column.name!r} is not declared, and the rows have it",
    )


def _null(column: InferredColumn, *, declared_null: bool) -> Disagreement:
    if declared_null:
        message = f"{column.name!r} allows null, and no row is without a value"
    else:
        message = f"{column.name!r} allows no null, and rows are without a value"
    return Disagreement(
        column=column.name,
        what="never_null" if declared_null else "null",
        severity="info" if declared_null else "error",
        declared="nullable" if declared_null else "not nullable",
        inferred="nullable" if column.nullable else "not nullable",
        message=message,
    )


def _unseen(name: str, kind: str | None, declared: Schema) -> Disagreement:
    return Disagreement(
        column=name,
        what="unseen",
        severity="info" if name in declared.nullable else "error",
        declared=kind,
        inferred=None,
        message=f"{name!r} is declared, and no row has it",
    )
