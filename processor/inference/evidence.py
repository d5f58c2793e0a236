"""What the rows say of each column, gathered one value at a time in memory that is bounded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from processor.schema import MOST_COLUMNS, MOST_TABLES
from processor.step import refused
from processor.values import Json, Row

from .forms import ALL, LONGEST

MOST_VALUES: Final = 20
"""As many different texts are kept: more are no list to choose from."""
LONGEST_VALUE: Final = 100

KINDS: Final[dict[type, str]] = {
    bool: "Boolean", int: "Integer", float: "Double", str: "Text", list: "list", dict: "object",
}  # fmt: skip


@dataclass(kw_only=True, slots=True)
class Evidence:
    """What of one column has been seen so far."""

    tables: int
    """How many Tables it is inside."""
    present: int = 0
    nulls: int = 0
    kinds: set[str] = field(default_factory=set)
    texts: int = 0
    longest: int = 0
    forms: tuple[str, ...] = tuple(ALL)
    """The forms that all texts so far have."""
    values: dict[str, None] | None = field(default_factory=dict)
    """The different texts, in their order; None where there are too many."""
    whole: bool = True
    least: int | float | None = None
    greatest: int | float | None = None
    inside: "Columns | None" = None
    """The columns of the rows that its lists hold; None where none, or not all, are rows."""
    is_table: bool = True

    def add(self, value: Json, columns: "Columns") -> None:
        """Take one value into account; `columns` is where those of a Table are counted."""
        self.present += 1
        if value is None:
            self.nulls += 1
            return
        self.kinds.add(KINDS[type(value)])
        match value:
            case bool():
                pass
            case int() | float():
                self._add_number(value)
            case str():
                self._add_text(value)
            case list():
                self._add_list(value, columns)
            case _:
                pass

    def _add_number(self, number: int | float) -> None:
        self.whole = self.whole and (isinstance(number, int) or number.is_integer())
        self.least = number if self.least is None else min(self.least, number)
        self.greatest = number if self.greatest is None else max(self.greatest, number)

    def _add_text(self, text: str) -> None:
        self.texts += 1
        self.longest = max(self.longest, len(text))
        if self.forms:
            fits = len(text) <= LONGEST
            self.forms = tuple(form for form in self.forms if fits and ALL[form](text))
        if self.values is not None:
            if len(text) <= LONGEST_VALUE:
                self.values[text] = None
            if len(text) > LONGEST_VALUE or len(self.values) > MOST_VALUES:
                self.values = None

    def _add_list(self, items: list[Json], columns: "Columns") -> None:
        rows = [item for item in items if isinstance(item, dict)]
        if len(rows) < len(items) or self.tables >= MOST_TABLES or any("" in row for row in rows):
            self.is_table, self.inside = False, None
        if not self.is_table or not rows:
            return
        if self.inside is None:
            self.inside = Columns(tables=self.tables + 1, counted=columns.counted)
        self.inside.add(rows)


class Columns:
    """The columns of some rows, with what has been seen of each."""

    def __init__(self, *, tables: int = 0, counted: list[str] | None = None) -> None:
        self.found: dict[str, Evidence] = {}
        self.rows = 0
        self._tables = tables
        self.counted = [] if counted is None else counted
        """The names of all columns so far, those of Tables too."""

    def add(self, rows: Sequence[Row]) -> None:
        """Take rows into account; raises InvalidRequest where they have too many columns."""
        for row in rows:
            self.rows += 1
            for name, value in row.items():
                if name not in self.found:
                    self._found(name)
                self.found[name].add(value, self)

    def _found(self, name: str) -> None:
        if len(self.counted) == MOST_COLUMNS:
            raise refused("/rows", f"the rows have more than {MOST_COLUMNS:,} columns")
        self.counted.append(name)
        self.found[name] = Evidence(tables=self._tables)
