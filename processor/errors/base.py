"""What every error of ours is, and the one branch that is our fault."""

from collections.abc import Iterator
from typing import ClassVar, TypeVar


class ProcessorError(Exception):
    """Anything that this project raises on purpose."""

    code: ClassVar[str]
    """Stable, documented name of what happened."""
    advice: ClassVar[str]
    """What to do about it, for the page that the code has."""


class ProcessorFault(ProcessorError):
    """We are at fault: not the step, not the request."""

    code = "internal_error"
    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    advice = "Give the `trace_id` to the operator: the service's log has the reason under it."


class StoreUnavailable(ProcessorFault):
    """The database of the store cannot be reached now; nothing that it keeps is lost."""

    code = "store_unavailable"
    http_status = 503
    retryable = True
    advice = (
        "Send the request again after the `Retry-After` of the answer, under the same "
        "Idempotency-Key. Operators: see whether the database is up and reachable."
    )
    retry_after: ClassVar[int] = 5
    """Seconds until a caller may try again."""


Kind = TypeVar("Kind", bound=ProcessorError)


def concrete(base: type[Kind]) -> Iterator[type[Kind]]:
    """Give every error below `base` that has a code of its own."""
    for child in base.__subclasses__():
        if "code" in vars(child):
            yield child
        yield from concrete(child)
