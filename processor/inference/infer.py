"""From what rows say of their columns to a schema that takes them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from processor.errors import InvalidSchema
from processor.schema import read_schema
from processor.step import refused
from processor.values import Json, Row

from .evidence import Columns, Evidence
from .forms import DATE, DATE_PATTERNS, DECIMAL_COMMA, FORMATS, SPELLINGS, Form

LEAST_TEXTS: Final = 10
"""As many texts must be seen before few different ones are taken for a list to choose from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InferredColumn:
    """One column, and what was seen of it."""

    name: str
    type: str
    nullable: bool
    present: int
    """How many rows have it, null or not."""
    nulls: int
    format: str | None
    """What all its texts are: `date-time`, `uuid`, `email`, …"""
    date_patterns: tuple[str, ...]
    """How its texts write dates, where a Date column would not take them; several are possible."""
    spells: str | None
    """The column type whose values all its texts spell."""
    values: tuple[str, ...] | None
    """All its texts, where they are few that come again and again."""
    whole: bool
    """Whether all its numbers are whole ones, as an Integer column takes them."""
    least: int | float | None
    greatest: int | float | None
    longest: int | None
    """Of its texts, in characters."""
    notes: tuple[str, ...]
    columns: tuple["InferredColumn", ...] = ()
    """Those of a Table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Inferred:
    """The columns that rows seem to have."""

    row_count: int
    columns: tuple[InferredColumn, ...]


def infer(rows: Sequence[Row], *, spelled: bool = False) -> Inferred:
    """
    Give a schema that takes these rows, as narrow as the column form can say it.

    `spelled` is for rows out of a spelling that has texts only, such as CSV: a column whose texts
    all spell numbers is then one of numbers. Raises InvalidRequest where no schema can be made.

    >>> found = infer([{"id": 1, "day": "2024-12-31"}, {"id": None, "day": "2025-01-01"}])
    >>> [(column.name, column.type, column.nullable) for column in found.columns]
    [('id', 'Integer', True), ('day', 'Date', False)]
    """
    for number, row in enumerate(rows):
        if "" in row:
            raise refused(f"/rows/{number}", "a column has no name")
    columns = Columns()
    columns.add(rows)
    if not columns.found:
        raise refused("/rows", "give at least one row that has a column")
    found = Inferred(row_count=len(rows), columns=tuple(_columns(columns, spelled=spelled)))
    try:
        read_schema(source_of(found))
    except InvalidSchema as error:
        raise refused("/rows", f"they have no schema that can be used: {error.message}") from None
    return found


def source_of(found: Inferred) -> dict[str, Json]:
    """Give the schema as it is written in the column form."""
    return {"columns": [_member(column) for column in found.columns]}


def _member(column: InferredColumn) -> Json:
    inside: dict[str, Json] = (
        {"columns": [_member(each) for each in column.columns]} if column.columns else {}
    )
    return {"name": column.name, "type": column.type, "nullable": column.nullable, **inside}


def _columns(columns: Columns, *, spelled: bool) -> Iterator[InferredColumn]:
    for name, seen in columns.found.items():
        kind = _type(seen, spelled=spelled)
        inside = seen.inside if kind == "Table" else None
        patterns = _date_patterns(seen, kind)
        spells = _spells(seen) if kind == "Text" else None
        yield InferredColumn(
            name=name,
            type=kind,
            nullable=seen.nulls > 0 or seen.present < columns.rows,
            present=seen.present,
            nulls=seen.nulls,
            format=_first(FORMATS, seen) if kind in ("Text", "Date") else None,
            date_patterns=patterns,
            spells=None if patterns else spells,
            values=_values(seen) if kind == "Text" and spells is None else None,
            whole=seen.whole and seen.least is not None and kind != "JSON",
            least=seen.least,
            greatest=seen.greatest,
            longest=seen.longest if seen.texts else None,
            notes=tuple(_notes(seen, kind, patterns, spells)),
            columns=() if inside is None else tuple(_columns(inside, spelled=False)),
        )


_OF_KINDS: Final[dict[frozenset[str], str]] = {
    frozenset(): "Text",
    frozenset({"Boolean"}): "Boolean",
    frozenset({"Integer"}): "Integer",
    frozenset({"Double"}): "Double",
    frozenset({"Integer", "Double"}): "Double",
}


def _type(seen: Evidence, *, spelled: bool) -> str:
    if seen.kinds == {"Text"}:
        if DATE in seen.forms:
            return DATE
        return (_spells(seen) if spelled else None) or "Text"
    if seen.kinds == {"list"} and seen.is_table and seen.inside and seen.inside.found:
        return "Table"
    return _OF_KINDS.get(frozenset(seen.kinds), "JSON")


def _first(forms: Mapping[str, Form], seen: Evidence) -> str | None:
    return next((form for form in seen.forms if form in forms), None) if seen.texts else None


def _spells(seen: Evidence) -> str | None:
    return _first(SPELLINGS, seen)


def _date_patterns(seen: Evidence, kind: str) -> tuple[str, ...]:
    """Give the ways; one that allows single digits is told only where the other does not do."""
    found = [form for form in seen.forms if form in DATE_PATTERNS] if seen.texts else []
    if kind == DATE or (found and kind not in ("Text", "Integer")):
        return ()
    strict = [form for form in found if "dd" in form]
    return tuple(strict or found)


def _values(seen: Evidence) -> tuple[str, ...] | None:
    if seen.values is None or seen.texts < max(LEAST_TEXTS, 2 * len(seen.values)):
        return None
    return tuple(seen.values)


def _notes(
    seen: Evidence, kind: str, patterns: tuple[str, ...], spells: str | None
) -> Iterator[str]:
    if not seen.kinds:
        yield "only null was seen, so that Text is a guess"
    if len(seen.kinds) > 1 and kind == "JSON":
        yield f"values of several types: {', '.join(sorted(seen.kinds))}"
    if patterns:
        way = patterns[0] if len(patterns) == 1 else f"{' or '.join(patterns)}; ask which"
        yield f"dates written as {way}: a Date column takes ISO 8601, which also sorts right"
    elif kind == "Text" and seen.texts and DECIMAL_COMMA in seen.forms:
        yield "numbers with a decimal comma: as texts they neither sort nor add up"
    elif spells is not None:
        yield f"texts that spell {spells}: as texts, 10 comes before 9"
