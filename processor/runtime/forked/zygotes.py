"""Which zygotes are kept: one an environment, started when wanted, the least used ended."""

import asyncio
from collections import OrderedDict, defaultdict
from types import TracebackType
from typing import Final, Self

from processor.environment import Environment

from .slots import Slots
from .users import Users
from .zygote import Zygote

MOST: Final = 8


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
        for zygote in self._by_digest.values():
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
