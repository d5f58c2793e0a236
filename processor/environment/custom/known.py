"""Every environment that steps can ask for: that ships, has a name, or is of requirements."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from processor.environment.environment import Environment, Environments, EnvironmentSource
from processor.environment.files import read_record
from processor.environment.resolve import TREE
from processor.environment.wheelhouse import State
from processor.errors import Busy, EnvironmentNotReady
from processor.step import Requirements, read_requirements

from .build import Workshop, now
from .builds import Builds
from .collect import collect
from .names import Names, requirements_of
from .places import Built, Failure, Named, record_of, used_mark

log = structlog.get_logger()

AGAIN_SECONDS: Final = 60.0
"""After a failed build, before a run that wants the same tries again: the index may be back."""
TOUCH_SECONDS: Final = 600.0
"""Between two notes that an environment is in use."""
COLLECT_SECONDS: Final = 3600.0
_WORD_OF_RUNS: Final = "requirements"
"""What begins the name of an environment that has none of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What the operator grants to environments from requirements."""

    keep: timedelta
    """After its last use, until one that no name leads to is removed."""
    allowed_imports: frozenset[str]
    """Of the standard library; the packages' own modules come beside them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Description:
    """An environment with a name, as its owner sees it."""

    id: str
    state: State
    requirements: str | None = None
    failure: Failure | None = None
    serving: Built | None = None
    """What runs get now; the one before, until the newest requirements are built."""
    build_ms: int | None = None
    added_bytes: int | None = None
    updated_at: str | None = None


class KnownEnvironments:
    """Those of all tenants; builds in the background until its block ends."""

    def __init__(
        self,
        installed: Environments,
        ships: Callable[[str], bool],
        workshop: Workshop,
        terms: Terms,
        tasks: asyncio.TaskGroup,
        baked: Environments | None = None,
    ) -> None:
        """
        Take the environments that are installed, and how others are made.

        Those of requirements that are for WebAssembly are `baked`, where that is served.
        """
        self._installed = installed
        self._names = Names(workshop.places, ships)
        self._places = workshop.places
        self._terms = terms
        self._craft = workshop.craft
        self._baked = baked
        self._builds = Builds(workshop, tasks)
        self._touched: dict[str, float] = {}
        self._made: dict[tuple[str, str], Environment] = {}

    def ships(self, name: str) -> bool:
        """Tell whether an environment ships, so that its name is every tenant's."""
        return self._names.ships(name)

    # What runs need

    def get(self, source: EnvironmentSource) -> Environment:
        """See Environments."""
        if (elsewhere := self._elsewhere(source)) is not None:
            return elsewhere.get(source)
        if isinstance(source, Requirements):
            name = f"{_WORD_OF_RUNS}-{source.digest[:12]}"
            return self._environment(name, self._serves(source, None), source)
        named = self._names.find(source)
        if named is None:
            return self._installed.get(source)
        requirements = requirements_of(named)
        return self._environment(source, self._serves(requirements, named), requirements)

    async def prepare(self, source: EnvironmentSource, patience: timedelta) -> None:
        """See Environments; what serves already, or failed just now, is not waited for."""
        if (elsewhere := self._elsewhere(source)) is not None:
            await elsewhere.prepare(source, patience)
            return
        requirements = self._requirements(source)
        if requirements is not None and not self._is_served(source):
            if self._may_begin(requirements):
                self._builds.start(requirements)
            await self._builds.wait(requirements, patience)
        self.get(source)

    # What their owners do

    def describe(self, name: str) -> Description:
        """Describe the environment of that name; one that is unknown is in state `none`."""
        named = self._names.find(name)
        if named is None:
            return Description(id=name, state=State.NONE)
        requirements = requirements_of(named)
        serving = self._serves(requirements, named)
        resolved = self._builds.resolved(requirements.digest)
        state = self._builds.state(requirements.digest)
        return Description(
            id=name,
            state=state,
            requirements=named.requirements,
            failure=self._builds.failure(requirements.digest) if state is State.FAILED else None,
            serving=None if serving is None else self._built(serving),
            build_ms=resolved.build_ms if resolved else None,
            added_bytes=resolved.added_bytes if resolved else None,
            updated_at=named.at,
        )

    def names(self) -> list[str]:
        """Name every environment that has a name and does not ship."""
        return [named.id for named in self._names.all()]

    async def put(self, name: str, text: str) -> Description:
        """
        Give a name to requirements, and build them unless they are built; the old ones serve on.

        Raises InvalidRequest for a text that is no requirements, or the name of one that ships.
        """
        self._names.require_free(name)
        requirements = read_requirements(text, "/requirements")
        await self._write(name, text)
        if self._builds.state(requirements.digest) is not State.READY:
            self._builds.start(requirements)
        return self.describe(name)

    async def rebuild(self, name: str) -> Description:
        """Resolve and build anew what a name leads to; raises UnknownEnvironment."""
        named = self._names.existing(name)
        await self._write(name, named.requirements)
        self._builds.start(requirements_of(named))
        return self.describe(name)

    async def drop(self, name: str) -> None:
        """Forget a name; what it led to is collected later. Raises UnknownEnvironment."""
        self._names.existing(name)
        await asyncio.to_thread(self._names.drop, name)

    # Housekeeping

    async def keep_house(self) -> None:
        """Take up what a process that died left unbuilt, then collect, again and again."""
        with suppress(Busy):
            for named in self._names.all():
                if self._builds.state(requirements_of(named).digest) is State.NONE:
                    self._builds.start(requirements_of(named))
        while True:
            try:
                await asyncio.to_thread(self.collect)
            except OSError:
                log.exception("environments_not_collected")
            await asyncio.sleep(COLLECT_SECONDS)

    def collect(self) -> int:
        """Remove what is out of use; tell how many environments went."""
        wanted = frozenset(requirements_of(named).digest for named in self._names.all())
        return collect(self._places, self._terms.keep, wanted)

    def _elsewhere(self, source: EnvironmentSource) -> Environments | None:
        """Give who has the environments of requirements that are for another runtime."""
        is_for_wasm = isinstance(source, Requirements) and source.runtime == "wasm"
        return self._baked if is_for_wasm else None

    def _requirements(self, source: EnvironmentSource) -> Requirements | None:
        if isinstance(source, Requirements):
            return source
        named = self._names.find(source)
        return None if named is None else requirements_of(named)

    def _is_served(self, source: EnvironmentSource) -> bool:
        with suppress(EnvironmentNotReady):
            return self.get(source) is not None
        return False

    def _may_begin(self, requirements: Requirements) -> bool:
        match self._builds.state(requirements.digest):
            case State.NONE:
                return True
            case State.FAILED:
                failed = self._places.failed(requirements.digest)
                return _seconds_since(failed) > AGAIN_SECONDS
            case _:
                return False

    def _serves(self, requirements: Requirements, named: Named | None) -> str | None:
        """Give the digest of the folder that serves, by the newest build or the one before."""
        resolved = self._builds.resolved(requirements.digest)
        if resolved is not None:
            return resolved.digest
        before = named and named.before
        return before if before and self._places.built(before).exists() else None

    def _environment(
        self, name: str, digest: str | None, requirements: Requirements
    ) -> Environment:
        if digest is None:
            raise self._not_ready(name, requirements)
        made = self._made.get((name, digest))
        if made is None or not made.python.exists():
            made = self._made[name, digest] = self._make(name, self._built(digest))
        self._touch(digest)
        return made

    def _make(self, name: str, built: Built) -> Environment:
        modules = frozenset(f"{module}{TREE}" for module in built.modules)
        folder = self._places.built(built.digest)
        return self._craft.environment(name, built, folder, self._terms.allowed_imports | modules)

    def _built(self, digest: str) -> Built:
        built = read_record(record_of(self._places.built(digest)), Built)
        if built is None:
            raise EnvironmentNotReady("the environment was removed; build it again")
        return built

    def _not_ready(self, name: str, requirements: Requirements) -> EnvironmentNotReady:
        wait = self._craft.retry_after
        match self._builds.state(requirements.digest), self._builds.failure(requirements.digest):
            case State.BUILDING, _:
                return EnvironmentNotReady(f"environment {name} is being built", retry_after=wait)
            case State.FAILED, Failure(reason=reason):
                return EnvironmentNotReady(f"environment {name} cannot be built: {reason}")
            case _:
                return EnvironmentNotReady(f"environment {name} is not built", retry_after=wait)

    def _touch(self, digest: str) -> None:
        """Note that an environment is in use, now and then."""
        now_seconds = time.monotonic()
        if now_seconds - self._touched.get(digest, -TOUCH_SECONDS) >= TOUCH_SECONDS:
            with suppress(OSError):
                os.utime(used_mark(self._places.built(digest)))
            self._touched[digest] = now_seconds

    async def _write(self, name: str, text: str) -> None:
        """Keep requirements under a name, and what serves until they are built."""
        earlier = self._names.find(name)
        before = None if earlier is None else self._serves(requirements_of(earlier), earlier)
        named = Named(id=name, requirements=text, before=before, at=now())
        await asyncio.to_thread(self._names.write, named)


def _seconds_since(file: Path) -> float:
    with suppress(OSError):
        return time.time() - file.stat().st_mtime  # noqa: TID251 (a file's own clock)
    return AGAIN_SECONDS + 1


@asynccontextmanager
async def opened(
    installed: Environments,
    ships: Callable[[str], bool],
    workshop: Workshop,
    terms: Terms,
    baked: Environments | None = None,
) -> AsyncIterator[KnownEnvironments]:
    """Open all environments; what is being built when the block ends is left."""
    tasks = asyncio.TaskGroup()
    await tasks.__aenter__()
    known = KnownEnvironments(installed, ships, workshop, terms, tasks, baked)
    housekeeping = tasks.create_task(known.keep_house())
    try:
        yield known
    finally:
        workshop.stop.set()
        housekeeping.cancel()
        # Told of no error: it would raise the block's own in a group, which nobody catches.
        await tasks.__aexit__(None, None, None)
