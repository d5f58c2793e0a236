"""What is wrong with the checkpoint of a cycle, or will be one day: the linter of checkpoints."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final, Literal

import msgspec

from processor.schema import coerced, is_date
from processor.values import Json, Row

_DATE_TIME: Final = re.compile(r".{10}[T ](?:[^Z+-]*)(Z|[+-].*)?")
_NAMES: Final[dict[type, str]] = {
    bool: "true and false", int: "numbers", float: "numbers", str: "texts", list: "lists",
    dict: "objects",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """One habit that loses or repeats rows; `cycle` is where it was seen first."""

    code: str
    severity: Literal["error", "warning"]
    cycle: int
    cycles: int
    """In how many cycles it was seen."""
    message: str
    hint: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """The values of one cycle, in their order."""

    column: str
    values: Sequence[Json]
    of_input: Counter[bytes]
    emitted: Counter[bytes]
    """How often each value came until now, this cycle included."""
    rewritten: str | None
    """A date of the input that is delivered as another text."""


class Remarks:
    """Looks at the checkpoint column cycle by cycle, and keeps one remark a code."""

    def __init__(self, rows: Sequence[Row], column: str) -> None:
        self._column = column
        given = [row.get(column) for row in rows if row.get(column) is not None]
        self._of_input = Counter(map(_text, given))
        texts = (value for value in given if isinstance(value, str))
        self._rewritten = next((text for text in texts if _is_rewritten(text)), None)
        self._emitted: Counter[bytes] = Counter()
        self._found: dict[str, Remark] = {}

    def add(self, cycle: int, rows: Sequence[Row]) -> None:
        """Take the output of one cycle into account."""
        values = [row.get(self._column) for row in rows]
        self._emitted.update(map(_text, values))
        if not values:
            return
        seen = _Seen(
            column=self._column,
            values=values,
            of_input=self._of_input,
            emitted=self._emitted,
            rewritten=self._rewritten,
        )
        for check in CHECKS:
            for found in check(seen):
                known = self._found.get(found["code"])
                self._found[found["code"]] = (
                    Remark(cycle=cycle, cycles=1, **found)
                    if known is None
                    else replace(known, cycles=known.cycles + 1)
                )

    @property
    def found(self) -> tuple[Remark, ...]:
        """Every remark, in the order in which they were first met."""
        return tuple(self._found.values())


def _text(value: Json) -> bytes:
    whole = isinstance(value, float) and value.is_integer()
    return msgspec.json.encode(int(value) if whole else value)  # type: ignore[arg-type]


def _remark(code: str, severity: str, message: str, hint: str) -> dict[str, Any]:
    return {"code": code, "severity": severity, "message": message, "hint": hint}


def _nulls(seen: _Seen) -> Iterator[dict[str, Any]]:
    nulls = sum(1 for value in seen.values if value is None)
    if seen.values[-1] is None:
        yield _remark(
            "null_last",
            "error",
            f"the last row has no {seen.column}: the checkpoint stays, and its rows come again",
            f"leave out rows without {seen.column}, or sort them first",
        )
    elif nulls:
        yield _remark(
            "null",
            "warning",
            f"{nulls} rows have no {seen.column}: a comparison with the checkpoint fails on them",
            f"decide what becomes of rows without {seen.column}",
        )


def _types(seen: _Seen) -> Iterator[dict[str, Any]]:
    kinds = sorted({_NAMES[type(value)] for value in seen.values if value is not None})
    if len(kinds) > 1:
        yield _remark(
            "mixed_types",
            "error",
            f"{seen.column} holds {' and '.join(kinds)}, which cannot be compared",
            "give the column one type in the output schema, not JSON",
        )


def _order(seen: _Seen) -> Iterator[dict[str, Any]]:
    values: list[Any] = [value for value in seen.values if value is not None]
    if len({_NAMES[type(value)] for value in values}) != 1 or isinstance(values[0], list | dict):
        return
    last, greatest = values[-1], max(values)
    sort = f"rows.sort(key=lambda row: row[{seen.column!r}]) before you cut and return them"
    if last < greatest:
        message = f"the last {seen.column} is {_shown(last)}, and {_shown(greatest)} came before it"
        again = "the rows between come again"
        yield _remark("last_not_greatest", "error", f"{message}: {again}", sort)
    elif any(one > other for one, other in pairwise(values)):
        message = f"rows are not sorted by {seen.column}; that the last is the greatest is luck"
        yield _remark("unsorted", "warning", message, sort)


def _ties(seen: _Seen) -> Iterator[dict[str, Any]]:
    last = seen.values[-1]
    missing = seen.of_input[_text(last)] - seen.emitted[_text(last)]
    if last is not None and missing > 0:
        yield _remark(
            "tie_at_boundary",
            "warning",
            f"the cycle ends at {seen.column} {_shown(last)}, which {missing} more input rows "
            "have: `>` skips them in the next run, `>=` repeats the others",
            "take all rows of the last value, or a column whose values never repeat",
        )


def _texts(seen: _Seen) -> Iterator[dict[str, Any]]:
    texts = [value for value in seen.values if isinstance(value, str)]
    if not texts or len(texts) < sum(1 for value in seen.values if value is not None):
        return
    if all(not isinstance(coerced(text, "Double"), str) for text in texts):
        yield _remark(
            "numbers_as_text",
            "error",
            f"{seen.column} holds numbers as texts: as text, 10 comes before 9",
            f"make the column Integer or Double, and the rows int(row[{seen.column!r}])",
        )
    yield from _times(seen, texts)


def _times(seen: _Seen, texts: list[str]) -> Iterator[dict[str, Any]]:
    if not all(map(is_date, texts)):
        return
    offsets = {match[1] for text in texts if (match := _DATE_TIME.fullmatch(text))}
    if len(offsets) > 1:
        yield _remark(
            "mixed_offsets",
            "error",
            f"the times of {seen.column} have several offsets: as text they do not sort by time",
            "turn every time into UTC first",
        )
    elif offsets == {None}:
        yield _remark(
            "naive_times",
            "warning",
            f"the times of {seen.column} say no offset: when clocks go back, an hour comes twice",
            "write times in UTC, with Z or +00:00",
        )
    if seen.rewritten is not None:
        yield _remark(
            "rewritten_dates",
            "error",
            f"the input writes {seen.column} as {_shown(seen.rewritten)}, the checkpoint is "
            "ISO 8601: as texts they cannot be compared",
            "turn both into datetime before you compare",
        )


def _is_rewritten(text: str) -> bool:
    """Tell whether a Date column takes the text, and delivers it as another one."""
    return " " in text and is_date(text)


def _shown(value: Json) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004 (as wide as a cell)


CHECKS: Final[tuple[Callable[[_Seen], Iterator[dict[str, Any]]], ...]] = (
    _nulls,
    _types,
    _order,
    _ties,
    _texts,
)
