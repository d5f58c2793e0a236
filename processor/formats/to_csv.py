"""
Rows as CSV, by RFC 4180: UTF-8, a header, CR LF at the end of each line.

Cells that begin with = + - or @ are left as they are, though a spreadsheet may take them for
formulas: rows are data on their way to another program, -5 is a number and +49 a telephone's, and
a cell that was made harmless is a wrong one everywhere else. Who opens CSV of unknown origin in a
spreadsheet imports its columns as text.
"""

import re
from typing import Final

import msgspec

from processor.errors import OutputLimit
from processor.schema import Schema
from processor.values import Json, Row

from .records import DELIMITERS
from .refused import LARGEST

_SPECIAL: Final = re.compile('[",\r\n]')
# A header also without what it might be mistaken for: another delimiter, a byte order mark.
_SPECIAL_NAME: Final = re.compile(f'["\r\n\ufeff{re.escape("".join(DELIMITERS))}]')
_END: Final = b"\r\n"


def rows_to_csv(content: bytes, schema: Schema | None, *, largest: int = LARGEST) -> bytes:
    """
    Give rows, one JSON array of objects, as CSV.

    The columns are the schema's, in its order, then others as they are first seen. Null, and a
    column that a row lacks, is a cell with nothing in it; an empty text is `""`. Lists and objects
    are JSON, and so is every value of a JSON column. Raises OutputLimit where it would have more
    than `largest` bytes: rows that share few columns are mostly delimiters.
    """
    rows: list[Row] = msgspec.json.decode(content)
    kinds = dict(schema.layout.types) if schema is not None else {}
    names = list(dict.fromkeys([*kinds, *(name for row in rows for name in row)]))
    if not names:
        return b""
    columns = [(name, kinds.get(name) == "JSON") for name in names]
    text = bytearray(",".join([_quoted(name, _SPECIAL_NAME) for name in names]).encode() + _END)
    for row in rows:
        text += ",".join([_cell(row.get(name), as_json=j) for name, j in columns]).encode() + _END
        if len(text) > largest:
            raise OutputLimit(
                f"as CSV the rows have more than {largest} bytes; take them as JSON or NDJSON"
            )
    return bytes(text)


def _cell(value: Json, *, as_json: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and not as_json:
        return _quoted(value, _SPECIAL)
    return _quoted(msgspec.json.encode(value).decode(), _SPECIAL)


def _quoted(text: str, special: re.Pattern[str]) -> str:
    if text and special.search(text) is None:
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
