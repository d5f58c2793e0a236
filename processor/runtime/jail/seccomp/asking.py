"""A filter that asks another process what becomes of one call, and lets all others be."""

from typing import Final

from .architecture import this_architecture
from .bpf import Ask, Jump, Label, Load, Return, Statement, assemble
from .program import ALLOW, KILL, MACHINE, NUMBER

USER_NOTIF: Final = 0x7FC0_0000
"""SECCOMP_RET_USER_NOTIF."""


def ask_host(name: str) -> bytes:
    """Give the filter's instructions; a call from another ABI ends the process."""
    machine = this_architecture()
    statements: list[Statement] = [
        Load(MACHINE),
        Jump(Ask.EQUAL, machine.audit, otherwise="foreign"),
        Load(NUMBER),
        Jump(Ask.EQUAL, machine.numbers[name], otherwise="other"),
        Return(USER_NOTIF),
        Label("other"),
        Return(ALLOW),
        Label("foreign"),
        Return(KILL),
    ]
    return assemble(statements).code
