"""Rows as NDJSON: one JSON object a line."""

from collections.abc import Iterator
from typing import Final

import msgspec

from .refused import refused

BOM: Final = b"\xef\xbb\xbf"
_BLANK: Final = b" \t\r"


def rows_from_ndjson(content: bytes) -> bytes:
    """
    Give rows as one JSON array, each as it is spelled, so that every number stays exact.

    Lines that are blank are passed over. Raises InputMismatch, with the line, for what is no JSON
    object.

    >>> rows_from_ndjson(b'{"id": 1}\\n\\n{"id": 2}\\n')
    b'[{"id": 1},{"id": 2}]'
    """
    array = bytearray(b"[")
    row = 0
    for number, line in enumerate(_lines(content), start=1):
        if not (text := line.strip(_BLANK)):
            continue
        _check(text, line=number, row=row)
        array += b"," if row else b""
        array += text
        row += 1
    array += b"]"
    return bytes(array)


def _lines(content: bytes) -> Iterator[bytes]:
    # One at a time: a list of all lines may be many times as large as they are.
    start = len(BOM) if content.startswith(BOM) else 0
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        yield content[start:end]
        start = end + 1


def _check(text: bytes, *, line: int, row: int) -> None:
    try:
        value = msgspec.json.decode(text)
    except RecursionError:
        raise refused("it nests too deep", line=line, row=row) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise refused(f"it is no JSON: {error}", line=line, row=row) from None
    if not isinstance(value, dict):
        raise refused("a row is an object, and this is none", line=line, row=row)


def rows_to_ndjson(content: bytes) -> bytes:
    """
    Give rows, one JSON array of objects, as a line each; every line is ended.

    >>> rows_to_ndjson(b'[{"id":1},{"id":2}]')
    b'{"id":1}\\n{"id":2}\\n'
    """
    rows = msgspec.json.decode(content, type=list[msgspec.Raw])
    return b"".join([_on_one_line(bytes(row)) + b"\n" for row in rows])


def _on_one_line(row: bytes) -> bytes:
    # Inside a JSON text line ends are written \n, so one that stands there itself is white space.
    spread = b"\n" in row or b"\r" in row
    return msgspec.json.format(row, indent=-1) if spread else row
