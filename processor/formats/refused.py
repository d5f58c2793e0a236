"""The error for input that is not what its media type says."""

from typing import Final

from processor.errors import InputMismatch, Mismatch

LARGEST: Final = 256 << 20
"""The most bytes that rows may have in another spelling: a short text can say a long one."""


def refused(
    message: str, *, line: int, row: int | None, column: str | None = None
) -> InputMismatch:
    """Make the error for that line, counted from 1, of that row, counted from 0."""
    place = f"line {line}" if row is None else f"line {line}, row {row}"
    told = f"{place}: {message}"
    mismatch = Mismatch(
        row=row,
        column=column,
        pointer="" if row is None else f"/{row}",
        expected="rows that can be read",
        actual=message,
        message=told,
    )
    return InputMismatch(
        f"the rows cannot be read: {told}", mismatches=(mismatch,), mismatch_count=1
    )
