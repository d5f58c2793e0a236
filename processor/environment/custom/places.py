"""
Where everything of custom environments lies, below one folder, and the records of it.

Whatever has a name here is whole: it is made under `work` and renamed. So a process may die at any
instruction, and leaves nothing but rubbish under `work`, which the next collection removes.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from processor.environment.wheelhouse import base_interpreter, hold


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """One package of a lock, with the hashes of its wheels that may be taken."""

    name: str
    version: str
    hashes: tuple[str, ...]


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """What requirements were built to; the newest build's, once it was whole."""

    digest: str
    """Of the lock: names the folder that serves."""
    build_ms: int
    added_bytes: int
    """What the build added on disk; wheels that were there already cost nothing."""
    at: str


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why the newest build failed."""

    reason: str
    """In the resolver's own words."""
    broken: tuple[str, ...]
    """The requirements that the words are about, as far as they name any."""
    at: str


class Building(msgspec.Struct, frozen=True, kw_only=True):
    """What is being built by whoever holds the lock of builds."""

    digest: str


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder was made of."""

    digest: str
    pins: tuple[Pin, ...]
    wheels: tuple[str, ...]
    modules: tuple[str, ...]
    """Names that can be imported."""
    vouched: tuple[str, ...]
    """Those of them that may be imported ahead of the walls."""
    size_bytes: int


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Requirements under a name, as they were put there."""

    id: str
    requirements: str
    """The text as it was sent."""
    before: str | None
    """The digest of the folder that serves until the requirements are built; None where none."""
    at: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """The folder of custom environments, and the place of each thing in it."""

    folder: Path

    def resolved(self, requirements: str) -> Path:
        """Give the record of what requirements, by their digest, were built to."""
        return self.folder / "resolved" / f"{requirements}.json"

    def failed(self, requirements: str) -> Path:
        """Give the record of why requirements, by their digest, could not be built."""
        return self.folder / "failed" / f"{requirements}.json"

    def named(self, name: str) -> Path:
        """Give the record of requirements under a name."""
        return self.folder / "named" / f"{name}.json"

    def built(self, digest: str) -> Path:
        """Give the folder of a lock's environment, which is there once it is whole."""
        return self.folder / "built" / digest[:32]

    def wheel(self, key: str) -> Path:
        """Give the folder of an unpacked wheel, which is there once it is whole."""
        return self.folder / "wheels" / key

    @property
    def building(self) -> Path:
        """The record of what is being built."""
        return self.folder / "building.json"

    @property
    def work(self) -> Path:
        """Where things are made; rubbish, but while somebody holds the lock of builds."""
        return self.folder / "work"

    @property
    def lock(self) -> Path:
        """The file that whoever builds or collects holds."""
        return self.folder / "build.lock"

    @contextmanager
    def held(self, deadline: float, stop: threading.Event) -> Iterator[int]:
        """Hold the lock of builds until the block ends; give its descriptor."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with hold(self.lock, deadline, "another build does not end", stop) as descriptor:
            yield descriptor


def record_of(built: Path) -> Path:
    """Give the record in an environment's folder of what it was made of."""
    return built / "environment.json"


def used_mark(built: Path) -> Path:
    """Give the file whose time tells when an environment was last used."""
    return built / "used"


def apart(built: Path) -> Path:
    """Give where the packages are that nobody vouches for; not there where there are none."""
    return built / "apart"


def site_packages(built: Path) -> Path:
    """Give where the packages are that the interpreter finds by itself."""
    return built / "lib" / base_interpreter().name / "site-packages"
