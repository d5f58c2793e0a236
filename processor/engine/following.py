"""A run as its engine follows it: its id to come, what it logs, why it is ended."""

import asyncio

from processor.errors import Cancelled, StepError
from processor.run import Claim, Follower, RunId
from processor.runtime.contract import Entry

MOST_UNTOLD = 10_000
"""Entries that wait to be told; the run's end tells those that found no room."""


class Following(Follower):
    """Follows one run."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self.secrets = secrets
        self.run_id: asyncio.Future[RunId] = asyncio.get_running_loop().create_future()
        self.claim: Claim | None = None
        self.untold: list[Entry] = []
        self._missed = False
        self._cancelled = False

    def claimed(self, claim: Claim) -> None:
        """See Follower."""
        self.claim = claim
        self.run_id.set_result(claim.run_id)

    def told(self, entry: Entry) -> None:
        """See Follower."""
        # What is told is a beginning of the log: after one that was missed, none is.
        self._missed = self._missed or len(self.untold) >= MOST_UNTOLD
        if not self._missed:
            self.untold.append(entry)

    def cancel(self) -> None:
        """Let the run's end tell that somebody wished for it."""
        self._cancelled = True

    def verdict(self) -> StepError:
        """See Follower."""
        return Cancelled("the run was cancelled") if self._cancelled else super().verdict()
