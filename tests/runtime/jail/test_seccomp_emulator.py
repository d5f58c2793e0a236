"""A classic BPF machine of our own, which the other tests run filters on; and that it is one."""

import struct
from collections.abc import Sequence
from itertools import count

import pytest

from processor.runtime.jail.seccomp.bpf import AND, GOTO, INSTRUCTION, LOAD, RETURN, Ask

WORD = 0xFFFF_FFFF


def emulated(code: bytes, machine: int, number: int, arguments: Sequence[int] = ()) -> int:
    """Give what the filter says of a call."""
    action, _ = walked(code, machine, number, arguments)
    return action


def walked(
    code: bytes, machine: int, number: int, arguments: Sequence[int] = ()
) -> tuple[int, int]:
    """Give what the filter says of a call, and after how many instructions."""
    rest = [argument & (1 << 64) - 1 for argument in arguments] + [0] * (6 - len(arguments))
    data = struct.pack("<IIQ6Q", number & WORD, machine, 0, *rest)
    instructions: list[tuple[int, int, int, int]] = list(INSTRUCTION.iter_unpack(code))
    place, loaded = 0, 0
    for steps in count(1):
        operation, then, otherwise, value = instructions[place]
        place += 1
        match operation:
            case _ if operation == LOAD:
                (loaded,) = struct.unpack_from("<I", data, value)
            case _ if operation == AND:
                loaded &= value
            case _ if operation == GOTO:
                place += value
            case _ if operation == RETURN:
                return value, steps
            case _:
                place += then if holds(Ask(operation), loaded, value) else otherwise
    raise AssertionError("counting has an end")


def holds(ask: Ask, loaded: int, value: int) -> bool:
    match ask:
        case Ask.EQUAL:
            return loaded == value
        case Ask.AT_LEAST:
            return loaded >= value
        case Ask.ANY_BIT:
            return bool(loaded & value)


def code(*instructions: tuple[int, int, int, int]) -> bytes:
    return b"".join(INSTRUCTION.pack(*instruction) for instruction in instructions)


@pytest.mark.parametrize(
    ("offset", "loaded"), [(0, 7), (4, 9), (16, 0x2222_2222), (20, 0x1111_1111), (24, 5)]
)
def test_it_loads_what_the_kernel_tells(offset: int, loaded: int) -> None:
    program = code((LOAD, 0, 0, offset), (Ask.EQUAL, 0, 1, loaded), (RETURN, 0, 0, 1))

    assert emulated(program, 9, 7, [0x1111_1111_2222_2222, 5]) == 1


@pytest.mark.parametrize(
    ("ask", "value", "answer"),
    [
        (Ask.EQUAL, 6, True),
        (Ask.EQUAL, 4, False),
        (Ask.AT_LEAST, 6, True),
        (Ask.AT_LEAST, 7, False),
        (Ask.ANY_BIT, 2, True),
        (Ask.ANY_BIT, 9, False),
    ],
)
def test_it_jumps_one_way_or_the_other(ask: Ask, value: int, answer: bool) -> None:
    program = code((LOAD, 0, 0, 0), (ask, 0, 1, value), (RETURN, 0, 0, 1), (RETURN, 0, 0, 0))

    assert emulated(program, 0, 6) == answer


def test_it_masks_and_goes_on_elsewhere() -> None:
    program = code(
        (LOAD, 0, 0, 0),
        (AND, 0, 0, 0xF0),
        (GOTO, 0, 0, 1),
        (RETURN, 0, 0, 1),
        (Ask.EQUAL, 0, 1, 0x30),
        (RETURN, 0, 0, 2),
        (RETURN, 0, 0, 3),
    )

    assert emulated(program, 0, 0x3F) == 2


def test_a_negative_number_is_as_the_kernel_sees_it() -> None:
    program = code((LOAD, 0, 0, 0), (Ask.EQUAL, 0, 1, WORD), (RETURN, 0, 0, 1), (RETURN, 0, 0, 0))

    assert emulated(program, 0, -1) == 1


def test_it_counts_the_instructions() -> None:
    program = code((LOAD, 0, 0, 0), (GOTO, 0, 0, 1), (RETURN, 0, 0, 1), (RETURN, 0, 0, 2))

    assert walked(program, 0, 0) == (2, 3)
