"""The children of one kind that wait for runs."""

import time
from collections import deque
from dataclasses import dataclass, field

from processor.environment import Environment
from processor.runtime.jail import Terms

from .ready import Ready, claimed
from .zygote import Zygote


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """One child that waits, and the process that it was forked from."""

    ready: Ready
    zygote: Zygote

    @property
    def alive(self) -> bool:
        """Whether it serves still; a child outlives its zygote by a moment."""
        return self.zygote.alive and self.ready.child.alive


@dataclass(kw_only=True, slots=True)
class Shelf:
    """Those of one zygote, with one reach, and one set of limits."""

    environment: Environment
    terms: Terms
    floor: int = 0
    target: int = 0
    """As many children should wait."""
    is_known: bool = False
    """Whether a run has asked for it before."""
    coming: int = 0
    waiting: deque[Waiting] = field(default_factory=deque)
    asked: float = field(default_factory=time.monotonic)

    @property
    def count(self) -> int:
        """How many wait or are about to, but for those whose zygote is replaced."""
        return sum(not each.zygote.retired for each in self.waiting) + self.coming

    def grow(self, most: int) -> None:
        """Want more, since a run has found none; a kind that was asked for but once wants none."""
        if self.is_known:
            self.target = min(max(self.target * 2, 1), most)
        self.is_known = True

    def take(self, terms: Terms) -> Ready | None:
        """Take a child that waits, is alive, and is limited to what its run may use; or None."""
        while self.waiting:
            waiting = self.waiting.pop()  # the latest: what it has touched is likelier in a cache
            ready: Ready | None = waiting.ready
            try:
                if terms != self.terms:
                    ready = claimed(waiting.ready, terms)
            except OSError:
                ready = None
            if ready is not None and waiting.alive:  # now: else its limits may be another's
                return ready
            waiting.ready.close()
        return None

    def drop(self, count: int) -> None:
        """End so many of those that wait, the oldest first."""
        for _ in range(min(count, len(self.waiting))):
            self.waiting.popleft().ready.close()

    def drop_unfit(self) -> None:
        """End those that have died, and those of a replaced zygote once there are others."""
        fresh = sum(not each.zygote.retired for each in self.waiting) >= min(self.target, 1)
        unfit = [each for each in self.waiting if not each.alive or (fresh and each.zygote.retired)]
        self.waiting = deque(each for each in self.waiting if each not in unfit)
        for each in unfit:
            each.ready.close()
