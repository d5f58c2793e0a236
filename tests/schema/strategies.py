"""Hypothesis strategies for columns and the rows that match them."""

from collections.abc import Callable

from hypothesis import strategies as st

from processor.schema.schema import Column
from processor.values import Json

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
integers = st.integers(min_value=-(10**60), max_value=10**60)
doubles = st.floats(allow_nan=False, allow_infinity=False)
iso_dates = st.one_of(
    st.dates().map(lambda day: day.isoformat()), st.datetimes().map(lambda at: at.isoformat())
)
json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | integers | doubles | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)

_simple = ["Integer", "Double", "Boolean", "Text", "Date", "Base64", "JSON"]


def _column(types: st.SearchStrategy[str]) -> st.SearchStrategy[Column]:
    return st.builds(
        Column,
        name=names,
        type=types,
        nullable=st.booleans(),
        description=st.none() | texts,
        columns=st.just(()),
    )


def _unique(column: st.SearchStrategy[Column]) -> st.SearchStrategy[tuple[Column, ...]]:
    return st.lists(column, min_size=1, max_size=4, unique_by=lambda c: c.name).map(tuple)


def _table(inside: st.SearchStrategy[tuple[Column, ...]]) -> st.SearchStrategy[Column]:
    return st.builds(
        Column,
        name=names,
        type=st.just("Table"),
        nullable=st.booleans(),
        description=st.none() | texts,
        columns=inside,
    )


columns: st.SearchStrategy[tuple[Column, ...]] = st.recursive(
    _unique(_column(st.sampled_from(_simple))),
    lambda inside: _unique(_column(st.sampled_from(_simple)) | _table(inside)),
    max_leaves=4,
)

_values: dict[str, Callable[[Column], st.SearchStrategy[Json]]] = {
    "Integer": lambda _: integers,
    "Double": lambda _: doubles,
    "Boolean": lambda _: st.booleans(),
    "Text": lambda _: texts,
    "Date": lambda _: iso_dates,
    "Base64": lambda _: texts,
    "JSON": lambda _: json_values.filter(lambda value: value is not None),
    "Table": lambda column: rows_of(column.columns),
}


def value_of(column: Column) -> st.SearchStrategy[Json]:
    """Draw what the column takes and what is delivered unchanged."""
    value = _values[column.type](column)
    return st.none() | value if column.nullable else value


def rows_of(columns: tuple[Column, ...]) -> st.SearchStrategy[Json]:
    """Draw complete rows."""
    row = st.fixed_dictionaries({column.name: value_of(column) for column in columns})
    return st.lists(row, max_size=3)


def wild_rows(columns: tuple[Column, ...]) -> st.SearchStrategy[list[Json]]:
    """Draw rows that mostly do not match: any value, missing and unknown columns, no objects."""
    cell = {column.name: value_of(column) | json_values for column in columns}
    row = st.fixed_dictionaries({}, optional=cell) | st.dictionaries(names, json_values, max_size=2)
    return st.lists(row | json_values, max_size=4)


def as_source(columns: tuple[Column, ...]) -> dict[str, Json]:
    """Write columns in the column form."""
    return {"columns": [_member(column) for column in columns]}


def _member(column: Column) -> Json:
    member: dict[str, Json] = {
        "name": column.name,
        "type": column.type,
        "nullable": column.nullable,
    }
    if column.description is not None:
        member["description"] = column.description
    if column.columns:
        member |= as_source(column.columns)
    return member
