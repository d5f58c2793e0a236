"""A callback: one event (CloudEvents 1.0) that is sent until it has arrived, signed each time."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, Protocol, TypeAlias
from urllib.parse import quote

import msgspec

from processor.run import Run

MOST_ATTEMPTS: Final = 12
"""With these delays, about two days."""
FIRST_DELAY: Final = timedelta(seconds=5)
LONGEST_DELAY: Final = timedelta(hours=6)
SHORTEST_SECRET: Final = 24
LONGEST_SECRET: Final = 64

Attempted: TypeAlias = Literal["delivered", "failed", "gone"]
"""How sending ended: it arrived, it is to be sent again, or nobody is there any more."""

Standing: TypeAlias = Literal["waiting", "delivered", "dead"]
"""How a callback stands: it is to be sent, it has arrived, or it was given up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Callback:
    """One event on its way."""

    position: int
    event_id: str
    url: str
    attempt: int
    """Counts from 1."""
    content: bytes
    """The event, as JSON."""


class Outbox(Protocol):
    """
    Callbacks to be sent, put there in the transaction that ended their run.

    Each is handed out to one process at a time, and again where that one does not come back.
    """

    async def take(self, limit: int) -> Sequence[Callback]:
        """Take callbacks whose time has come; for a while nobody else is given them."""

    async def settle(self, callback: Callback, attempted: Attempted, reason: str) -> None:
        """Keep how sending ended, and with it when to send again."""


def event_of(run: Run) -> bytes:
    """Give the event that tells of a run's end; rows are fetched, not sent."""
    source = "/v1/runs" if run.step_id is None else f"/v1/steps/{quote(run.step_id, safe='')}"
    event = {
        "specversion": "1.0",
        "id": f"{run.id}:{run.attempts}",
        "source": source,
        "type": f"io.processor.run.{run.state}",
        "subject": run.id,
        "time": datetime.now(UTC),
        "datacontenttype": "application/json",
        "data": {
            "id": run.id,
            "step_id": run.step_id,
            "state": run.state,
            "attempts": run.attempts,
            "status": run.status,
            "row_count": run.row_count,
            "checkpoint": run.checkpoint,
            "error": run.error,
            "trace_id": run.trace_id,
        },
    }
    return msgspec.json.encode(event)


def next_delay(attempt: int) -> timedelta | None:
    """
    Give how long to wait after a failed attempt, or None after the last one.

    >>> [next_delay(attempt) for attempt in (1, 2, 12)]
    [datetime.timedelta(seconds=5), datetime.timedelta(seconds=15), None]
    """
    if attempt >= MOST_ATTEMPTS:
        return None
    delay: timedelta = FIRST_DELAY * 3 ** (attempt - 1)
    return min(delay, LONGEST_DELAY)


def settled(attempt: int, attempted: Attempted) -> tuple[Standing, timedelta]:
    """
    Give how a callback stands after an attempt, and when it is looked at again.

    >>> settled(1, "failed"), settled(12, "failed")[0], settled(1, "gone")[0]
    (('waiting', datetime.timedelta(seconds=5)), 'dead', 'dead')
    """
    if attempted == "delivered":
        return "delivered", timedelta()
    delay = next_delay(attempt) if attempted == "failed" else None
    return ("dead", timedelta()) if delay is None else ("waiting", delay)


def read_secret(text: str) -> bytes:
    """Read a secret as Standard Webhooks writes it, `whsec_` and Base64; raises ValueError."""
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith("whsec_") or not SHORTEST_SECRET <= len(key) <= LONGEST_SECRET:
        raise ValueError(
            f"a secret is whsec_ and {SHORTEST_SECRET} to {LONGEST_SECRET} bytes in Base64"
        )
    return key


def signed_headers(callback: Callback, key: bytes, moment: datetime) -> dict[str, str]:
    """Give the headers that tell the receiver who sent it, and when (Standard Webhooks)."""
    timestamp = str(int(moment.timestamp()))
    signed = b".".join((callback.event_id.encode(), timestamp.encode(), callback.content))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": callback.event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }
