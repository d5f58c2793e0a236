"""The declared shape of rows. (Never a database's tables: those are the store's.)"""

from dataclasses import dataclass
from typing import Protocol

from processor.step import SchemaName
from processor.values import Json, Row


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of the column form (design: rule 22 of the statement's rules)."""

    name: str
    type: str
    nullable: bool
    columns: tuple["Column", ...] = ()
    """The nested columns of a Table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """A schema that can be used: as JSON Schema 2020-12 of the array of rows, and by column."""

    document: dict[str, Json]
    columns: tuple[Column, ...] | None
    """The column form where the schema was written in it, else None."""
    names: frozenset[str] | None
    """The columns that rows may have as far as the schema says; None where it does not say."""
    nullable: frozenset[str]
    """The columns that may be null."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """Rows that match their schema, as they are delivered."""

    content: bytes
    """The rows as one JSON array."""
    count: int
    last: Row | None


class SchemaDocuments(Protocol):
    """The repository of schemas that steps choose from, by name."""

    async def get(self, name: SchemaName) -> dict[str, Json] | None:
        """Give the schema of that name as it was written, or None."""

    async def put(self, name: SchemaName, document: dict[str, Json]) -> None:
        """Keep a schema under a name, in place of an earlier one."""
