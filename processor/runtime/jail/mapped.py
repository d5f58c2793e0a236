"""Which users and groups a service may give to its children: some that its user namespace has."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from .namespaces import Ids

WANTED: Final = Ids(200_000, 1000)
WANTED_BY_KEEPERS: Final = Ids(201_000, 1000)
MOST: Final = 1 << 32
FIRST: Final = 1000
"""Those before are a system's own."""
NOBODY: Final = 65_534
"""Whom the kernel takes for everybody that it has no number for; its neighbour is no number."""
LEAST: Final = 16
"""As few are not worth having: the first is the zygote's."""


@cache
def own_ids() -> Ids:
    """Give the users that a root zygote has for itself (the first) and for its children."""
    return chosen(*_maps(), WANTED)


@cache
def keeper_ids() -> Ids:
    """Give the users that keepers have, who are no zygote's children and none of theirs."""
    return chosen(*_maps(), WANTED_BY_KEEPERS, before=own_ids().first)


def chosen(uid_map: str, gid_map: str, wanted: Ids, *, before: int = MOST) -> Ids:
    """
    Give those that are wanted, or the last `before` some where a namespace has not so many.

    A container without root has those of its user, and some 65,536 that are lent to it. Where it
    has none to spare those that are wanted are given, and will be found not to be had.

    >>> lent = "0 1000 1\\n1 100000 65536"
    >>> chosen(lent, lent, WANTED)
    Ids(first=64534, count=1000)
    """
    spans = [*_shared(_spans(uid_map), _spans(gid_map))]
    last = wanted.first + wanted.count
    if any(start <= wanted.first and last <= end for start, end in spans):
        return wanted
    spare = [(start, end) for start, end in _spare(spans, before) if end - start >= LEAST]
    if not spare:
        return wanted
    start, end = max(spare)
    count = min(wanted.count, end - start)
    return Ids(end - count, count)


def _maps() -> tuple[str, str]:
    uids, gids = (Path("/proc/self", name).read_text("ascii") for name in ("uid_map", "gid_map"))
    return uids, gids


def _spans(id_map: str) -> list[tuple[int, int]]:
    """Give where ids begin and end that are there; see user_namespaces(7)."""
    lines = (line.split() for line in id_map.splitlines())
    return [(int(inside), int(inside) + int(count)) for inside, _, count in lines]


def _shared(
    some: list[tuple[int, int]], others: list[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    for start, end in some:
        for other_start, other_end in others:
            yield max(start, other_start), min(end, other_end)


def _spare(spans: list[tuple[int, int]], before: int) -> Iterator[tuple[int, int]]:
    """Give what of some spans is neither the system's nor nobody's."""
    for start, end in spans:
        yield max(start, FIRST), min(end, NOBODY, before)
        yield max(start, NOBODY + 2), min(end, before)
