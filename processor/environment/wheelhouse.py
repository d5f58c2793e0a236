"""
Build a statement environment: the wheels of one lock, in a folder of their own, once.

Nothing of a package is executed meanwhile. Only wheels are taken, so no build backend runs;
and modules are compiled by an interpreter without `site`, because uv's `--compile-bytecode`
starts the environment's own, which runs whatever `.pth` files the wheels brought.

A folder counts once its marker is there, and the marker is written last: a build that was
killed leaves nothing that looks like an environment. The lock file beside the folder is held by
the builder and by its children, so the next builder starts over only when the last of them is gone.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Final, TypeAlias

from processor.errors import EnvironmentNotReady

from .tools import BuildStopped, Tools, passed_on

_PINNED: Final = re.compile(r"^([a-z0-9][a-z0-9-]*)==", re.MULTILINE)
NOT_FOR_STATEMENTS = frozenset(
    {"service", "postgresql", "dev", "tools", "nodejs", "otel", "page", "schemathesis", "runner"}
)
"""Locks of the project itself; every other lock is a statement environment's."""


class State(StrEnum):
    """How far an environment is."""

    NONE = "none"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """One installed distribution."""

    name: str
    version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Wheelhouse:
    """The folder of one environment: what it is made of, and where it stands once built."""

    name: str
    lock: Path
    digest: str
    """`sha256:…` over the lock, the interpreter's version and the platform."""
    python_version: str
    folder: Path

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        """Where its packages are."""
        return self.folder / "lib" / base_interpreter().name / "site-packages"

    @property
    def marker(self) -> Path:
        """The file that says that the build was finished."""
        return self.folder / ".complete"

    @property
    def held(self) -> Path:
        """The file that is locked while somebody builds."""
        return self.folder.with_name(f"{self.folder.name}.lock")

    @property
    def failure(self) -> Path:
        """The file with the words of the last build, if it failed."""
        return self.folder.with_name(f"{self.folder.name}.failed")


def known(locks_dir: Path) -> tuple[str, ...]:
    """Name every statement environment that has a lock."""
    return tuple(sorted({lock.stem for lock in locks_dir.glob("*.txt")} - NOT_FOR_STATEMENTS))


def shipped_packages(locks_dir: Path) -> frozenset[str]:
    """Name every package that an environment of this deployment's own holds."""
    texts = ((locks_dir / f"{name}.txt").read_text("utf-8") for name in known(locks_dir))
    return frozenset(found for text in texts for found in _PINNED.findall(text))


def locate(name: str, *, environments_dir: Path, locks_dir: Path) -> Wheelhouse:
    """Say where the environment of that name stands, built or not."""
    if name not in known(locks_dir):
        names = ", ".join(known(locks_dir)) or "none"
        raise EnvironmentNotReady(f"no environment is called {name!r}; known: {names}")
    lock = locks_dir / f"{name}.txt"
    digest = digest_of(lock.read_text(encoding="utf-8"))
    folder = environments_dir.absolute() / f"{name}-{digest.removeprefix('sha256:')[:16]}"
    return Wheelhouse(
        name=name,
        lock=lock.absolute(),
        digest=digest,
        python_version=platform.python_version(),
        folder=folder,
    )


def digest_of(lock: str) -> str:
    """Identify what a build of this lock gives on this machine."""
    parts = (lock, platform.python_version(), sys.platform, platform.machine())
    return "sha256:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()


def base_interpreter() -> Path:
    """Find the interpreter below the service's own virtual environment."""
    return Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")


def is_whole(house: Wheelhouse) -> bool:
    """Whether the environment was built to its end and its interpreter is still there."""
    return house.marker.exists() and house.python.exists()


def state(house: Wheelhouse) -> tuple[State, str | None]:
    """Tell how far the environment is, and the reason where it failed."""
    if is_whole(house):
        return State.READY, None
    if house.held.exists() and not is_free(house.held):
        return State.BUILDING, None
    if house.failure.exists():
        return State.FAILED, house.failure.read_text(encoding="utf-8")
    return State.NONE, None


def packages(house: Wheelhouse) -> tuple[Package, ...]:
    """List what is installed in a built environment, by name."""
    found = metadata.distributions(path=[str(house.site_packages)])
    listed = (Package(name=each.metadata["Name"], version=each.version) for each in found)
    return tuple(sorted(listed, key=lambda package: package.name.lower()))


def build(
    house: Wheelhouse,
    *,
    environ: Mapping[str, str],
    within: timedelta = timedelta(minutes=15),
    fill: "Fill | None" = None,
) -> None:
    """
    Build the environment, unless it is whole; wait while somebody else builds it.

    `fill` makes it in its empty place, where it is not a folder of packages.

    `environ` is the caller's environment, of which only what package tools need is passed on.
    """
    if is_whole(house):
        return
    deadline = time.monotonic() + within.total_seconds()
    house.folder.parent.mkdir(parents=True, exist_ok=True)
    with held_alone(house, deadline) as lock:
        if not is_whole(house):
            clear(house)
            tools = Tools(environ=passed_on(environ), deadline=deadline, lock=lock)
            fill_or_say_why(house, tools, fill or install)


Fill: TypeAlias = Callable[[Wheelhouse, Tools], None]
"""Makes an environment in its empty place."""


def fill_or_say_why(house: Wheelhouse, tools: Tools, fill: Fill) -> None:
    """Fill the folder; where that fails, leave the reason in its place. The marker comes last."""
    try:
        fill(house, tools)
        mark(house)
    except EnvironmentNotReady as error:
        clear(house)
        house.failure.write_text(error.message, encoding="utf-8")
        raise


def install(house: Wheelhouse, tools: Tools) -> None:
    """Make a folder of packages."""
    uv, base = uv_program(), str(base_interpreter())
    tools.run(uv, "venv", "--quiet", "--no-python-downloads", "--python", base, str(house.folder))
    tools.run(
        uv, "pip", "sync", "--quiet", "--no-python-downloads", "--python", str(house.python),
        "--require-hashes", "--only-binary", ":all:", str(house.lock),
    )  # fmt: skip
    compile_folder(house.site_packages, tools)


def mark(house: Wheelhouse) -> None:
    """Say that the environment is whole."""
    # A marker that outlives a power cut must not outlive the files it vouches for.
    os.sync()
    with house.marker.open("w", encoding="utf-8") as marker:
        marker.write(house.digest)
        marker.flush()
        os.fsync(marker.fileno())


def uv_program() -> str:
    """Find the program that resolves and installs."""
    # Deferred: only a build needs it, and it looks through the file system on import.
    from uv import find_uv_bin

    return find_uv_bin()


def compile_folder(folder: Path, tools: Tools) -> None:
    """Leave a .pyc beside every module below a folder that compiles."""
    # Some packages ship templates that are no Python: those are theirs to explain.
    tools.run(str(base_interpreter()), "-IS", "-c", COMPILE, str(folder))


COMPILE = "import compileall, sys; compileall.compile_dir(sys.argv[1], quiet=2, workers=0)"


def clear(house: Wheelhouse) -> None:
    """Remove what an earlier build left; the marker goes first, so that no part looks whole."""
    house.failure.unlink(missing_ok=True)
    house.marker.unlink(missing_ok=True)
    if house.folder.exists():
        shutil.rmtree(house.folder)


@contextmanager
def held_alone(house: Wheelhouse, deadline: float) -> Iterator[int]:
    """Hold the environment's lock until the block ends; give its descriptor."""
    with hold(house.held, deadline, f"another build of {house.name} does not end") as descriptor:
        yield descriptor


@contextmanager
def hold(
    lock: Path, deadline: float, otherwise: str, stop: threading.Event | None = None
) -> Iterator[int]:
    """
    Hold a lock file until the block ends; give its descriptor.

    Raises EnvironmentNotReady after the deadline, BuildStopped once we are to stop.
    """
    with lock.open("a") as file:
        while not try_lock(file.fileno()):
            if stop is not None and stop.is_set():
                raise BuildStopped
            if time.monotonic() > deadline:
                raise EnvironmentNotReady(otherwise)
            time.sleep(0.1)
        yield file.fileno()


def try_lock(descriptor: int) -> bool:
    """Take the lock if it is free."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_free(lock: Path) -> bool:
    """Whether nobody builds under that lock."""
    with lock.open("rb") as file:
        return try_lock(file.fileno())
