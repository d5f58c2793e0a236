"""Whether what came of a hostile run is what may come of it: pure, and the same for every one."""

from collections.abc import Iterator
from typing import Any

import msgspec

from .cases import Attack

LONGER_SECONDS = 10.0
"""Than its limit a run may take: a killed child is cleared away by a machine that is busy."""
MOST_GROWTH_BYTES = 192 << 20
"""Of the service over all programs, some of which return as much as they may."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One hostile run as it was seen from outside, and the benign one after it."""

    attack: str
    profile: str
    code: str
    """An error's code, or succeeded."""
    shown: str
    """The beginning of its answer, for who reads a failure."""
    pwned: bool
    """Whether the statement says that it got through."""
    leaked: list[str]
    """Whose secrets are in the answer."""
    came: list[str]
    """Which canaries were visited."""
    seconds: float
    left: list[str]
    """Processes, descriptors, mounts and files that are there since."""
    next: dict[str, Any]
    """What the benign run found after it, or its error."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """All that was seen in one place."""

    level: int
    first: dict[str, Any]
    """What a benign run found before any attack."""
    seen: list[Seen]
    benign: dict[str, str]
    """How each benign statement ended."""
    packages_changed: bool
    zygote_changed: bool
    files_changed: bool
    grown_bytes: int


def broken(attack: Attack, seen: Seen, first: dict[str, Any]) -> list[str]:
    """Give everything that is wrong with a run, in words; nothing where all holds."""
    return list(_broken(attack, seen, first))


def _broken(attack: Attack, seen: Seen, first: dict[str, Any]) -> Iterator[str]:
    expected = attack.expect[seen.profile]
    if seen.code not in expected:
        yield f"it ended in {seen.code}, not in {' or '.join(sorted(expected))}"
    if seen.pwned:
        yield "it says that it got through"
    yield from (f"the answer has the secret of {each}" for each in seen.leaked)
    yield from (f"it visited {each}" for each in seen.came)
    if seen.seconds > attack.wall_seconds + LONGER_SECONDS:
        yield f"it took {seen.seconds:.1f} s of {attack.wall_seconds}"
    yield from (f"it left {each}" for each in seen.left)
    yield from (f"the next run {each}" for each in differences(first, seen.next))


def differences(first: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    """Give in what a run after an attack differs from the first of all, where it must not."""
    if "numbers" not in found:
        yield f"failed: {found}"
        return
    for name in sorted(first.keys() - {"numbers"}):
        if found.get(name) != first[name]:
            yield f"found {name} {found.get(name)!r}, not {first[name]!r}"
    if set(found["numbers"]) & set(first["numbers"]):
        yield "drew the random numbers of another"
