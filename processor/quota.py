"""How much one tenant may ask of this process: so often, and so much at a time."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from processor.errors import Busy
from processor.identity import Tenant

WINDOW_SECONDS: Final = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where a tenant stands in its window."""

    quota: int
    left: int
    seconds: int
    """Until all of it is left again."""


class Quota:
    """
    A bucket of tokens for each tenant, which fills evenly, and a count of what is under way.

    Each process counts for itself. Tenants whose bucket is full are not remembered.
    """

    def __init__(self, *, per_minute: int, at_once: int) -> None:
        self._per_minute = per_minute
        self._at_once = at_once
        self._full_at: dict[Tenant, float] = {}
        """When a tenant's bucket is full again: all that there is to know of it."""
        self._under_way: dict[Tenant, int] = {}

    def take(self, tenant: Tenant) -> Standing | None:
        """Count one request; None where there is no limit. Raises Busy at the limit."""
        if not self._per_minute:
            return None
        self._forget()
        now, each = time.monotonic(), WINDOW_SECONDS / self._per_minute
        full_at = max(self._full_at.get(tenant, now), now) + each
        over = full_at - now - WINDOW_SECONDS
        if over > each * 1e-6:  # numbers are not exact
            message = (
                f"tenant {tenant} has asked {self._per_minute:,} times in a minute, its limit "
                "`tenants.requests_per_minute`"
            )
            raise Busy(message, retry_after=max(1, math.ceil(over)))
        self._full_at[tenant] = full_at
        return self._standing(full_at - now, each)

    def standing(self, tenant: Tenant) -> Standing | None:
        """Tell where a tenant stands, without counting; None where there is no limit."""
        if not self._per_minute:
            return None
        until_full = max(self._full_at.get(tenant, 0.0) - time.monotonic(), 0.0)
        return self._standing(until_full, WINDOW_SECONDS / self._per_minute)

    @contextmanager
    def under_way(self, tenant: Tenant) -> Iterator[None]:
        """Hold a place for a request while the block lasts; raises Busy where all are taken."""
        held = self._under_way.get(tenant, 0)
        if self._at_once and held >= self._at_once:
            message = (
                f"{held:,} requests of tenant {tenant} are under way, its limit "
                "`tenants.requests_at_once`"
            )
            raise Busy(message, retry_after=1)
        self._under_way[tenant] = held + 1
        try:
            yield
        finally:
            self._under_way[tenant] -= 1
            if not self._under_way[tenant]:
                del self._under_way[tenant]

    def _standing(self, until_full: float, each: float) -> Standing:
        left = max(math.floor((WINDOW_SECONDS - until_full) / each + 1e-6), 0)
        return Standing(quota=self._per_minute, left=left, seconds=math.ceil(until_full))

    def _forget(self) -> None:
        """Drop the tenants at the front whose bucket is full; a later request puts one behind."""
        now = time.monotonic()
        while self._full_at:
            tenant = next(iter(self._full_at))
            full_at = self._full_at.pop(tenant)
            if full_at > now:
                self._full_at[tenant] = full_at
                return


UNLIMITED: Final = Quota(per_minute=0, at_once=0)
