"""
The language of filters: classic BPF as seccomp(2) runs it, with labels, assembled to bytes.

A conditional jump reaches 255 instructions. One that has to go further gets an unconditional jump
beside it, which reaches everywhere; so only the kernel's own limit keeps a program short.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate
from typing import Final, TypeAlias

LONGEST: Final = 4096
"""BPF_MAXINSNS: the kernel takes no longer program."""
FURTHEST: Final = 255
LOAD, AND, GOTO, RETURN = 0x20, 0x54, 0x05, 0x06
INSTRUCTION: Final = struct.Struct("=HBBI")


class Ask(IntEnum):
    """What a jump asks of the loaded word."""

    EQUAL = 0x15
    AT_LEAST = 0x35
    ANY_BIT = 0x45


@dataclass(frozen=True, slots=True)
class Label:
    """A place to jump to: the next instruction."""

    name: str


@dataclass(frozen=True, slots=True)
class Load:
    """Takes the 32-bit word at an offset of what the kernel tells of a call."""

    offset: int


@dataclass(frozen=True, slots=True)
class Mask:
    """Keeps some bits of the loaded word."""

    bits: int


@dataclass(frozen=True, slots=True)
class Jump:
    """Goes on at one label or the other, both further down; None is the next instruction."""

    ask: Ask
    value: int | None
    """None is the process that will load the program: known then, not yet."""
    then: str | None = None
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """Ends the filter, and says what becomes of the call."""

    action: int


Statement: TypeAlias = Label | Load | Mask | Jump | Return
Instruction: TypeAlias = tuple[int, int, int, int | None]


class InvalidProgram(ValueError):
    """No program that the kernel would take, or that would do what was meant."""


@dataclass(frozen=True, slots=True)
class Program:
    """Assembled instructions; some compare with the process that loads them."""

    code: bytes
    own_process: tuple[int, ...] = ()
    """Where in the code that process has to be filled in."""

    def __len__(self) -> int:
        return len(self.code) // INSTRUCTION.size

    def of(self, process: int) -> bytes:
        """Give the code for one process to load."""
        code = bytearray(self.code)
        for place in self.own_process:
            struct.pack_into("=I", code, place, process)
        return bytes(code)


def assemble(statements: Sequence[Statement]) -> Program:
    """Give the instructions as the kernel takes them; raises InvalidProgram."""
    if not statements or not isinstance(statements[-1], Return):
        raise InvalidProgram("the last statement does not return")
    starts, places = _layout(statements)
    code = [
        instruction
        for statement, start in zip(statements, starts, strict=True)
        for instruction in _instructions(statement, start, places)
    ]
    if len(code) > LONGEST:
        raise InvalidProgram(f"{len(code)} instructions are more than {LONGEST}")
    return Program(
        b"".join(INSTRUCTION.pack(*head, value or 0) for *head, value in code),
        tuple(8 * place + 4 for place, (*_, value) in enumerate(code) if value is None),
    )


def _layout(statements: Sequence[Statement]) -> tuple[list[int], dict[str, int]]:
    """Give where statements start and labels are; jumps grow until each reaches its labels."""
    sizes = [0 if isinstance(statement, Label) else 1 for statement in statements]
    while True:
        starts = list(accumulate(sizes, initial=0))[:-1]
        places = _places(statements, starts)
        needed = [
            len(list(_instructions(statement, start, places)))
            for statement, start in zip(statements, starts, strict=True)
        ]
        if needed == sizes:
            return starts, places
        sizes = needed


def _places(statements: Sequence[Statement], starts: Sequence[int]) -> dict[str, int]:
    places: dict[str, int] = {}
    for statement, start in zip(statements, starts, strict=True):
        if isinstance(statement, Label):
            if statement.name in places:
                raise InvalidProgram(f"two labels {statement.name!r}")
            places[statement.name] = start
    return places


def _instructions(
    statement: Statement, start: int, places: Mapping[str, int]
) -> Iterator[Instruction]:
    match statement:
        case Load(offset):
            yield LOAD, 0, 0, offset
        case Mask(bits):
            yield AND, 0, 0, bits
        case Return(action):
            yield RETURN, 0, 0, action
        case Jump():
            yield from _jump(statement, start, places)
        case Label():
            pass


def _jump(jump: Jump, start: int, places: Mapping[str, int]) -> Iterator[Instruction]:
    """Give the jump, and for each label that is too far an unconditional jump after it."""
    far: list[int] = []
    steps: list[int | None] = []
    for label in (jump.then, jump.otherwise):
        step = None if label is None else _distance(start, label, places)
        if step is not None and step > FURTHEST:
            far.append(step)
            step = len(far) - 1
        steps.append(step)
    then, otherwise = (len(far) if step is None else step for step in steps)
    yield jump.ask, then, otherwise, jump.value
    for place, step in enumerate(far, 1):
        yield GOTO, 0, 0, step - place


def _distance(start: int, label: str, places: Mapping[str, int]) -> int:
    """Give how many instructions a jump at `start` skips to come to a label."""
    if label not in places:
        raise InvalidProgram(f"no label {label!r}")
    if places[label] <= start:
        raise InvalidProgram(f"the label {label!r} is not further down")
    return places[label] - start - 1
