"""
Which walls a child puts up, in which order. Two lists: with namespaces, and without.

The order is the kernel's. A change of user forgets that a child was to die with its parent, so that
is asked for afterwards; mounts come before the freeze, which counts one that is nowhere yet; what
Landlock lists is named after it was mounted; and the filter of system calls is last, for it refuses
what the others need. A way out is handed to the host while
the child may still make one: a loopback before its capabilities go, a broker before the filter.
"""

import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass

from .capabilities import NoBoundingCapabilities, NoCapabilities
from .egress import PROXY_PORT, ConnectsByHost, ListensForHost
from .evidence import Sockets, Told, told
from .groups import OwnControlGroups
from .identity import NotDumpable, OwnUser
from .landlock import LEAST_ABI, with_devices
from .limits import Limited
from .memory import NoNewCode
from .namespaces import NoMoreNamespaces, OwnNamespaces
from .process import (
    CloseDescriptors,
    DieWithParent,
    KilledFirst,
    NoNewPrivileges,
    OwnSession,
    SilentStreams,
)
from .restriction import Restriction
from .root import ETC, TMP, OwnTmp
from .seccomp import Network, SyscallFilter, policy_for
from .site import Site
from .terms import Terms


@dataclass(frozen=True, kw_only=True, slots=True)
class Locked:
    """What a child says of itself once every wall is up."""

    restrictions: tuple[str, ...]
    """Each wall in words, in the order in which they went up."""
    told: Told


def lock_in(
    site: Site,
    terms: Terms,
    keep: frozenset[int],
    setup: tuple[int, ...] = (),
    doors: tuple[int, ...] = (),
) -> Locked:
    """
    Put every wall up around the calling process; raises what the first raises that will not.

    `keep` stays open; `setup` is the socket over which a way out is handed to the host, if any;
    `doors` lead into control groups of the host's, where there are any.
    """
    up = walls(site, terms, keep, setup, doors)
    for wall in up:
        wall.apply()
    os.chdir("/" if site.entered is None else TMP)
    if not site.machine.no_seccomp:
        last = system_calls(terms.network)
        last.apply()
        up.append(last)
    return Locked(
        restrictions=tuple(wall.describe() for wall in up),
        told=told(
            up,
            private_root=site.entered is not None,
            first=site.entered is not None,
            landlock_abi=site.machine.landlock_abi,
            sockets=_sockets(site, terms),
        ),
    )


def walls(
    site: Site,
    terms: Terms,
    keep: frozenset[int],
    setup: tuple[int, ...] = (),
    doors: tuple[int, ...] = (),
) -> list[Restriction]:
    """Give the walls in the order in which they go up; see `lock_in`."""
    own = (_confined if site.entered is None else _isolated)(site, terms, setup)
    counted = [OwnControlGroups(doors)] if doors else []
    return [*counted, OwnSession(), SilentStreams(), *own, CloseDescriptors(keep)]


def system_calls(network: Network) -> SyscallFilter:
    """Give the last wall."""
    return SyscallFilter(policy_for(network))


def _sockets(site: Site, terms: Terms) -> Sockets | None:
    if site.machine.no_seccomp:
        return None
    if terms.network is Network.NONE:
        return "denied"
    return "brokered" if site.entered is None else "open"


def _isolated(site: Site, terms: Terms, setup: tuple[int, ...]) -> Iterator[Restriction]:
    """Give the walls of a child that has a root, namespaces and a /tmp of its own."""
    if terms.user is not None:
        yield OwnUser(terms.user)
    yield DieWithParent(site.parent)
    yield OwnNamespaces(site.proc)
    yield KilledFirst(site.proc)
    yield OwnTmp(size_bytes=terms.tmp_bytes, shown=site.below_tmp)
    if not site.machine.no_freezing:
        yield NoMoreNamespaces(site.proc)
    yield from map(ListensForHost, setup)
    yield from _limits(site, terms)
    yield Limited(resource.RLIMIT_NPROC, terms.threads)
    yield NoBoundingCapabilities()  # entering a user namespace has filled them
    yield from _powerless(site)
    if site.machine.landlock_abi >= LEAST_ABI:
        yield with_devices((*site.readable, *ETC), (TMP,), (PROXY_PORT,) if setup else ())


def _confined(site: Site, terms: Terms, setup: tuple[int, ...]) -> Iterator[Restriction]:
    """Give the walls of a child that lives among the host's own files: it writes none of them."""
    yield KilledFirst(site.proc)
    if not site.machine.no_bounding:
        yield NoBoundingCapabilities()
    if terms.user is not None:
        yield OwnUser(site.ids.first + terms.user)
    yield DieWithParent(site.parent)
    yield from _limits(site, terms)
    if terms.user is not None:  # threads count by user, and a shared one has the service's too
        yield Limited(resource.RLIMIT_NPROC, terms.threads)
    yield from _powerless(site)
    if site.machine.landlock_abi >= LEAST_ABI:
        yield with_devices(site.readable)
    yield from map(ConnectsByHost, setup)


def _limits(site: Site, terms: Terms) -> Iterator[Restriction]:
    if terms.memory_bytes is not None:
        yield Limited(resource.RLIMIT_AS, _address_space(site.proc) + terms.memory_bytes)
    if terms.cpu_seconds is not None:
        yield Limited(resource.RLIMIT_CPU, terms.cpu_seconds)
    yield Limited(resource.RLIMIT_NOFILE, terms.open_files)
    yield Limited(resource.RLIMIT_FSIZE, terms.tmp_bytes)
    yield Limited(resource.RLIMIT_CORE, 0)


def _powerless(site: Site) -> Iterator[Restriction]:
    yield NoCapabilities()
    yield NoNewPrivileges()
    yield NotDumpable()
    if not site.machine.no_new_code:
        yield NoNewCode()


def _address_space(proc: int) -> int:
    descriptor = os.open("self/statm", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    try:
        return int(os.read(descriptor, 256).split()[0]) * resource.getpagesize()
    finally:
        os.close(descriptor)
