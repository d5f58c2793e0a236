"""What one value of a row must be: the cells of a schema, by column."""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from jsonschema_rs import Draft202012Validator

from processor.values import Json

from .columns import DIALECT
from .dates import is_date
from .keywords import definitions
from .read import validator_of
from .schema import Column, Schema
from .shape import resolved


class Absent:
    """The value of a column that a row lacks."""


ABSENT: Final = Absent()


class Cell(NamedTuple):
    """What a column takes."""

    kind: str | None
    """The column type; None where values of several types may match."""
    accepts: Callable[[object], bool]
    nullable: bool
    """Whether null matches for certain."""
    expected: str
    inside: "Cells"
    """The cells of a Table's rows."""
    validator: Draft202012Validator | None
    """Says why a value does not match, of an array of them; None in the column form."""

    def fits(self, value: object) -> bool:
        """Tell whether a row may have that value here; the rows of a Table are not looked at."""
        if value is None or isinstance(value, Absent):
            return self.nullable
        return self.accepts(value)


Cells: TypeAlias = dict[str, Cell]

_ACCEPTS: Final[dict[str, Callable[[object], bool]]] = {
    "Integer": lambda v: type(v) is int or (type(v) is float and v.is_integer()),
    "Double": lambda v: type(v) is int or type(v) is float,
    "Boolean": lambda v: type(v) is bool,
    "Text": lambda v: type(v) is str,
    "Date": lambda v: type(v) is str and is_date(v),
    "Base64": lambda v: type(v) is str,
    "JSON": lambda v: True,
    "Table": lambda v: type(v) is list,
}


def cells_of(columns: tuple[Column, ...]) -> Cells:
    """Give the cells of the column form."""
    return {
        column.name: Cell(
            kind=column.type,
            accepts=_ACCEPTS[column.type],
            nullable=column.nullable,
            expected=f"{column.type}{' or null' if column.nullable else ', not null'}",
            inside=cells_of(column.columns),
            validator=None,
        )
        for column in columns
    }


def cells_of_properties(schema: Schema) -> Cells:
    """
    Give the cells of a JSON Schema that lists its columns in one place.

    What it says of a row as a whole is in none of them: whoever changes a value asks the schema's
    own validator afterwards.
    """
    defs = definitions(schema.document)
    row = resolved(schema.document["items"], defs)
    properties = row["properties"]
    assert isinstance(properties, dict)
    kinds = dict(schema.layout.types)
    return {name: _cell(name, kinds[name], properties[name], schema) for name in properties}


def _cell(name: str, kind: str | None, value: Json, schema: Schema) -> Cell:
    validator = validator_of(
        {
            "$schema": DIALECT,
            "type": "array",
            "items": value,
            "$defs": definitions(schema.document),
        }
    )
    return Cell(
        kind=kind,
        accepts=lambda value: validator.is_valid([value]),
        nullable=name in schema.nullable,
        expected="what the schema says",
        inside={},
        validator=validator,
    )
