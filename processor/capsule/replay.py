"""Why a run that was made again did not end as the one that was recorded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from .record import Outcome, Record

What: TypeAlias = Literal["environment", "version", "statement", "every_run", "left_out"]

_MENTIONS: Final = re.compile(
    r"\b(random|secrets|uuid[14]?|now|utcnow|today|time\.time|perf_counter|monotonic|httpx|openai"
    r"|set|hash|id)\s*[.(]"
)
_LONGEST_LINE: Final = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """One thing that may have made the difference."""

    what: What
    message: str


def reasons(
    record: Record, environment: dict[str, str], version: str, runs: tuple[Outcome, Outcome]
) -> Iterator[Reason]:
    """
    Tell what differs around two replays of a record, and whether they differ from each other.

    The statement is only searched for words, line by line: nothing here understands it.
    """
    if environment != record.environment:
        changed = [
            name for name in record.environment if environment.get(name) != record.environment[name]
        ]
        told = ", ".join(f"{name} was {record.environment[name]}" for name in changed)
        yield Reason(what="environment", message=f"another environment: {told}")
    if version != record.version:
        yield Reason(what="version", message=f"version {record.version} made it, this is {version}")
    for name in record.left_out:
        message = f"the variable {name} is sensitive and not in the record: give it with --var"
        yield Reason(what="left_out", message=message)
    if runs[0] != runs[1]:
        yield Reason(what="every_run", message="the statement ends otherwise in every run")
        yield from _mentions(str(record.step.get("statement", "")))


def _mentions(statement: str) -> Iterator[Reason]:
    for number, line in enumerate(statement.splitlines(), start=1):
        if found := _MENTIONS.search(line[:_LONGEST_LINE]):
            message = f"line {number} mentions `{found[1]}`: {line.strip():.80}"
            yield Reason(what="statement", message=message)
