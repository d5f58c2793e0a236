"""The declared shape of rows. (Never a database's tables: those are the store's.)"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, Protocol

from jsonschema_rs import Draft4Validator, Draft202012Validator

from processor.errors import Mismatch
from processor.identity import Tenant
from processor.step import SchemaName
from processor.values import Json, Row

from .wording import counted

MOST_HANDLED: Final = 20
"""Mismatches that are told one by one, of those that were handled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of the column form; `docs/statements/output-schema.md` lists the types."""

    name: str
    type: str
    nullable: bool
    description: str | None = None
    columns: tuple["Column", ...] = ()
    """The nested columns of a Table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """What delivering rows needs to know of their schema, by column."""

    names: frozenset[str] | None
    """The declared columns; None where the schema does not list them in one place."""
    closed: bool
    """Whether rows have no columns but the declared ones."""
    nullable: tuple[str, ...] = ()
    """The columns to add as null where a row lacks them, in the schema's order."""
    integers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    types: tuple[tuple[str, str | None], ...] = ()
    """
    Each declared column with the type of its values, in the schema's order: None where they may be
    of several, JSON also for a Table.
    """
    tables: tuple[tuple[str, "Layout"], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """A schema that can be used. Shared between runs: nobody may change its document."""

    document: dict[str, Json]
    """JSON Schema 2020-12 of the array of rows."""
    columns: tuple[Column, ...] | None
    """The column form, where it can say what the schema checks, else None."""
    layout: Layout
    validator: Draft202012Validator = field(repr=False, compare=False)
    """Of the array of rows."""
    exact: Draft4Validator | None = field(repr=False, compare=False)
    """
    Of rows that are delivered as they are: all columns present, whole numbers written as integers,
    dates in ISO 8601. None where there is no column form.
    """

    @property
    def names(self) -> frozenset[str] | None:
        """Give the columns that rows may have; None where the schema does not say."""
        return self.layout.names

    @property
    def nullable(self) -> frozenset[str]:
        """Give the columns that may be null."""
        return frozenset(self.layout.nullable)


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """Rows that match their schema, as they are delivered."""

    content: bytes
    """The rows as one JSON array, or null where they are kept apart."""
    count: int
    last: Row | None
    decode: timedelta = timedelta()
    """How long it took to read them, of all that checking them took."""
    coerced: int = 0
    """How many values were turned into what their columns take."""
    discarded_values: int = 0
    discarded_rows: int = 0
    handled: tuple[Mismatch, ...] = ()
    """Of what was coerced or discarded the first 20; of a discarded row its first mismatch."""

    def then(self, other: "Checked") -> "Checked":
        """Give what is known of these rows and of others behind them, with the others' content."""
        return replace(
            other,
            decode=self.decode + other.decode,
            count=self.count + other.count,
            last=other.last if other.count else self.last,
            coerced=self.coerced + other.coerced,
            discarded_values=self.discarded_values + other.discarded_values,
            discarded_rows=self.discarded_rows + other.discarded_rows,
            handled=(*self.handled, *other.handled)[:MOST_HANDLED],
        )

    def remarks(self) -> list[str]:
        """Say to the author what was changed: a text each kind of change, none for none."""
        changes = (
            (self.coerced, "value was coerced", "values were coerced"),
            (self.discarded_values, "value was discarded", "values were discarded"),
            (self.discarded_rows, "row was discarded", "rows were discarded"),
        )
        return [
            f"{counted(count, one, many)}: {self._listed(count)}"
            for count, one, many in changes
            if count
        ]

    def _listed(self, count: int) -> str:
        more = count - len(self.handled)
        lines = [mismatch.message for mismatch in self.handled]
        return "\n".join([*lines, *([f"and {more} more"] if more else [])])


class SchemaDocuments(Protocol):
    """The repository of schemas that steps choose from, by name."""

    def of(self, tenant: Tenant) -> "SchemaDocuments":
        """Give the repository as a tenant sees it."""

    async def get(self, name: SchemaName) -> dict[str, Json] | None:
        """Give the schema of that name as it was written, or None."""

    async def put(self, name: SchemaName, document: dict[str, Json]) -> None:
        """Keep a schema under a name, in place of an earlier one."""
