"""Who asked for it is told of a run's end: what is told, how it is signed, when again."""

from .callback import (
    MOST_ATTEMPTS,
    Attempted,
    Callback,
    Outbox,
    event_of,
    next_delay,
    read_secret,
    settled,
    signed_headers,
)

__all__ = [
    "MOST_ATTEMPTS",
    "Attempted",
    "Callback",
    "Outbox",
    "event_of",
    "next_delay",
    "read_secret",
    "settled",
    "signed_headers",
]
