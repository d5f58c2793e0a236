"""Row by row: what a statement returned, appended to the rows that it was called with (rule 19)."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

import msgspec

from processor.errors import BadResult, InputMismatch, OutputLimit
from processor.step import Limits
from processor.values import Row

Counts: TypeAlias = Sequence[int | None]
"""How many rows each input row gave, None where it failed; a statement may forge them."""


class Joined(NamedTuple):
    """The joined rows, one JSON array, and the columns that both had: the output's value counts."""

    content: bytes
    clashes: frozenset[str]


def joined_rows(given: bytes, returned: bytes, counts: Counts, limits: Limits) -> Joined:
    """
    Give each returned row with its input row's columns before its own.

    Raises BadResult where the counts do not fit, and OutputLimit as soon as the joined rows, in
    which an input row may stand many times, are more than a run may give.
    """
    inputs, outputs = _rows_of(given), _each(returned)
    if len(counts) != len(inputs):
        raise _unfit()
    content = bytearray(b"[")
    clashes: set[str] = set()
    for row, count in zip(inputs, counts, strict=True):
        for output in _taken(outputs, count):
            clashes.update(row.keys() & output.keys())
            content += msgspec.json.encode({**row, **output})
            content += b","
            if len(content) > limits.output_bytes:
                raise _too_large(limits.output_bytes)
    if next(outputs, None) is not None:
        raise _unfit()
    content[max(len(content) - 1, 1) :] = b"]"
    return Joined(bytes(content), frozenset(clashes))


def kept_counts(returned: bytes, counts: Counts, keeps: Callable[[Row], bool]) -> Counts:
    """Give how many rows of each input row are left where some are discarded."""
    outputs = _each(returned)
    kept = [None if count is None else sum(map(keeps, _taken(outputs, count))) for count in counts]
    if next(outputs, None) is not None:
        raise _unfit()
    return kept


def _taken(outputs: Iterator[Row], count: int | None) -> list[Row]:
    taken = list(islice(outputs, min(count or 0, _MOST)))
    if len(taken) != (count or 0):
        raise _unfit()
    return taken


_MOST = 1 << 62
"""More than there are, and what `islice` takes."""


def _unfit() -> BadResult:
    return BadResult("the run counted other rows than it returned")


def _too_large(output_bytes: int) -> OutputLimit:
    return OutputLimit(
        f"the joined rows passed the limit output_bytes of {output_bytes:,}",
        hint="return fewer rows for each input row, or change `limits.output_bytes` of the step",
    )


def _each(returned: bytes) -> Iterator[Row]:
    """Go through what was checked against its schema already."""
    rows: list[Row] = msgspec.json.decode(returned)
    return iter(rows)


def _rows_of(rows: bytes) -> list[Row]:
    try:
        decoded: list[Row] = msgspec.json.decode(rows, type=list[dict[str, Any]])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InputMismatch(f"the rows to join to are no rows: {error}") from None
    return decoded
