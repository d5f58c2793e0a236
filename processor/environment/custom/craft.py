"""
How one kind of environment is made of wheels, and the steps that all kinds share.

Whatever the kind, nothing of a package is executed, a wheel is unpacked once, and what has a name
is whole.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import msgspec

from processor.environment.environment import Environment
from processor.environment.files import (
    disk_bytes,
    entries,
    first_link,
    own_bytes,
    read_record,
    remove,
    sync_folder,
)
from processor.environment.tools import Tools
from processor.environment.wheelhouse import base_interpreter, compile_folder, uv_program
from processor.errors import EnvironmentNotReady

from .index import Index
from .lock import key_of, requirement_of
from .places import Built, Pin, Places, record_of, used_mark

_SUFFIXES: Final = (".py", ".so")


@dataclass(frozen=True, kw_only=True, slots=True)
class Shop:
    """Where and with what one folder is made."""

    places: Places
    index: Index
    tools: Tools
    work: Path
    trusted: frozenset[str]
    target: tuple[str, ...]
    """What the installer is told of where the packages are to run; empty for here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What was made: the modules that can be imported, and which may be ahead of the walls."""

    modules: tuple[str, ...]
    vouched: tuple[str, ...] = ()


class Craft(Protocol):
    """One kind of environment."""

    @property
    def target(self) -> tuple[str, ...]:
        """Give what resolver and installer are told of where the packages are to run."""

    @property
    def python_version(self) -> str:
        """Give the version of the interpreter that is to import them."""

    @property
    def retry_after(self) -> int:
        """Give after how many seconds it is worth asking again for what is being built."""

    def advice(self, reason: str) -> str:
        """Give what to do about a build that failed for that reason, or nothing."""

    def digest(self, pins: Sequence[Pin], trusted: frozenset[str]) -> str:
        """Identify what is made of a lock."""

    def make(self, made: Path, pins: Sequence[Pin], shop: Shop) -> Contents:
        """Make what a lock stands for in a folder that is not there; raises EnvironmentNotReady."""

    def environment(
        self, name: str, built: Built, folder: Path, allowed: frozenset[str]
    ) -> Environment:
        """Give what was built as the environment of that name, which grants these imports."""


def make(pins: Sequence[Pin], shop: Shop, craft: Craft) -> tuple[Built, int]:
    """Make what a lock stands for, unless it is there; tell what it is, and what it added."""
    digest = craft.digest(pins, shop.trusted)
    folder = shop.places.built(digest)
    existing = read_record(record_of(folder), Built)
    if existing is not None:
        return existing, 0
    added = have_unpacked(pins, shop)
    made = shop.work / "environment"
    contents = craft.make(made, pins, shop)
    built = Built(
        digest=digest,
        pins=tuple(pins),
        wheels=tuple(map(key_of, pins)),
        modules=contents.modules,
        vouched=contents.vouched,
        size_bytes=disk_bytes(made),
    )
    record_of(made).write_bytes(msgspec.json.encode(built))
    used_mark(made).touch()
    added += own_bytes(made)
    os.sync()  # what has a name outlives a power cut with all that is in it
    _put_in_place(made, folder, shop.places)
    return built, added


def have_unpacked(pins: Sequence[Pin], shop: Shop) -> int:
    """Have every wheel unpacked and compiled in its place; tell what that added on disk."""
    places = {pin: shop.places.wheel(key_of(pin)) for pin in pins}
    unpacked = {place: _unpack(pin, shop) for pin, place in places.items() if not place.exists()}
    added = sum(map(disk_bytes, unpacked.values()))
    if unpacked:
        os.sync()  # see above
    for place, made in unpacked.items():
        _put_in_place(made, place, shop.places)
    return added


def _unpack(pin: Pin, shop: Shop) -> Path:
    asked, target = shop.work / "wheel.txt", shop.work / "wheel" / key_of(pin)
    asked.write_text(requirement_of(pin), "utf-8")
    shop.tools.run(
        uv_program(), "pip", "install", "--quiet", "--no-progress", "--no-config", "--no-deps",
        "--require-hashes", "--only-binary", ":all:",
        "--python", str(base_interpreter()), *shop.target,
        "--target", str(target), "--link-mode", "hardlink",
        "--cache-dir", str(shop.work / "cache"), *shop.index.arguments(),
        "--requirement", str(asked),
    )  # fmt: skip
    shop.tools.look()
    link = first_link(target)
    if link is not None:
        named = f"{pin.name} {pin.version}"
        raise EnvironmentNotReady(f"{named} holds a link, {link.name}: no wheel may")
    compile_folder(target, shop.tools)
    return target


def _put_in_place(made: Path, place: Path, places: Places) -> None:
    """Give a finished folder its name."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        remove(place, places.work)
    made.rename(place)
    sync_folder(place.parent)


def modules_in(folder: Path) -> tuple[str, ...]:
    """Name the modules that can be imported from a folder of packages."""
    if not folder.exists():
        return ()
    with os.scandir(folder) as found:
        names = {entry.name.partition(".")[0] for entry in found if _is_module(entry)}
    return tuple(sorted(name for name in names if name.isidentifier()))


def _is_module(entry: "os.DirEntry[str]") -> bool:
    if entry.is_file():
        return entry.name.endswith(_SUFFIXES)
    inside = entries(Path(entry.path)) if entry.name.isidentifier() else ()
    return any(inner.name.endswith(_SUFFIXES) for inner in inside)
