"""The probe: what this machine can do, by doing it."""

# What is tested is system calls, some of them where no path can be asked.
# ruff: noqa: PTH115, PTH208

import os
from pathlib import Path
from typing import Any

import pytest

from processor.runtime.jail import probe as probing
from processor.runtime.jail.namespaces import KINDS, Ids
from processor.runtime.jail.probe import Machine, probe, tried
from processor.runtime.jail.syscalls import CLONE_NEWUSER, unshare

from .forks import in_child
from .jails import ABLE, IDS, ORDINARY, ROOT, become, machine, need, unable

NOTHING = Machine(
    no_namespaces="PermissionError: unshare",
    no_freezing="OSError: read-only",
    no_own_users="PermissionError: setgroups",
    no_bounding="PermissionError: prctl",
    no_new_code="OSError: prctl",
    no_seccomp="OSError: prctl",
    landlock_abi=0,
)


def test_root_finds_users_for_its_children() -> None:
    need(ROOT)

    found = probe(IDS)

    assert (found.no_namespaces, found.no_freezing, found.no_own_users) == ("", "", "")
    assert found.no_seccomp == ""


def test_nobody_finds_namespaces_and_no_users() -> None:
    need(ORDINARY)

    def found() -> Any:
        become(ORDINARY)
        machine = probe(IDS)
        return [machine.no_namespaces, machine.no_freezing, machine.no_own_users]

    assert in_child(found) == ["", "", "PermissionError: [Errno 1] Operation not permitted"]


def test_a_machine_that_gives_a_namespace_and_nothing_in_it_has_none() -> None:
    need(ORDINARY)

    def found() -> Any:
        become(ORDINARY)
        unshare(CLONE_NEWUSER)  # unmapped, and so without a right to anything
        return [probe(IDS).no_namespaces != "", probe(IDS).no_freezing != ""]

    assert in_child(found) == [True, True]


def test_a_loopback_that_does_not_come_up_is_noticed() -> None:
    need(ORDINARY)

    def found() -> Any:
        become(ORDINARY)
        vars(probing)["bring_loopback_up"] = lambda: os.close(os.open("/nowhere", 0))
        return probe(IDS).no_namespaces

    assert "No such file or directory" in str(in_child(found))


def test_ids_that_the_system_does_not_have_are_noticed() -> None:
    if os.geteuid() != 0:
        unable("the tests do not run as root")

    assert probe(Ids(2**32 - 2, 100)).no_own_users == "" or probe(Ids(-1, 1)).no_own_users != ""


def test_the_kernel_is_asked_for_filters_without_loading_one() -> None:
    assert machine().no_seccomp == ""


def test_a_kernel_without_filters_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "SECCOMP_MODE_FILTER", 9)

    assert "Invalid argument" in probe(IDS).no_seccomp


def test_what_ends_without_a_word_has_failed() -> None:
    assert tried(lambda: os._exit(0)) == "it ended without a word"


def test_the_machine_says_what_it_can_do() -> None:
    assert ABLE.describe().splitlines() == [
        "namespaces and a root of its own: yes",
        "no further namespaces: yes",
        "a user for each run: yes",
        "no capability to be gained: yes",
        "memory written or executed: yes",
        "system calls filtered: yes",
        "Landlock: 7",
    ]


def test_the_machine_says_why_it_cannot() -> None:
    lines = NOTHING.describe().splitlines()

    assert lines[0] == "namespaces and a root of its own: no (PermissionError: unshare)"
    assert lines[-1] == "Landlock: no"


def test_nothing_is_left_behind() -> None:
    def state() -> tuple[list[str], str, list[str]]:
        namespaces = [os.readlink(f"/proc/self/ns/{kind}") for kind in KINDS]
        mounts = Path("/proc/self/mountinfo").read_text()
        return namespaces, mounts, os.listdir("/proc/self/fd")

    before = state()
    probe(IDS)

    assert state() == before
