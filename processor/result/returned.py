"""What a report means for the step."""

from typing import Final, assert_never

from processor.errors import (
    BadResult,
    CpuLimit,
    Killed,
    LimitExceeded,
    MemoryLimit,
    OutputLimit,
    WallLimit,
)
from processor.runtime.contract import Died, Exceeded, Refused, Report, Returned
from processor.step import Limits

_EXCEEDED: Final[dict[str, type[LimitExceeded]]] = {
    "wall_seconds": WallLimit,
    "cpu_seconds": CpuLimit,
    "memory_bytes": MemoryLimit,
    "output_bytes": OutputLimit,
}
_TIMES: Final = ("wall_seconds", "cpu_seconds")


def returned_content(report: Report, limits: Limits) -> bytes:
    """Give what the statement returned, as JSON not yet believed; raises the step's error."""
    match report:
        case Returned(content=content):
            return content
        case Refused(error=error):
            raise error
        case Exceeded(limit=limit):
            if limit == "fuel":
                raise CpuLimit("the run used up the instructions that `options.fuel` gave it")
            value = limits.on_the_wire()[limit]
            ended = "the run timed out: it" if limit in _TIMES else "the run"
            raise _EXCEEDED[limit](
                f"{ended} passed its limit {limit} of {value:,}",
                hint=f"change `limits.{limit}` of the step, or do less in one run",
            )
        case Died(reason=reason, killed=killed, retryable=retryable):
            kind = Killed if killed else BadResult
            raise kind(f"the run's process ended without a result: {reason}", retryable=retryable)
        case _:
            assert_never(report)
