"""Who a child is, and who may look into it."""

import ctypes
import os
import signal
from typing import Any

import pytest

from processor.runtime.jail.identity import NotDumpable, OwnUser
from processor.runtime.jail.process import DieWithParent
from processor.runtime.jail.syscalls import PR_SET_DUMPABLE, prctl

from .forks import in_child
from .jails import ORDINARY, become, reason_of, unable

PR_GET_PDEATHSIG = 2
SLOT = 210_007


@pytest.fixture
def _root() -> None:
    if os.geteuid() != 0:
        unable("the tests do not run as root")


def signal_at_parents_end() -> int:
    number = ctypes.c_int()
    ctypes.CDLL(None).prctl(PR_GET_PDEATHSIG, ctypes.byref(number), 0, 0, 0)
    return number.value


def test_each_says_what_it_keeps_out() -> None:
    assert OwnUser(7).describe() == "user 7, of no group but its own"
    assert NotDumpable().describe() == "not to be looked into by others of the same user"


@pytest.mark.usefixtures("_root")
def test_a_child_is_its_own_user_and_in_no_other_group() -> None:
    def identity() -> Any:
        os.setgroups([4, 5])
        OwnUser(SLOT).apply()
        return [*os.getresuid(), *os.getresgid(), *os.getgroups()]

    assert in_child(identity) == [SLOT] * 6


@pytest.mark.usefixtures("_root")
def test_a_child_does_not_become_root_again() -> None:
    def identity() -> Any:
        OwnUser(SLOT).apply()
        return [reason_of(lambda: os.setuid(0)), reason_of(lambda: os.setgid(0))]

    assert in_child(identity) == ["Operation not permitted"] * 2


def test_only_root_makes_others_of_its_children() -> None:
    def identity() -> Any:
        become(ORDINARY)
        OwnUser(SLOT).apply()
        return "changed"

    assert in_child(identity) == "PermissionError: [Errno 1] Operation not permitted"


@pytest.mark.usefixtures("_root")
def test_a_change_of_user_forgets_the_parent_so_it_is_asked_for_after() -> None:
    parent = os.getpid()

    def signals() -> Any:
        DieWithParent(parent).apply()
        OwnUser(SLOT).apply()
        forgotten = signal_at_parents_end()
        DieWithParent(parent).apply()
        NotDumpable().apply()
        return [forgotten, signal_at_parents_end()]

    assert in_child(signals) == [0, signal.SIGKILL]


@pytest.mark.parametrize(("dumpable", "said"), [(True, "done"), (False, "Permission denied")])
def test_a_process_that_is_not_dumpable_is_closed_to_the_same_user(
    dumpable: bool, said: str
) -> None:
    def looked_into() -> Any:
        become(ORDINARY)
        prctl(PR_SET_DUMPABLE, 1)
        if not dumpable:
            NotDumpable().apply()
        process = os.getpid()
        return in_child(lambda: reason_of(lambda: os.open(f"/proc/{process}/environ", os.O_RDONLY)))

    assert in_child(looked_into) == said
