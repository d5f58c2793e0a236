"""Evidence: what is said and what is seen make a level, and the weaker counts."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from processor.runtime.jail import Restriction
from processor.runtime.jail.evidence import (
    Isolation,
    Missing,
    Seen,
    Told,
    derive,
    missing,
    seen,
    told,
)
from processor.runtime.jail.landlock import Listed
from processor.runtime.jail.memory import NoNewCode
from processor.runtime.jail.namespaces import NoMoreNamespaces, OwnNamespaces
from processor.runtime.jail.process import NoNewPrivileges

SLOT = 200_007
KINDS = ("user", "mnt", "net", "ipc", "uts", "cgroup", "pid")
OURS = {kind: f"{kind}:[1]" for kind in KINDS}
THEIRS = {kind: f"{kind}:[2]" for kind in KINDS}
STATUS = """Name:\tpython
Uid:\t200007\t200007\t200007\t200007
NSpid:\t1234\t5\t1
CapInh:\t0000000000000000
CapPrm:\t0000000000000000
CapEff:\t0000000000000000
CapBnd:\t0000000000000000
CapAmb:\t0000000000000000
NoNewPrivs:\t1
Seccomp:\t2
Seccomp_filters:\t1
"""
HOST = Seen(users=(0,) * 4, pids=(9,), namespaces=OURS)
IN_A_CONTAINER = replace(HOST, filters=1)
CHILD = seen(STATUS, THEIRS)
ISOLATED = Told(
    private_root=True,
    namespaces=KINDS,
    namespaces_frozen=True,
    landlock_abi=7,
    filtered=True,
    sockets="denied",
    exec_memory_denied=True,
)
CONFINED = replace(ISOLATED, private_root=False, namespaces=(), namespaces_frozen=False)
CONFINED_CHILD = replace(CHILD, filters=2, pids=(1234,), namespaces=OURS)


def isolated(said: Told = ISOLATED, child: Seen = CHILD, host: Seen = HOST) -> Isolation:
    return derive(said, child, host, uid=SLOT, memory="cgroup2")


def confined(
    said: Told = CONFINED, child: Seen = CONFINED_CHILD, *, uid: int | None = SLOT
) -> Isolation:
    return derive(said, child, IN_A_CONTAINER, uid=uid, memory="rlimit+watchdog")


def test_all_walls_are_level_3() -> None:
    found = isolated()

    assert found.facts() == {
        "level": 3,
        "filesystem": "private_root",
        "network": "netns",
        "processes": "pidns",
        "uid": "per_execution",
        "memory": "cgroup2",
        "syscalls": "allowlist",
        "capabilities": "none",
        "no_new_privs": True,
        "namespaces_frozen": True,
        "exec_memory": "deny",
        "landlock_abi": 7,
    }
    assert missing(found, 3) == ()


def test_what_is_lacking_is_what_the_next_level_wants() -> None:
    assert confined().lacking() == missing(confined(), 3) != ()
    assert isolated().lacking() == ()


def test_a_container_with_landlock_and_users_of_their_own_is_level_2() -> None:
    found = confined()

    assert (found.level, found.filesystem, found.network, found.processes, found.uid) == (
        2,
        "landlock",
        "seccomp_deny",
        "no_fork",
        "per_execution",
    )


def test_a_container_that_is_not_root_is_level_1() -> None:
    child = replace(CONFINED_CHILD, users=(1000,) * 4, bounded=False)

    found = confined(child=child, uid=None)

    assert (found.level, found.uid, found.capabilities) == (1, "shared", "bounding")


def test_namespaces_with_one_user_for_all_are_level_3() -> None:
    child = replace(CHILD, users=(1000,) * 4)

    found = derive(ISOLATED, child, HOST, uid=None, memory="cgroup2")

    assert (found.level, found.uid) == (3, "shared")


def test_nothing_is_level_0() -> None:
    found = derive(Told(), Seen(), HOST, uid=None, memory="rlimit+watchdog")

    assert found.level == 0
    assert [each.wall for each in missing(found, 1)] == [
        "syscalls",
        "no_new_privs",
        "filesystem",
        "network",
        "processes",
        "capabilities",
        "uid",
    ]


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({"private_root": False}, 2),
        ({"private_root": False, "landlock_abi": 2}, 0),
        ({"landlock_abi": 0}, 3),
        ({"namespaces": tuple(set(KINDS) - {"mnt"})}, 2),
        ({"namespaces": tuple(set(KINDS) - {"net"})}, 2),
        ({"namespaces": tuple(set(KINDS) - {"net"}), "sockets": "open"}, 0),
        ({"namespaces": tuple(set(KINDS) - {"pid"})}, 2),
        ({"namespaces_frozen": False}, 3),
        ({"filtered": False}, 0),
        ({"sockets": "open"}, 3),
        ({"exec_memory_denied": False}, 3),
    ],
)
def test_a_wall_that_was_not_put_up_counts(change: dict[str, Any], level: int) -> None:
    assert isolated(replace(ISOLATED, **change)).level == level


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({"filters": 0}, 0),
        ({"no_new_privs": False}, 0),
        ({"held": True}, 0),
        ({"bounded": False}, 2),
        ({"users": (0, SLOT, SLOT, SLOT)}, 0),
        ({"users": ()}, 0),
        ({"users": (SLOT, SLOT, SLOT, SLOT + 1)}, 3),
        ({"pids": (1234, 5, 6)}, 2),
        ({"pids": (1234,)}, 2),
        ({"pids": (1,)}, 2),
        ({"pids": ()}, 2),
        ({"namespaces": THEIRS | {"net": OURS["net"]}}, 2),
        ({"namespaces": THEIRS | {"mnt": OURS["mnt"]}}, 2),
        ({"namespaces": THEIRS | {"pid": OURS["pid"]}}, 2),
        ({"namespaces": OURS}, 2),
        ({"namespaces": {}}, 3),
    ],
)
def test_a_wall_that_is_not_seen_counts_whatever_is_said(
    change: dict[str, Any], level: int
) -> None:
    assert isolated(child=replace(CHILD, **change)).level == level


def test_the_filter_of_the_container_is_not_taken_for_ours() -> None:
    assert confined(child=replace(CONFINED_CHILD, filters=1)).level == 0


def test_a_user_that_the_service_is_too_is_not_a_childs_own() -> None:
    host = replace(HOST, users=(SLOT,) * 4)

    assert isolated(host=host).uid == "shared"


def test_a_frozen_namespace_that_is_not_ones_own_freezes_nothing() -> None:
    assert not isolated(replace(ISOLATED, namespaces=())).namespaces_frozen


def every_pair() -> Iterator[tuple[Told, Seen]]:
    flags = (False, True)
    for root, kinds, abi, filtered, sockets in product(
        flags, ((), KINDS), (0, 2, 3), flags, ("open", "denied")
    ):
        said = Told(
            private_root=root,
            namespaces=kinds,
            landlock_abi=abi,
            filtered=filtered,
            sockets=sockets,  # type: ignore[arg-type] # two of the three
        )
        for filters, privileges, held, users in product((0, 1), flags, flags, (0, 1000, SLOT)):
            yield (
                said,
                replace(
                    CHILD, filters=filters, no_new_privs=privileges, held=held, users=(users,) * 4
                ),
            )


def test_a_level_above_0_has_a_filter_no_privileges_and_no_root() -> None:
    for said, child in every_pair():
        found = isolated(said, child)
        if found.level > 0:
            assert said.filtered
            assert child.filters > 0
            assert child.no_new_privs
            assert not child.held
            assert found.uid != "root"
            assert found.filesystem != "none"
            assert found.network != "none"


def test_a_level_is_the_highest_to_which_nothing_is_missing() -> None:
    for said, child in every_pair():
        found = isolated(said, child)
        if found.level:
            assert missing(found, found.level) == ()
        assert all(missing(found, level) for level in range(found.level + 1, 4) if level != 2)


def test_what_is_missing_says_how_it_is_had() -> None:
    (found,) = missing(isolated(child=replace(CHILD, users=(1000,) * 4)), 2)

    assert found == Missing(
        wall="uid",
        have="shared",
        need="per_execution",
        how="run the service as root, with CAP_SETUID and CAP_SETGID",
    )
    assert found.describe().startswith("uid is shared, not per_execution: run the service as root")


def test_every_wall_of_every_level_says_how_it_is_had() -> None:
    nothing = derive(Told(), Seen(), HOST, uid=None, memory="rlimit+watchdog")

    assert all(each.how for level in (1, 2, 3) for each in missing(nothing, level))


def test_a_status_is_read() -> None:
    assert seen(STATUS, THEIRS) == Seen(
        filters=1,
        no_new_privs=True,
        held=False,
        bounded=True,
        users=(SLOT,) * 4,
        pids=(1234, 5, 1),
        namespaces=THEIRS,
    )


@pytest.mark.parametrize("name", ["CapInh", "CapPrm", "CapEff", "CapAmb"])
def test_a_capability_in_any_set_is_held(name: str) -> None:
    held = STATUS.replace(f"{name}:\t0000000000000000", f"{name}:\t0000000000000400")

    assert seen(held, {}).held


def test_a_status_without_a_word_is_taken_for_the_worst() -> None:
    assert seen("", {}) == Seen()


def test_a_kernel_that_does_not_count_filters_has_one() -> None:
    assert seen(STATUS.replace("Seccomp_filters:\t1\n", ""), {}).filters == 1


@pytest.mark.parametrize(("filters", "level"), [(2, 2), (1, 0)])
def test_a_broker_of_sockets_is_a_filter_beside_the_list(filters: int, level: int) -> None:
    said = replace(ISOLATED, namespaces=tuple(set(KINDS) - {"net"}), sockets="brokered")

    assert isolated(said, replace(CHILD, filters=filters)).level == level


def test_a_child_sums_up_its_walls() -> None:
    walls: list[Restriction] = [
        OwnNamespaces(3),
        NoMoreNamespaces(3),
        NoNewCode(),
        Listed(readable=()),
    ]

    said = told(walls, private_root=True, first=True, landlock_abi=7, sockets="denied")

    assert said == ISOLATED


def test_a_child_without_walls_says_so() -> None:
    said = told([NoNewPrivileges()], private_root=False, first=False, landlock_abi=7, sockets=None)

    assert said == Told()
