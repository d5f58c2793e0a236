"""The assembler: labels become distances, however far, or it says what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.runtime.jail.seccomp.bpf import (
    GOTO,
    INSTRUCTION,
    LONGEST,
    Ask,
    InvalidProgram,
    Jump,
    Label,
    Load,
    Mask,
    Return,
    Statement,
    assemble,
)

from .test_seccomp_emulator import emulated

NUMBER = Load(0)


def assembled(*statements: Statement) -> list[tuple[int, ...]]:
    return list(INSTRUCTION.iter_unpack(assemble(statements).code))


def test_a_label_is_the_instruction_after_it() -> None:
    program = assembled(
        NUMBER, Jump(Ask.EQUAL, 5, then="five"), Return(1), Label("five"), Return(2)
    )

    assert program[1] == (Ask.EQUAL, 1, 0, 5)


def test_a_jump_without_labels_goes_on() -> None:
    assert assembled(Jump(Ask.ANY_BIT, 5), Return(1))[0] == (Ask.ANY_BIT, 0, 0, 5)


@pytest.mark.parametrize(("between", "length"), [(255, 258), (256, 260)])
def test_a_label_too_far_is_reached_by_a_second_jump(between: int, length: int) -> None:
    program = assembled(
        NUMBER,
        Jump(Ask.EQUAL, 5, then="far"),
        *[Mask(0)] * (between - 1),
        Return(1),
        Label("far"),
        Return(2),
    )

    assert len(program) == length
    assert (GOTO in {operation for operation, *_ in program}) == (between == 256)


@pytest.mark.parametrize("number", [5, 6])
@pytest.mark.parametrize("between", [0, 253, 254, 255, 256, 257, 1000])
@pytest.mark.parametrize("after", [0, 253, 254, 255, 256, 257, 1000])
def test_both_ways_of_a_jump_lead_where_they_say(number: int, between: int, after: int) -> None:
    program = assemble(
        [
            NUMBER,
            Jump(Ask.EQUAL, 5, then="five", otherwise="other"),
            *[Return(0)] * between,
            Label("other"),
            Return(6),
            *[Return(0)] * after,
            Label("five"),
            Return(5),
        ]
    )

    assert emulated(program.code, 0, number) == number


@given(st.lists(st.integers(0, 300), min_size=1, max_size=12), st.data())
def test_a_chain_of_jumps_comes_out_where_it_should(gaps: list[int], data: st.DataObject) -> None:
    statements: list[Statement] = [NUMBER]
    statements += [Jump(Ask.EQUAL, n, then=f"{n}") for n in range(len(gaps))]
    statements.append(Return(99))
    for n in data.draw(st.permutations(range(len(gaps)))):
        statements += [*[Mask(0)] * gaps[n], Return(98), Label(f"{n}"), Return(n)]
    program = assemble(statements)

    assert [emulated(program.code, 0, n) for n in range(len(gaps))] == list(range(len(gaps)))
    assert emulated(program.code, 0, len(gaps)) == 99


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ([], "does not return"),
        ([NUMBER], "does not return"),
        ([Return(0), Label("end")], "does not return"),
        ([Jump(Ask.EQUAL, 1, then="nowhere"), Return(0)], "no label 'nowhere'"),
        ([Label("here"), Jump(Ask.EQUAL, 1, otherwise="here"), Return(0)], "not further down"),
        ([Label("here"), Label("here"), Return(0)], "two labels 'here'"),
        ([Return(0)] * (LONGEST + 1), "4097 instructions are more than 4096"),
    ],
)
def test_what_the_kernel_would_not_take_is_said(statements: list[Statement], reason: str) -> None:
    with pytest.raises(InvalidProgram, match=reason):
        assemble(statements)


def test_the_longest_program_is_one() -> None:
    assert len(assemble([Return(0)] * LONGEST)) == LONGEST


def test_a_program_compares_with_the_process_that_loads_it() -> None:
    program = assemble(
        [NUMBER, Jump(Ask.EQUAL, None, then="own"), Return(0), Label("own"), Return(1)]
    )

    assert [emulated(program.of(process), 0, 1234) for process in (1234, 1235)] == [1, 0]


def test_a_program_for_one_process_leaves_the_other_alone() -> None:
    program = assemble([NUMBER, Jump(Ask.EQUAL, None), Return(0)])
    before = program.code
    program.of(77)

    assert program.code == before
