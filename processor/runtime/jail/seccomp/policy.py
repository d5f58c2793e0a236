"""What a filter says: what becomes of each system call, by its name and its arguments."""

import errno
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

INT: Final = 0xFFFF_FFFF
"""The bits of an argument that the kernel takes as an int; the others can be anything."""
LONG: Final = 0xFFFF_FFFF_FFFF_FFFF


@dataclass(frozen=True, slots=True)
class Masked:
    """Some bits of an argument are together one of some values."""

    argument: int
    mask: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OwnProcess:
    """An argument, an int, is the process that put the filter up: no other, no group."""

    argument: int


Condition: TypeAlias = Masked | OwnProcess


def equal(argument: int, *values: int, mask: int = INT) -> Masked:
    """Ask for one of some values, of an int unless told otherwise."""
    return Masked(argument, mask, values)


def lacks(argument: int, bits: int) -> Masked:
    """Ask that none of some bits be set."""
    return Masked(argument, bits, (0,))


def is_null(argument: int) -> Masked:
    """Ask for no pointer."""
    return Masked(argument, LONG, (0,))


@dataclass(frozen=True, slots=True)
class When:
    """A call that is allowed where all conditions of one of its alternatives hold."""

    name: str
    alternatives: tuple[tuple[Condition, ...], ...]
    otherwise: int = errno.EPERM


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that fails with an error of its own, for those who go by it."""

    name: str
    error: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Policy:
    """
    What becomes of the calls; a name stands in one place.

    Equal to itself only: a child looks its program up, and has no time to compare long lists.
    """

    title: str
    allowed: frozenset[str] = frozenset()
    when: tuple[When, ...] = ()
    refused: tuple[Refused, ...] = ()
    killed: frozenset[str] = frozenset()
    """The process ends: nothing that means well calls these."""
    default: int = errno.EPERM
    unknown: int = errno.ENOSYS
    """For numbers beyond the table: what an older kernel says, so that libraries fall back."""

    def __post_init__(self) -> None:
        twice = sorted(name for name, count in Counter(self.names()).items() if count > 1)
        if twice:
            raise ValueError(f"in two places: {', '.join(twice)}")

    def names(self) -> Iterator[str]:
        """Give the name of each call that the policy speaks of."""
        yield from self.allowed
        yield from (call.name for call in self.when)
        yield from (call.name for call in self.refused)
        yield from self.killed
