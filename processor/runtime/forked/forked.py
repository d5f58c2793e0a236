"""
Execute a statement in a child forked from a warm interpreter. This file is the story.

What was dropped: an interpreter executed per run (1.2 s of imports each time), threads or
sub-interpreters of the service (no boundary, and a statement that loops holds up everybody), and a
long-lived worker for many runs (what one run leaves behind is another's). A fork costs 3 ms.
"""

import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from types import TracebackType
from typing import Self

from processor.egress import NO_NETWORK, NOWHERE, Outside, Policy
from processor.environment import Environment, is_light, light
from processor.errors import ProcessorFault
from processor.runtime.contract import Assignment, Died, Draft, Exceeded, Execution, Take, Usage
from processor.runtime.findings import CHECK_LIMITS
from processor.runtime.jail import Terms
from processor.runtime.jail.seccomp import Network
from processor.statement import Finding
from processor.step import Limits
from processor.values import Json

from .checking import Check
from .conversation import Conversation
from .pool import Pool
from .proof import Proof, attack_on, attempts_of, canaries, take_none
from .ready import Ready, facts_of
from .watch import Watch
from .way_out import WayOut
from .zygote import ZygoteEnded
from .zygotes import MOST, Zygotes


class ForkedRuntime:
    """Satisfies Runtime; its zygotes end with the block."""

    def __init__(
        self,
        outside: Outside = NOWHERE,
        *,
        ca_bundle: str = "",
        least_level: int = 0,
        most_zygotes: int = MOST,
        ready: int = 0,
    ) -> None:
        """
        Take how statements reach what is outside, where their step has a network.

        What they trust there are the certificates in a file, or the public ones. As many children
        as `ready` wait for runs at most.
        """
        self._outside = outside
        self._zygotes = Zygotes(ca_bundle, most=most_zygotes)
        self._pool = Pool(self._zygotes, most=ready, least_level=least_level)
        self._least_level = least_level
        self.proof: Proof | None = None
        """The last one, None before the first."""
        self.unproven = ""
        """Why the walls could not be proven, the last time that it was tried."""

    async def __aenter__(self) -> Self:
        await self._zygotes.__aenter__()
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._pool.__aexit__(kind, error, trace)
        await self._zygotes.__aexit__(kind, error, trace)

    async def warm_up(self, environment: Environment, *terms: Terms) -> None:
        """
        Have zygotes ready, and children of these terms; raises ProcessorFault where none gets warm.
        """
        for each in (light(environment), environment):
            await self._zygotes.get(each)
            for wanted in terms:
                self._pool.keep(each, wanted)

    def warm(self, environment: Environment) -> bool:
        """Whether a run of this environment would start at once."""
        return all(map(self._zygotes.warm, (light(environment), environment)))

    @property
    def zygotes(self) -> int:
        """How many warm interpreters are kept."""
        return self._zygotes.count

    def waiting(self) -> list[dict[str, Json]]:
        """Tell which children wait for runs."""
        return self._pool.told()

    async def prove(self, environment: Environment) -> Proof:
        """
        Look at the walls around a child, and run against them.

        Raises ProcessorFault where they make no level that is asked for, or do not hold: then
        nothing is run any more until they do.
        """
        try:
            self.proof = await self._proof(environment)
            self._require_that_walls_hold()
        except (ProcessorFault, TimeoutError) as error:
            self.unproven = str(error) or "it took too long"
            raise
        self.unproven = ""
        return self.proof

    def _require_that_walls_hold(self) -> None:
        if self.proof is not None and self.proof.got_through and self._least_level:
            done = ", ".join(self.proof.got_through)
            raise ProcessorFault(f"the walls do not hold: a run could {done}")

    async def _proof(self, environment: Environment) -> Proof:
        zygote = await self._zygotes.get(light(environment))
        with canaries() as set_out:
            attack = attack_on(set_out, environment)
            async with self._inside(light(environment), attack) as (ready, way):
                execution = await _run_in(ready, attack, take_none, way, time.monotonic())
        return Proof(
            machine=zygote.machine,
            isolation=ready.isolation,
            restrictions=ready.restrictions,
            attempts=attempts_of(execution.report),
        )

    async def execute(self, assignment: Assignment, take: Take) -> Execution:
        """See Runtime."""
        self._require_that_walls_hold()
        try:
            return await self._executed(assignment, take)
        except ZygoteEnded:  # before anything was sent to a child: another one serves as well
            return await self._executed(assignment, take)

    async def check(self, draft: Draft) -> tuple[Finding, ...] | Exceeded | Died:
        """
        See Runtime.

        A check is done by a light child: it imports nothing, a small process forks in a fraction
        of the time, and what a parser does wrong meets no package's memory.
        """
        self._require_that_walls_hold()
        try:
            found = await self._checked(draft)
        except ZygoteEnded as ended:
            found = Died(reason=str(ended), killed=True, retryable=True)
        if isinstance(found, Died) and found.retryable:  # which says nothing of the statement
            found = await self._checked(draft)
        return found

    async def _executed(self, assignment: Assignment, take: Take) -> Execution:
        asked = time.monotonic()
        environment = assignment.environment
        if is_light(f"{assignment.setup}\n{assignment.statement}", environment):
            environment = light(environment)
        async with self._inside(environment, assignment) as (ready, way):
            return await _run_in(ready, assignment, take, way, asked)

    async def _checked(self, draft: Draft) -> tuple[Finding, ...] | Exceeded | Died:
        terms = terms_of(CHECK_LIMITS)
        async with self._pool.child(light(draft.environment), terms) as ready:
            check = Check(ready.child, draft)
            return await Watch(ready.child, CHECK_LIMITS).over(check.findings())

    @asynccontextmanager
    async def _inside(
        self, environment: Environment, assignment: Assignment
    ) -> AsyncIterator[tuple[Ready, WayOut]]:
        """Have a child that is ready for an assignment, with the way out that it may take."""
        network = assignment.network
        async with self._pool.child(environment, terms_of(assignment.limits, network)) as ready:
            yield ready, WayOut(network, self._outside, ready.setup)


async def _run_in(
    ready: Ready, assignment: Assignment, take: Take, way: WayOut, asked: float
) -> Execution:
    child = ready.child
    conversation = Conversation(child, assignment, take)
    started = time.monotonic()
    watch = Watch(child, assignment.limits)
    async with way.served():
        report = await watch.over(conversation.report())
    heard = conversation.heard
    walls: dict[str, Json] = {"restrictions": list[Json](ready.restrictions)}
    return Execution(
        report=report,
        entries=tuple(sorted(heard.entries + way.entries, key=lambda each: each.time)),
        entries_truncated=heard.entries_truncated,
        figures=tuple(conversation.figures),
        streams=tuple(heard.streams),
        usage=Usage(
            wall=timedelta(seconds=time.monotonic() - started),
            cpu=watch.cpu(),
            peak_memory_bytes=watch.peak_memory_bytes(),
        ),
        start=timedelta(seconds=started - asked),
        execute=timedelta(seconds=time.monotonic() - started),
        isolation={**facts_of(ready.isolation), "egress": way.name, **walls},
    )


def terms_of(limits: Limits, network: Policy = NO_NETWORK) -> Terms:
    """Give what a child is held to that runs with these limits and this network."""
    return Terms(
        network=Network.NONE if network.mode == "none" else Network.PROXY,
        memory_bytes=limits.memory_bytes,
        cpu_seconds=math.ceil(limits.cpu.total_seconds()) + 1,  # the watch tells it exactly
        open_files=limits.open_files,
        tmp_bytes=limits.tmp_bytes,
        threads=limits.threads,
    )
