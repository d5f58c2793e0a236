"""Which zygotes are kept: one an environment, started when first wanted, replaced when dead."""

import asyncio
from collections import defaultdict
from types import TracebackType
from typing import Self

from processor.environment import Environment

from .users import Users
from .zygote import Zygote


class Zygotes:
    """Every zygote of this process; they end with the block."""

    def __init__(self, ca_bundle: str = "") -> None:
        self._ca_bundle = ca_bundle
        self._by_digest: dict[str, Zygote] = {}
        self.users = Users()
        self._starting: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for zygote in self._by_digest.values():
            zygote.close()

    async def get(self, environment: Environment) -> Zygote:
        """Give a warm zygote, waiting for it; raises ProcessorFault where none gets warm."""
        async with self._starting[environment.digest]:
            zygote = self._by_digest.get(environment.digest)
            if zygote is None or not zygote.alive:
                if zygote is not None:
                    zygote.close()
                zygote = Zygote(environment, self.users, self._ca_bundle)
                self._by_digest[environment.digest] = zygote
            await zygote.wait_until_warm()
            return zygote

    def warm(self, environment: Environment) -> bool:
        """Whether a run of this environment would start at once."""
        zygote = self._by_digest.get(environment.digest)
        return zygote is not None and zygote.warm
