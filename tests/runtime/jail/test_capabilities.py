"""Capabilities: none is left, and none can be gained."""

import os
import socket
from typing import Any

import pytest

from processor.runtime.jail.capabilities import NoBoundingCapabilities, NoCapabilities
from processor.runtime.jail.enter import Entered
from processor.runtime.jail.namespaces import OwnNamespaces
from processor.runtime.jail.process import NoNewPrivileges

from .forks import in_child
from .jails import ORDINARY, ROOT, become, in_first, in_zygote, need, reason_of, unable
from .test_process import status

SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
NONE = "0000000000000000"


def sets_of(proc: int) -> list[str]:
    """Give the five sets from where /proc is only a descriptor."""
    opened = os.open("self/status", os.O_RDONLY, dir_fd=proc)
    lines = os.read(opened, 8192).decode().splitlines()
    found = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return [found[name] for name in SETS]


def test_each_says_what_it_keeps_out() -> None:
    assert NoBoundingCapabilities().describe() == "no capability to be gained"
    assert NoCapabilities().describe() == "no capabilities"


def test_none_is_held_and_none_can_be_gained() -> None:
    if os.geteuid() != 0:
        unable("the tests do not run as root")

    def dropped() -> Any:
        NoBoundingCapabilities().apply()
        NoCapabilities().apply()
        return [status(name) for name in SETS]

    assert in_child(dropped) == [NONE] * 5


def test_whoever_has_none_gives_none_up_all_the_same() -> None:
    def dropped() -> Any:
        become(ORDINARY)
        NoCapabilities().apply()
        return [status(name) for name in SETS if name != "CapBnd"]

    assert in_child(dropped) == [NONE] * 4


def test_what_may_be_gained_is_not_for_everybody_to_change() -> None:
    def dropped() -> Any:
        become(ORDINARY)
        NoBoundingCapabilities().apply()
        return "dropped"

    assert in_child(dropped) == "PermissionError: [Errno 1] Operation not permitted: 'prctl(24)'"


@pytest.mark.parametrize("user", [ROOT, ORDINARY])
def test_a_user_namespace_gives_all_back_so_they_are_dropped_after_it(user: str) -> None:
    need(user)

    def dropped(entered: Entered) -> Any:
        def child() -> Any:
            NoBoundingCapabilities().apply()
            before = sets_of(entered.proc)[3]
            OwnNamespaces(entered.proc).apply()
            between = sets_of(entered.proc)[3]
            for wall in (NoBoundingCapabilities(), NoCapabilities(), NoNewPrivileges()):
                wall.apply()
            return [before == NONE, between != NONE, sets_of(entered.proc)]

        return in_first(entered, child)

    assert in_zygote(user, dropped) == [True, True, [NONE] * 5]


@pytest.mark.parametrize("user", [ROOT, ORDINARY])
def test_without_them_nothing_in_a_namespace_of_ones_own_can_be_changed(user: str) -> None:
    need(user)

    def changed(entered: Entered) -> Any:
        def child() -> Any:
            OwnNamespaces(entered.proc).apply()
            NoCapabilities().apply()
            return [
                reason_of(lambda: os.chroot("/tmp")),
                reason_of(lambda: socket.sethostname("another")),
            ]

        return in_first(entered, child)

    assert in_zygote(user, changed) == ["Operation not permitted"] * 2
