"""
What is really around a child, and what level that makes. Pure: reads nothing, asks nobody.

A child tells which walls it has put up; the host sees from outside what the kernel shows of it.
Where the two differ the weaker counts. What a host that is not root may not see (a child's
namespaces) is taken from the child, which has not run anything of an author's yet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Final, Literal, TypeAlias

from .landlock import LEAST_ABI, Listed
from .memory import NoNewCode
from .namespaces import NoMoreNamespaces, OwnNamespaces
from .restriction import Restriction

Sockets: TypeAlias = Literal["open", "denied", "brokered"]
Memory: TypeAlias = Literal["cgroup2", "cgroup1", "rlimit+watchdog"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a child says of itself, before it is sent anything."""

    private_root: bool = False
    namespaces: tuple[str, ...] = ()
    """Those of its own, by the names of /proc/<pid>/ns."""
    namespaces_frozen: bool = False
    landlock_abi: int = 0
    """Of the list that it has put up, 0 where it has none."""
    filtered: bool = False
    """Whether a list of system calls is up, or goes up next."""
    sockets: Sockets = "open"
    """What that list does about sockets."""
    exec_memory_denied: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A process as /proc shows it."""

    filters: int = 0
    """How many filters of system calls it has; a container's own is one."""
    no_new_privs: bool = False
    held: bool = True
    """Whether it holds any capability."""
    bounded: bool = False
    """Whether it can gain none either."""
    users: tuple[int, ...] = ()
    """Real, effective, saved, and of the file system."""
    pids: tuple[int, ...] = ()
    """Its process id in each pid namespace, from the host's inwards."""
    namespaces: Mapping[str, str] = field(default_factory=dict)
    """Those that could be read, by the names of /proc/<pid>/ns."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Isolation:
    """What keeps a run apart: one fact a wall."""

    filesystem: Literal["private_root", "landlock", "none"]
    network: Literal["netns", "seccomp_broker", "seccomp_deny", "none"]
    processes: Literal["pidns", "no_fork", "none"]
    uid: Literal["per_execution", "shared", "root"]
    memory: Memory
    syscalls: Literal["allowlist", "none"]
    capabilities: Literal["none", "bounding", "held"]
    """`bounding` is none held, and some that could be gained but for no_new_privs."""
    no_new_privs: bool
    namespaces_frozen: bool
    exec_memory: Literal["deny", "allow"]
    landlock_abi: int

    @property
    def level(self) -> int:
        """The level from 0 (no boundary) to 3 (isolated)."""
        return next(
            (level for level in sorted(_NEEDS, reverse=True) if not missing(self, level)), 0
        )

    def lacking(self) -> "tuple[Missing, ...]":
        """List what stands between it and the next level; nothing where that is the last."""
        return missing(self, self.level + 1) if self.level + 1 in _NEEDS else ()

    def facts(self) -> dict[str, str | int | bool]:
        """Give the level and each fact, by name."""
        return {"level": self.level, **asdict(self)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """One wall that a level wants and a run does not have."""

    wall: str
    have: str
    need: str
    how: str

    def describe(self) -> str:
        """Say what is missing, and how it is had."""
        return f"{self.wall} is {self.have}, not {self.need}: {self.how}"


_UNSHARE: Final = (
    "run the service as root, or let its user make user namespaces (sysctl "
    "user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns), in a container by a "
    "seccomp profile that allows unshare, setns, mount, umount2, pivot_root and mount_setattr"
)
_HOW: Final = {
    "filesystem": f"{_UNSHARE}; without them Landlock serves, from Linux 6.2 on, named in lsm=",
    "network": _UNSHARE,
    "processes": _UNSHARE,
    "uid": "run the service as root, with CAP_SETUID and CAP_SETGID",
    "syscalls": "run a kernel with CONFIG_SECCOMP_FILTER, on x86_64 or aarch64",
    "capabilities": "run the service with CAP_SETPCAP, or as an ordinary user",
    "no_new_privs": "nothing in the kernel stands against it: look for what went wrong",
}
_CLOSED: Final[Mapping[str, tuple[object, ...]]] = {
    "syscalls": ("allowlist",),
    "no_new_privs": (True,),
}
_CONFINED: Final[Mapping[str, tuple[object, ...]]] = {
    **_CLOSED,
    "filesystem": ("landlock", "private_root"),
    "network": ("seccomp_deny", "seccomp_broker", "netns"),
    "processes": ("no_fork", "pidns"),
    "capabilities": ("none", "bounding"),
}
_NEEDS: Final[Mapping[int, Mapping[str, tuple[object, ...]]]] = {
    1: {**_CONFINED, "uid": ("shared", "per_execution")},
    2: {**_CONFINED, "uid": ("per_execution",)},
    3: {
        **_CLOSED,
        "filesystem": ("private_root",),
        "network": ("netns",),
        "processes": ("pidns",),
        "capabilities": ("none",),
        "uid": ("shared", "per_execution"),
    },
}


def told(
    walls: Iterable[Restriction],
    *,
    private_root: bool,
    first: bool,
    landlock_abi: int,
    sockets: Sockets | None,
) -> Told:
    """
    Sum up the walls that went up, each of which would have raised where it could not.

    `first` is whether the child is process 1; `sockets` is None where no filter follows.
    """
    kinds = {type(wall) for wall in walls}
    own = ("user", "mnt", "net", "ipc", "uts", "cgroup") if OwnNamespaces in kinds else ()
    return Told(
        private_root=private_root,
        namespaces=(*own, "pid") if first else own,
        namespaces_frozen=NoMoreNamespaces in kinds,
        landlock_abi=landlock_abi if Listed in kinds else 0,
        filtered=sockets is not None,
        sockets=sockets or "open",
        exec_memory_denied=NoNewCode in kinds,
    )


def seen(status: str, namespaces: Mapping[str, str]) -> Seen:
    """Read /proc/<pid>/status; what is not in it is taken for the worst."""
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    facts = {name: content.split() for name, content in lines.items()}
    sets = [facts.get(f"Cap{name}", ["1"])[0] for name in ("Inh", "Prm", "Eff", "Amb")]
    filtering = facts.get("Seccomp") == ["2"]
    return Seen(
        filters=int(facts.get("Seccomp_filters", ["1"])[0]) if filtering else 0,
        no_new_privs=facts.get("NoNewPrivs") == ["1"],
        held=any(int(held, 16) for held in sets),
        bounded=int(facts.get("CapBnd", ["1"])[0], 16) == 0,
        users=tuple(map(int, facts.get("Uid", []))),
        pids=tuple(map(int, facts.get("NSpid", []))),
        namespaces=namespaces,
    )


def derive(said: Told, child: Seen, host: Seen, *, uid: int | None, memory: Memory) -> Isolation:
    """Weigh what was said and what is seen; `uid` is the one the child was to have to itself."""
    return Isolation(
        filesystem=_filesystem(said, child, host),
        network=_network(said, child, host),
        processes=_processes(said, child, host),
        uid=_uid(child, host, uid),
        memory=memory,
        syscalls="allowlist" if _is_filtered(said, child, host) else "none",
        capabilities="held" if child.held else "none" if child.bounded else "bounding",
        no_new_privs=child.no_new_privs,
        namespaces_frozen=said.namespaces_frozen and _is_apart("user", said, child, host),
        exec_memory="deny" if said.exec_memory_denied else "allow",
        landlock_abi=said.landlock_abi,
    )


def missing(isolation: Isolation, level: int) -> tuple[Missing, ...]:
    """List what stands between a run and a level, and how each is had."""
    facts = asdict(isolation)
    return tuple(
        Missing(wall=wall, have=str(facts[wall]), need=str(accepted[0]), how=_HOW[wall])
        for wall, accepted in _NEEDS[level].items()
        if facts[wall] not in accepted
    )


def _filesystem(said: Told, child: Seen, host: Seen) -> Literal["private_root", "landlock", "none"]:
    if said.private_root and _is_apart("mnt", said, child, host):
        return "private_root"
    return "landlock" if said.landlock_abi >= LEAST_ABI else "none"


def _network(
    said: Told, child: Seen, host: Seen
) -> Literal["netns", "seccomp_broker", "seccomp_deny", "none"]:
    if _is_apart("net", said, child, host):
        return "netns"
    if not _is_filtered(said, child, host):
        return "none"
    match said.sockets:
        case "brokered":
            return "seccomp_broker"
        case "denied":
            return "seccomp_deny"
        case "open":
            return "none"


def _processes(said: Told, child: Seen, host: Seen) -> Literal["pidns", "no_fork", "none"]:
    is_first = len(child.pids) > len(host.pids) and child.pids[-1] == 1
    if is_first and _is_apart("pid", said, child, host):
        return "pidns"
    return "no_fork" if _is_filtered(said, child, host) else "none"


def _uid(child: Seen, host: Seen, uid: int | None) -> Literal["per_execution", "shared", "root"]:
    if not child.users or 0 in child.users:
        return "root"
    is_own = set(child.users) == {uid} and uid not in host.users
    return "per_execution" if is_own else "shared"


def _is_filtered(said: Told, child: Seen, host: Seen) -> bool:
    """Whether a filter was added to those that every process of a container has anyway."""
    added = 2 if said.sockets == "brokered" else 1  # the broker is a filter too
    return said.filtered and child.filters >= host.filters + added


def _is_apart(kind: str, said: Told, child: Seen, host: Seen) -> bool:
    return kind in said.namespaces and child.namespaces.get(kind) != host.namespaces.get(kind)
