"""Which zygotes are kept: one an environment; the least used are ended, the old replaced."""

import asyncio
from collections import OrderedDict, defaultdict
from types import TracebackType
from typing import Final, Self

import structlog

from processor.environment import Environment

from .slots import Slots
from .users import Users
from .zygote import Zygote

log = structlog.get_logger()

MOST: Final = 8
MOST_FORKS: Final = 20_000
"""After as many children a zygote is replaced."""
LONGEST_LIFE_SECONDS: Final = 6 * 3600.0
"""After which it is replaced too: what it has drawn by chance, its addresses above all, is old."""


class Zygotes:
    """
    Every zygote of this process; they end with the block.

    At most `most` are kept: an environment that has none costs disk, and its next run a start. One
    that has a child, or is about to, stays whatever their number is.
    """

    def __init__(self, ca_bundle: str = "", *, most: int = MOST) -> None:
        self._ca_bundle = ca_bundle
        self._most = most
        self.users = Users()
        self._slots = Slots()
        self._by_digest: OrderedDict[str, Zygote] = OrderedDict()
        """The least used first."""
        self._retired: list[Zygote] = []
        """Those that were replaced, until their last child has ended."""
        self._starting: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Self:
        await self._slots.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for zygote in (*self._by_digest.values(), *self._retired):
            zygote.close()
        await self._slots.__aexit__(kind, error, trace)

    async def get(self, environment: Environment) -> Zygote:
        """Give a warm zygote, waiting for it; raises ProcessorFault where none gets warm."""
        async with self._starting[environment.digest]:
            zygote = self._by_digest.get(environment.digest)
            if zygote is None or not zygote.alive:
                if zygote is not None:
                    zygote.close()
                zygote = Zygote(environment, self.users, self._slots, self._ca_bundle)
                self._by_digest[environment.digest] = zygote
            self._by_digest.move_to_end(environment.digest)
            await zygote.wait_until_warm()
        self._evict(zygote)
        return zygote

    async def renew(self, now: float) -> None:
        """
        Replace those that are old, each once its successor is warm, so that no run waits for it.

        Raises ProcessorFault where a successor does not get warm; then the old one goes on.
        """
        self._retired = [zygote for zygote in self._retired if not _closed_if_idle(zygote)]
        for digest, old in [*self._by_digest.items()]:
            if not (old.warm and _is_old(old, now)):
                continue
            successor = Zygote(old.environment, self.users, self._slots, self._ca_bundle)
            try:
                await successor.wait_until_warm()
            except BaseException:
                successor.close()
                raise
            if self._by_digest.get(digest) is not old:  # it has ended by itself meanwhile
                successor.close()
                continue
            self._by_digest[digest] = successor
            old.retired = True
            self._retired.append(old)
            log.info("zygote_replaced", environment=old.environment.name, forks=old.forks)

    def warm(self, environment: Environment) -> bool:
        """Whether a run of this environment would start at once."""
        zygote = self._by_digest.get(environment.digest)
        return zygote is not None and zygote.warm

    @property
    def count(self) -> int:
        """How many are kept."""
        return len(self._by_digest)

    def _evict(self, wanted: Zygote) -> None:
        """End the least used that are one too many, but for those that somebody waits for."""
        for digest, zygote in [*self._by_digest.items()]:
            if len(self._by_digest) <= self._most:
                return
            if zygote is not wanted and zygote.idle and not self._starting[digest].locked():
                zygote.close()
                del self._by_digest[digest], self._starting[digest]


def _is_old(zygote: Zygote, now: float) -> bool:
    return zygote.forks >= MOST_FORKS or now - zygote.born >= LONGEST_LIFE_SECONDS


def _closed_if_idle(zygote: Zygote) -> bool:
    """End a zygote that has no child any more, and tell whether it had none."""
    if zygote.alive and not zygote.idle:
        return False
    zygote.close()
    return True
