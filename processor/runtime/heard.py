"""What is kept of a guest's words while it runs: log and streams, within what a host bears."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from processor.runtime.contract import Entry, Streamed
from processor.runtime.guest import wire

MOST_ENTRIES: Final = 10_002
"""The journal's budget, the entry that says that it is spent, and an error after that."""
MOST_ENTRY_BYTES: Final = 4 << 20
"""Room for the journal's budget of characters as JSON, which escapes them."""
MOST_STREAMED: Final = 10_000
LONGEST_KIND: Final = 64


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    level: Literal["trace", "debug", "info", "warn", "error"]
    message: str
    source: Literal["log", "print", "stderr", "warning", "service"]
    line: int | None


class _Streamed(msgspec.Struct, forbid_unknown_fields=True):
    type: Annotated[str, msgspec.Meta(max_length=LONGEST_KIND)]
    data: Any


class Heard:
    """Keeps what a guest tells; each frame is hostile, and decoded into a typed value."""

    def __init__(self, told: Callable[[Entry], None]) -> None:
        self._told = told
        self.entry_bytes = 0
        self.entries: list[Entry] = []
        self.entries_truncated = False
        self.streams: list[Streamed] = []

    def take(self, kind: bytes, content: bytes) -> bool:
        """Keep a line of the log or an event of a stream; False where there is no room for it."""
        return self.entry(content) if kind == wire.ENTRY else self.streamed(content)

    def entry(self, content: bytes) -> bool:
        """Keep one line of the log; False where there is no room. Raises msgspec's errors."""
        self.entry_bytes += len(content)
        if len(self.entries) == MOST_ENTRIES or self.entry_bytes > MOST_ENTRY_BYTES:
            self.entries_truncated = True
            return False
        told = msgspec.json.decode(content, type=_Entry)
        self.entries_truncated |= told.source == "service" and told.message.startswith("the log is")
        now = datetime.now(UTC)
        self._keep(
            Entry(
                level=told.level, message=told.message, line=told.line, time=now, source=told.source
            )
        )
        return True

    def warn(self, message: str) -> None:
        """Keep a line of our own, of what the service did for the run."""
        self._keep(
            Entry(
                level="warn", message=message, line=None, time=datetime.now(UTC), source="service"
            )
        )

    def _keep(self, entry: Entry) -> None:
        self.entries.append(entry)
        self._told(entry)

    def streamed(self, content: bytes) -> bool:
        """Keep one event of a stream; False where there is no room. Raises msgspec's errors."""
        if len(self.streams) == MOST_STREAMED:
            return False
        told = msgspec.json.decode(content, type=_Streamed)
        data = msgspec.json.encode(told.data)
        self.streams.append(Streamed(type=told.type, data=data, time=datetime.now(UTC)))
        return True
