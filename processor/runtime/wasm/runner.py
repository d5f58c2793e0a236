"""
The runner: a component with an interpreter and its library inside, built once for what it is of.

It is an environment like the others: a folder under a digest, whole once its marker is there. What
is executed in it is not an interpreter but the component's compiled code.
"""

import hashlib
import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import Final, Self

import processor
from processor.environment import (
    Environment,
    Environments,
    EnvironmentSource,
    InstalledEnvironments,
    State,
    Wheelhouse,
    digest_of,
    state,
)
from processor.errors import EnvironmentNotReady
from processor.identity import Tenant

NAME: Final = "wasm"
LOCK: Final = "runner.txt"
"""The lock of what makes components."""
RECIPE: Final = 3
"""Grows when a runner is built otherwise from the same sources."""
PACKAGE: Final = Path(processor.__file__).parent
SOURCES: Final = ("statement", "runtime/guest", "runtime/wasm/guest")
"""What of this package runs inside, beside the `__init__` of each folder on the way."""
WORLD: Final = PACKAGE / "runtime/wasm/guest/runner.wit"


@dataclass(frozen=True, kw_only=True, slots=True)
class Runner(Wheelhouse):
    """The folder of the runner."""

    @property
    def python(self) -> Path:
        """The component's code as this machine executes it."""
        return self.folder / "runner.cwasm"

    @property
    def tool(self) -> Path:
        """The environment of what makes components."""
        return self.folder / "tool"

    @property
    def about(self) -> Path:
        """What the component says of itself, as JSON."""
        return self.folder / "about.json"


def with_fuel(compiled: Path) -> Path:
    """Give where the same code stands that counts its instructions."""
    return compiled.with_stem(f"{compiled.stem}-fuel")


def runner_at(environments_dir: Path, locks_dir: Path) -> Runner:
    """Say where the runner stands, built or not."""
    lock = locks_dir / LOCK
    digest = digest_of("\0".join((str(RECIPE), lock.read_text("utf-8"), *_made_of())))
    folder = environments_dir.absolute() / f"{NAME}-{digest.removeprefix('sha256:')[:16]}"
    return Runner(
        name=NAME,
        lock=lock.absolute(),
        digest=digest,
        python_version=platform.python_version(),
        folder=folder,
    )


def sources() -> Iterator[Path]:
    """Give every file that runs inside."""
    yield PACKAGE / "__init__.py"
    yield PACKAGE / "runtime/__init__.py"
    for folder in SOURCES:
        yield from sorted((PACKAGE / folder).rglob("*.py"))


def _made_of() -> Iterator[str]:
    """Give what a runner is made of, but for the tool that makes it, which the lock tells."""
    yield f"wasmtime {metadata.version('wasmtime')}"
    yield WORLD.read_text("utf-8")
    for source in sources():
        yield f"{source.relative_to(PACKAGE)} {hashlib.sha256(source.read_bytes()).hexdigest()}"


def with_runner(installed: InstalledEnvironments) -> "RunnerEnvironments":
    """Give the environments of a machine, and the runner among them."""
    return RunnerEnvironments(
        runner=runner_at(installed.environments_dir, installed.locks_dir),
        allowed_imports=frozenset(installed.allowed_imports.get(NAME, ())),
        others=installed,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class RunnerEnvironments:
    """Satisfies Environments: the runner under its name, and all others as they are."""

    runner: Runner
    allowed_imports: frozenset[str]
    others: Environments

    def of(self, _tenant: Tenant) -> Self:
        """See Environments: what ships is everybody's."""
        return self

    def get(self, source: EnvironmentSource) -> Environment:
        """Give a built environment; raises EnvironmentNotReady where it is not."""
        if source != NAME:
            return self.others.get(source)
        match state(self.runner):
            case State.READY, _:
                return self._environment()
            case State.BUILDING, _:
                raise EnvironmentNotReady("the WASM runner is being built", retry_after=30)
            case _, reason:
                why = f"its build failed: {reason}" if reason else "it has not been built"
                advice = f"`processor env build {NAME}` builds it"
                raise EnvironmentNotReady(f"the WASM runner is not ready, {why}; {advice}")

    async def prepare(self, source: EnvironmentSource, patience: timedelta) -> None:
        """Hold an environment to be there; nobody waits for the runner's build."""
        if source == NAME:
            self.get(source)
        else:
            await self.others.prepare(source, patience)

    def _environment(self) -> Environment:
        about = json.loads(self.runner.about.read_bytes())
        return Environment(
            name=NAME,
            digest=self.runner.digest,
            python=self.runner.python,
            python_version=about["python_version"],
            allowed_imports=self.allowed_imports,
            preload=(),
        )
