"""
From a policy to a program: a binary search over the numbers, then a call's own conditions.

The search asks eight questions of any call instead of a hundred. The kernel benefits most: while it
loads a filter it tries each number, and remembers those that are allowed whatever their arguments.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import count, groupby
from typing import Final, TypeAlias

from .architecture import ARCHITECTURES, Architecture
from .bpf import Ask, Jump, Label, Load, Mask, Program, Return, Statement, assemble
from .policy import Condition, Masked, OwnProcess, Policy, When

ALLOW: Final = 0x7FFF_0000
KILL: Final = 0x8000_0000
"""SECCOMP_RET_KILL_PROCESS: all threads, by SIGSYS."""
ERROR: Final = 0x0005_0000
"""SECCOMP_RET_ERRNO: the number of the error is in the lower half."""
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16
"""Where struct seccomp_data has what a filter sees."""
HALF: Final = 0xFFFF_FFFF
KNOWN: Final = frozenset[str]().union(*(machine.numbers for machine in ARCHITECTURES))

Range: TypeAlias = tuple[int, str]
"""The first of successive numbers, and the label that they all go to."""


@cache
def compiled(policy: Policy, architecture: Architecture) -> Program:
    """Give the program of a policy; a name that no machine has raises ValueError."""
    unheard_of = sorted(set(policy.names()) - KNOWN)
    if unheard_of:
        raise ValueError(f"no such system calls: {', '.join(unheard_of)}")
    return assemble(list(_statements(policy, architecture)))


def _statements(policy: Policy, architecture: Architecture) -> Iterator[Statement]:
    yield Load(MACHINE)
    yield Jump(Ask.EQUAL, architecture.audit, otherwise=_label(KILL))
    yield Load(NUMBER)
    yield from _search(_ranges(policy, architecture), count())
    for call in policy.when:
        if call.name in architecture.numbers:
            yield from _call(call)
    for action in sorted(_actions(policy)):
        yield Label(_label(action))
        yield Return(action)


def _ranges(policy: Policy, architecture: Architecture) -> list[Range]:
    """Give where each number leads, successive ones with the same end together."""
    labels = _labels(policy)
    numbers = {architecture.numbers[n]: labels[n] for n in labels if n in architecture.numbers}
    beyond = max(architecture.numbers.values()) + 1
    default = _label(ERROR | policy.default)
    points = [(number, numbers.get(number, default)) for number in range(beyond)]
    points.append((beyond, _label(ERROR | policy.unknown)))
    if architecture.foreign_from is not None:
        points.append((architecture.foreign_from, _label(KILL)))
    return [next(run) for _, run in groupby(points, key=lambda point: point[1])]


def _labels(policy: Policy) -> dict[str, str]:
    """Give where each call leads that the policy speaks of."""
    return (
        dict.fromkeys(policy.allowed, _label(ALLOW))
        | {call.name: call.name for call in policy.when}
        | {call.name: _label(ERROR | call.error) for call in policy.refused}
        | dict.fromkeys(policy.killed, _label(KILL))
    )


def _actions(policy: Policy) -> set[int]:
    """Give all that may become of a call."""
    errors = {policy.default, policy.unknown}
    errors.update(call.otherwise for call in policy.when)
    errors.update(call.error for call in policy.refused)
    return {ALLOW, KILL} | {ERROR | error for error in errors}


def _search(ranges: Sequence[Range], fresh: "count[int]") -> Iterator[Statement]:
    """Find the range of the loaded number by halves."""
    middle = len(ranges) // 2
    lower, upper = ranges[:middle], ranges[middle:]
    up = upper[0][1] if len(upper) == 1 else f"search {next(fresh)}"
    down = lower[0][1] if len(lower) == 1 else None
    yield Jump(Ask.AT_LEAST, upper[0][0], then=up, otherwise=down)
    if len(lower) > 1:
        yield from _search(lower, fresh)
    if len(upper) > 1:
        yield Label(up)
        yield from _search(upper, fresh)


def _call(call: When) -> Iterator[Statement]:
    """Try one alternative after the other."""
    yield Label(call.name)
    for place, conditions in enumerate(call.alternatives, 1):
        following = f"{call.name} {place}"
        for nth, condition in enumerate(conditions, 1):
            yield from _condition(condition, f"{following}.{nth}", following)
        yield Return(ALLOW)
        yield Label(following)
    yield Return(ERROR | call.otherwise)


def _condition(condition: Condition, holds: str, otherwise: str) -> Iterator[Statement]:
    low = ARGUMENTS + 8 * condition.argument
    match condition:
        case OwnProcess():
            yield Load(low)
            yield Jump(Ask.EQUAL, None, holds, otherwise)
        case Masked(_, mask, values):
            yield from _masked(low, mask, values, holds, otherwise)
    yield Label(holds)


def _masked(
    low: int, mask: int, values: Iterable[int], holds: str, otherwise: str
) -> Iterator[Statement]:
    """Compare the upper half, where any of it counts, and then the lower."""
    by_upper: dict[int, list[int]] = {}
    for value in values:
        by_upper.setdefault(value >> 32, []).append(value & HALF)
    for nth, (upper, lowers) in enumerate(by_upper.items(), 1):
        following = f"{holds} {nth}" if nth < len(by_upper) else otherwise
        if upper or mask >> 32:
            same = f"{holds} {nth} lower"
            yield from _word(low + 4, mask >> 32, [upper], same, following)
            yield Label(same)
        yield from _word(low, mask & HALF, lowers, holds, otherwise)
        if nth < len(by_upper):
            yield Label(following)


def _word(
    offset: int, mask: int, values: list[int], holds: str, otherwise: str
) -> Iterator[Statement]:
    """Compare one word, as far as the mask goes, with values."""
    yield Load(offset)
    if values == [0]:
        yield Jump(Ask.ANY_BIT, mask, otherwise, holds)
        return
    if mask != HALF:
        yield Mask(mask)
    for value in values[:-1]:
        yield Jump(Ask.EQUAL, value, holds)
    yield Jump(Ask.EQUAL, values[-1], holds, otherwise)


def _label(action: int) -> str:
    return f"action {action:#x}"
