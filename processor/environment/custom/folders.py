"""
A lock to a folder: each wheel unpacked and compiled once, and joined by links.

Nothing of a package is executed: only wheels are taken, and modules are compiled by an interpreter
that has no packages. The files of an environment are second names of its wheels' files, compiled
modules too, so that the next environment with the same wheels costs its folders only.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from processor.environment.files import (
    disk_bytes,
    entries,
    first_link,
    link_tree,
    own_bytes,
    read_record,
    remove,
    sync_folder,
)
from processor.environment.tools import Tools
from processor.environment.wheelhouse import base_interpreter, compile_folder, uv_program
from processor.errors import EnvironmentNotReady

from .index import Index
from .lock import digest_of, key_of, requirement_of
from .places import Built, Pin, Places, apart, record_of, site_packages, used_mark

_NO_PACKAGES: Final = frozenset({"bin", ".lock"})
"""What stands beside packages where they were unpacked: programs, and the installer's own."""
_SUFFIXES: Final = (".py", ".so")
_OF_UV: Final = ("_virtualenv.py", "_virtualenv.pth")
"""What the tool puts into a new environment, and no statement needs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shop:
    """Where and with what one folder is made."""

    places: Places
    index: Index
    tools: Tools
    work: Path
    trusted: frozenset[str]


def make_folder(pins: Sequence[Pin], shop: Shop) -> tuple[Built, int]:
    """
    Make the folder of a lock, unless it is there; tell what it is, and what that added on disk.

    Packages that nobody vouches for lie apart from the others, in no folder that the interpreter
    looks into by itself: neither their code nor their `.pth` files run ahead of the walls, and no
    file of theirs takes the place of another package's. Raises EnvironmentNotReady.
    """
    digest = digest_of(pins, shop.trusted)
    folder = shop.places.built(digest)
    existing = read_record(record_of(folder), Built)
    if existing is not None:
        return existing, 0
    added = _have_unpacked(pins, shop)
    made = shop.work / "environment"
    _make_interpreter(made, shop)
    vouched, others = _link(pins, made, shop)
    built = Built(
        digest=digest,
        pins=tuple(pins),
        wheels=tuple(map(key_of, pins)),
        modules=tuple(sorted({*vouched, *others})),
        vouched=vouched,
        size_bytes=disk_bytes(made),
    )
    record_of(made).write_bytes(msgspec.json.encode(built))
    used_mark(made).touch()
    added += own_bytes(made)
    os.sync()  # what has a name outlives a power cut with all that is in it
    _put_in_place(made, folder, shop.places)
    return built, added


def _make_interpreter(made: Path, shop: Shop) -> None:
    shop.tools.run(
        uv_program(), "venv", "--quiet", "--no-config", "--no-python-downloads",
        "--python", str(base_interpreter()), "--cache-dir", str(shop.work / "cache"), str(made),
    )  # fmt: skip
    for name in _OF_UV:
        (site_packages(made) / name).unlink(missing_ok=True)


def _link(pins: Sequence[Pin], made: Path, shop: Shop) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Join the wheels, trusted ones and others each in a folder; give the modules of both."""
    for pin in pins:
        folder = site_packages(made) if pin.name in shop.trusted else apart(made)
        folder.mkdir(exist_ok=True)
        link_tree(shop.places.wheel(key_of(pin)), folder, leave_out=_NO_PACKAGES)
    return _modules(site_packages(made)), _modules(apart(made))


def _have_unpacked(pins: Sequence[Pin], shop: Shop) -> int:
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
        "--require-hashes", "--only-binary", ":all:", "--python", str(base_interpreter()),
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


def _modules(folder: Path) -> tuple[str, ...]:
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
