"""The `queue` and `retry` of a step: how its deferred runs wait, how often they are tried."""

from datetime import timedelta
from typing import Annotated, Final, TypeAlias

import msgspec

from .spec import Queueing, RetryOn

Attempts: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=20)]
Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=3600)]
Waiting: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
Priority: TypeAlias = Annotated[int, msgspec.Meta(ge=-100, le=100)]

_DEFAULT: Final = Queueing()


class WireRetry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A step's `retry` as callers write it."""

    max_attempts: Attempts = _DEFAULT.max_attempts
    backoff_seconds: Seconds = _DEFAULT.backoff.total_seconds()
    on: RetryOn = _DEFAULT.retry_on


class WireQueue(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A step's `queue` as callers write it."""

    limit: Waiting = _DEFAULT.limit
    coalesce: bool = _DEFAULT.coalesce
    priority: Priority = _DEFAULT.priority


class _Document(msgspec.Struct):
    """The two members of a step that say how its runs wait."""

    queue: WireQueue = msgspec.field(default_factory=WireQueue)
    retry: WireRetry = msgspec.field(default_factory=WireRetry)


def read_queueing(queue: WireQueue, retry: WireRetry) -> Queueing:
    """Read how deferred runs of a step wait."""
    return Queueing(
        max_attempts=retry.max_attempts,
        backoff=timedelta(seconds=retry.backoff_seconds),
        retry_on=retry.on,
        limit=queue.limit,
        coalesce=queue.coalesce,
        priority=queue.priority,
    )


def queueing_of(document: bytes) -> Queueing:
    """
    Read how deferred runs of a stored step wait, from the document that it was checked in.

    >>> queueing_of(b'{"retry": {"max_attempts": 2}}').max_attempts
    2
    """
    read = msgspec.json.decode(document, type=_Document)
    return read_queueing(read.queue, read.retry)
