"""Going where a zygote and its children go, and what was said there. Forks first, always."""

import encodings.ascii
import encodings.idna
import encodings.latin_1  # noqa: F401 (inside there is no interpreter to read them from)
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NoReturn

import pytest

from processor.runtime.jail import Restriction
from processor.runtime.jail.enter import Entered, enter
from processor.runtime.jail.identity import OwnUser
from processor.runtime.jail.layout import FACTS, LIBRARIES, Bind, followed
from processor.runtime.jail.namespaces import (
    Ids,
    NoMoreNamespaces,
    OwnNamespaces,
    fork_as_first,
)
from processor.runtime.jail.probe import Machine, probe
from processor.runtime.jail.root import OwnTmp, Root, readlink, root_of
from processor.runtime.jail.syscalls import PR_SET_DUMPABLE, prctl
from processor.values import Json

from .forks import in_child

IDS = Ids(210_000, 100)
NOBODY = 65_534
SLOT = 7
ROOT, ORDINARY = "root", "ordinary"
USERS = (ROOT, ORDINARY)
ABLE = Machine(
    no_namespaces="",
    no_freezing="",
    no_own_users="",
    no_bounding="",
    no_new_code="",
    no_seccomp="",
    landlock_abi=7,
)
"""A machine that gives every wall."""


@cache
def machine() -> Machine:
    return probe(IDS)


@cache
def without_namespaces(user: str) -> str:
    """
    Give why a user has no namespaces here, or nothing, by another program than ours.

    Where the probe decided, a wall that is broken would be one that need not be tested.
    """
    inside = ["mount", "-t", "tmpfs", "tmpfs", "/proc"]
    command = ["unshare", "--user", "--map-root-user", "--mount", "--net", "--pid", "--fork"]

    def reason() -> Json:
        become(user)
        tried = subprocess.run([*command, *inside], capture_output=True, check=False, cwd="/")
        return tried.stderr.decode()

    return str(in_child(reason)) if shutil.which("unshare") else ""


def need(user: str) -> None:
    """Skip where such a user cannot have namespaces here; at CI's, fail."""
    if user == ROOT and os.getuid() != 0:
        unable("the tests do not run as root")
    reason = without_namespaces(user)
    if reason:
        unable(reason)


def unable(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def become(user: str) -> None:
    """Become nobody, as which most of the file system cannot be read, or stay who you are."""
    if user == ORDINARY and os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        prctl(PR_SET_DUMPABLE, 1)  # as after an execve, by which a service becomes who it is


def a_root(*paths: str) -> Root:
    binds = (*LIBRARIES, *FACTS, *map(Bind, paths))
    return root_of(followed(binds, readlink), tmp_bytes=1 << 20)


def in_zygote(user: str, function: Callable[[Entered], Any], root: Root | None = None) -> Any:
    """Give what the function gives in a process that has entered a root and namespaces."""

    def inside() -> Any:
        become(user)
        return function(enter(root or a_root(), IDS if user == ROOT else None))

    return in_child(inside)


def in_jail(
    user: str,
    function: Callable[[], Any],
    *walls: Restriction,
    root: Root | None = None,
    shown: tuple[str, ...] = (),
) -> Any:
    """Give what the function gives in a zygote's child with its namespaces, /tmp, and walls."""

    def zygote(entered: Entered) -> Any:
        return in_first(
            entered, lambda: _behind((*basic_walls(user, entered, shown), *walls), function)
        )

    return in_zygote(user, zygote, root)


def basic_walls(user: str, entered: Entered, shown: tuple[str, ...] = ()) -> list[Restriction]:
    own = [OwnUser(SLOT)] if user == ROOT else []
    return [
        *own,
        OwnNamespaces(entered.proc),
        OwnTmp(size_bytes=1 << 20, files=64, shown=shown),
        NoMoreNamespaces(entered.proc),
    ]


def in_first(entered: Entered, function: Callable[[], Any]) -> Any:
    return in_child(function, lambda: fork_as_first(entered.itself))


def reason_of(function: Callable[[], object]) -> str:
    """Give the name of the error that a call ends in."""
    try:
        function()
    except OSError as error:
        return os.strerror(error.errno) if error.errno else type(error).__name__
    return "done"


def receive_process(receiver: socket.socket) -> tuple[int, int]:
    """Give the process and the user of who sent a message, as the receiver counts them."""
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    _, ancillary, _, _ = receiver.recvmsg(1, socket.CMSG_SPACE(12))
    process, user, _ = memoryview(ancillary[0][2]).cast("i")
    return process, user


def _behind(walls: Iterable[Restriction], function: Callable[[], Any]) -> Any:
    for wall in walls:
        wall.apply()
    return function()
