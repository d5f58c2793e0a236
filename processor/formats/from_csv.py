"""Rows out of CSV, their cells read as the schema's columns say."""

from collections import Counter
from collections.abc import Callable
from typing import Final

import msgspec

from processor.schema import Schema, coerced
from processor.values import Json, Row

from .records import Delimiter, Record, records, sniffed
from .refused import LARGEST, refused


def rows_from_csv(
    content: bytes,
    schema: Schema | None,
    *,
    delimiter: Delimiter | None = None,
    largest: int = LARGEST,
) -> bytes:
    """
    Give rows as one JSON array; the first record names the columns.

    A cell with nothing in it is null, but in a Text column that allows no null; `""` is an empty
    text in Text columns, and elsewhere null. Without a schema all columns are nullable texts. A
    cell that is not of its column's type stays a text, for the check against the schema to find
    and `on_mismatch` to judge; one of a JSON column that is no JSON is refused, because there a
    text would pass. No content at all is no rows.

    Raises InputMismatch, with the line, for what cannot be read, and where the rows would have
    more than `largest` bytes.
    """
    found = records(content, sniffed(content) if delimiter is None else delimiter)
    header = next(found, None)
    if header is None:
        return b"[]"
    names = _names(header)
    read = dict.fromkeys(names, _text) if schema is None else _readers(names, schema)
    columns = list(read.items())
    array = bytearray(b"[")
    for record in found:
        array += b"," if record.row else b""
        array += msgspec.json.encode(_row(record, columns))
        if len(array) > largest:
            raise refused(
                f"as JSON the rows have more than {largest} bytes; send fewer at a time",
                line=record.line,
                row=record.row,
            )
    array += b"]"
    return bytes(array)


def _names(header: Record) -> list[str]:
    names = [name or "" for name in header.cells]
    if "" in names:
        number = names.index("") + 1
        raise refused(f"column {number} of the header has no name", line=header.line, row=None)
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise refused(
            f"{count} columns are named {name!r:.200}; names must differ",
            line=header.line,
            row=None,
        )
    return names


_Reader = Callable[[str | None], Json]


def _readers(names: list[str], schema: Schema) -> dict[str, _Reader]:
    kinds = dict(schema.layout.types)
    strict = kinds.keys() - schema.nullable
    return {
        name: _READERS.get(kinds.get(name), _any_text if name in strict else _text)
        for name in names
    }


def _row(record: Record, columns: list[tuple[str, _Reader]]) -> Row:
    row: Row = {}
    for (name, read), cell in zip(columns, record.cells, strict=True):
        try:
            row[name] = read(cell)
        except (msgspec.DecodeError, RecursionError) as error:
            raise refused(
                f"column {name!r:.200} takes JSON, and the cell is none: {error}",
                line=record.line,
                row=record.row,
                column=name[:200],
            ) from None
    return row


def _text(cell: str | None) -> Json:
    return cell


def _any_text(cell: str | None) -> Json:
    return cell or ""


def _boolean(cell: str | None) -> Json:
    return {"1": True, "0": False}.get(cell or "", coerced(cell or None, "Boolean"))


def _json(cell: str | None) -> Json:
    value: Json = msgspec.json.decode(cell) if cell else None
    return value


_READERS: Final[dict[str | None, _Reader]] = {
    "Integer": lambda cell: coerced(cell or None, "Integer"),
    "Double": lambda cell: coerced(cell or None, "Double"),
    "Boolean": _boolean,
    "Date": lambda cell: cell or None,
    "JSON": _json,
}
