"""The spellings of rows, and which one a caller gets by its `Accept` (RFC 9110, 12.5.1)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from processor.schema import Schema

from .from_csv import rows_from_csv
from .ndjson import rows_from_ndjson, rows_to_ndjson
from .to_csv import rows_to_csv


class Spelling(NamedTuple):
    """How rows are read from a media type, and written in it; in between they are a JSON array."""

    read: Callable[[bytes, Schema | None], bytes]
    write: Callable[[bytes, Schema | None], bytes]


MEDIA_TYPES: Final[Mapping[str, Spelling]] = MappingProxyType(
    {
        "application/json": Spelling(lambda rows, _: rows, lambda rows, _: rows),
        "application/x-ndjson": Spelling(
            lambda lines, _: rows_from_ndjson(lines), lambda rows, _: rows_to_ndjson(rows)
        ),
        "text/csv": Spelling(rows_from_csv, rows_to_csv),
    }
)
"""The spellings of rows, the preferred one first."""

_WEIGHT: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


def negotiate(accept: str | None, offered: Sequence[str] = tuple(MEDIA_TYPES)) -> str | None:
    """
    Give the media type that a caller likes best, or None where it takes none of those offered.

    The preferred one stands first.

    For each the most specific range decides, whatever the order. Parameters other than `q` are
    passed over, and so is a range that is none.

    >>> negotiate("text/*;q=0.5, application/x-ndjson"), negotiate(None), negotiate("image/png")
    ('application/x-ndjson', 'application/json', None)
    """
    if accept is None or not accept.strip():
        return offered[0]
    weights: dict[str, float] = {}
    for name, weight in _ranges(accept):
        weights[name] = max(weight, weights.get(name, 0))
    liked = {media_type: _weight(media_type, weights) for media_type in offered}
    best = max(liked, key=lambda media_type: liked[media_type])
    return best if liked[best] else None


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        name, *parameters = (piece.strip() for piece in part.lower().split(";"))
        weights = [value for value in parameters if value.startswith("q=")]
        weight = weights[0].removeprefix("q=") if weights else "1"
        if _WEIGHT.fullmatch(weight):
            yield name, float(weight)


def _weight(media_type: str, weights: dict[str, float]) -> float:
    family = media_type.partition("/")[0]
    ranges = [name for name in (media_type, f"{family}/*", "*/*") if name in weights]
    return weights[ranges[0]] if ranges else 0
