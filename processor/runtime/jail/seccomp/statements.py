"""
The policy for statements: what Python and the packages of the environments need, and no more.

Threads yes, processes never; no executable memory that can be written; no socket but what the
step's network asks for. Whatever is not listed is refused with EPERM: libraries probe, and go on.
"""

import errno
import fcntl
import socket
import termios
from enum import StrEnum
from functools import cache
from typing import Final

from .policy import OwnProcess, Policy, Refused, When, equal, is_null, lacks


class Network(StrEnum):
    """How far a statement's sockets reach."""

    NONE = "none"
    PROXY = "proxy"
    """Streams only: whoever they may reach resolves the names."""


def _named(*groups: str) -> frozenset[str]:
    return frozenset(name for group in groups for name in group.split())


ALLOWED: Final = _named(
    # files, as far as the other walls let
    "access chdir close close_range copy_file_range dup dup2 dup3 faccessat faccessat2 fadvise64",
    "fchdir fdatasync fstat fstatfs fsync ftruncate getcwd getdents getdents64 lseek lstat mkdir",
    "mkdirat newfstatat open openat pipe pipe2 pread64 preadv pwrite64 pwritev read readlink",
    "readlinkat readv rename renameat renameat2 rmdir sendfile stat statfs statx symlink symlinkat",
    "truncate umask unlink unlinkat write writev",
    # waiting
    "epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2 poll ppoll pselect6 select",
    # memory
    "brk madvise membarrier mremap msync munmap",
    # threads and signals
    "exit exit_group futex get_robust_list restart_syscall rseq rt_sigaction rt_sigprocmask",
    "rt_sigreturn sched_getaffinity sched_yield set_robust_list set_tid_address sigaltstack",
    # clocks and timers
    "alarm clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep setitimer",
    "time times",
    # who and where it is
    "getcpu getegid geteuid getgid getgroups getpid getppid getrandom getresgid getresuid",
    "getrlimit getrusage gettid getuid sysinfo uname",
    # what a pair of sockets needs
    "getpeername getsockname getsockopt recvfrom shutdown",
)

KILLED: Final = _named(
    # other processes
    "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace",
    # namespaces and mounts
    "chroot fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_by_handle_at",
    "name_to_handle_at open_tree pivot_root setns umount2 unshare",
    # the kernel's own machinery
    "bpf delete_module finit_module init_module io_setup io_uring_enter io_uring_register",
    "io_uring_setup ioperm iopl kexec_file_load kexec_load perf_event_open reboot swapon syslog",
    "userfaultfd",
    # keys and secrets
    "add_key keyctl memfd_secret request_key",
    # the walls themselves
    "landlock_create_ruleset personality seccomp",
)

REFUSED: Final = (
    Refused("clone3", errno.ENOSYS),  # its flags are behind a pointer; libraries fall back to clone
    Refused("epoll_pwait2", errno.ENOSYS),
    Refused("openat2", errno.ENOSYS),
)

# arguments; only those that Python's standard library does not name are numbers
PTHREAD_CREATE: Final = (0x3D_0F00, 0x7D_0F00)
"""The flags of a new thread, in glibc and in musl: it shares whatever a thread can share."""
PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_SET_VMA = 3, 15, 16, 0x5356_4D41
ARCH_SET_FS: Final = 0x1002
PROT_WRITE, PROT_EXEC, MAP_ANONYMOUS = 2, 4, 32
MSG_FASTOPEN: Final = 0x2000_0000
SOCK_TYPE_MASK: Final = 0xF
IOCTLS: Final = (
    *(termios.FIOCLEX, termios.FIONCLEX, termios.FIONBIO, termios.FIONREAD),
    *(termios.TCGETS, termios.TIOCGWINSZ),
)
FCNTLS: Final = (
    *(fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC, fcntl.F_GETFD, fcntl.F_SETFD),
    *(fcntl.F_GETFL, fcntl.F_SETFL, fcntl.F_GETLK, fcntl.F_SETLK, fcntl.F_SETLKW),
    *(fcntl.F_OFD_GETLK, fcntl.F_OFD_SETLK, fcntl.F_OFD_SETLKW),  # sqlite locks its files
)
SOCKET_OPTIONS: Final = (
    *(socket.SO_REUSEADDR, socket.SO_KEEPALIVE, socket.SO_LINGER),
    *(socket.SO_SNDBUF, socket.SO_RCVBUF, socket.SO_SNDTIMEO, socket.SO_RCVTIMEO),
)
TCP_OPTIONS: Final = (
    *(socket.TCP_NODELAY, socket.TCP_QUICKACK, socket.TCP_USER_TIMEOUT),
    *(socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT),
)

ALWAYS: Final = (
    When("clone", ((equal(0, *PTHREAD_CREATE),),)),
    When("prctl", ((equal(0, PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_VMA),),)),
    When("arch_prctl", ((equal(0, ARCH_SET_FS),),)),
    When("tgkill", ((OwnProcess(0),),)),  # abort() and raise(): no other's threads
    When("prlimit64", ((is_null(2),),)),  # no new limit
    When("ioctl", ((equal(1, *IOCTLS),),), errno.ENOTTY),
    When("fcntl", ((equal(1, *FCNTLS),),)),
    When("sendto", ((is_null(4), lacks(3, MSG_FASTOPEN)),)),  # no address, so no connection
    # a pair of datagram sockets could be addressed, or connected, to any socket of the host
    When(
        "socketpair",
        ((equal(0, socket.AF_UNIX), equal(1, socket.SOCK_STREAM, mask=SOCK_TYPE_MASK)),),
        errno.EAFNOSUPPORT,
    ),
)

NO_NEW_CODE: Final = (
    When(
        "mmap",
        ((lacks(2, PROT_EXEC),), (lacks(2, PROT_WRITE), lacks(3, MAP_ANONYMOUS))),  # or a library
    ),
    When("mprotect", ((lacks(2, PROT_EXEC),),)),
)

STREAMS: Final = (
    equal(0, socket.AF_INET, socket.AF_INET6),
    equal(1, socket.SOCK_STREAM, mask=SOCK_TYPE_MASK),
    equal(2, 0, socket.IPPROTO_TCP),
)
STREAM_OPTIONS: Final = (
    (equal(1, socket.SOL_SOCKET), equal(2, *SOCKET_OPTIONS)),
    (equal(1, socket.IPPROTO_TCP), equal(2, *TCP_OPTIONS)),
)


@cache
def policy_for(network: Network, *, exec_memory: bool = False) -> Policy:
    """Give what statements may ask of the kernel; the same value for the same words."""
    allowed, sockets = _sockets(network)
    if exec_memory:
        allowed |= {"mmap", "mprotect"}
    code = "memory can become code" if exec_memory else "memory never becomes code"
    return Policy(
        title=f"network {network}, {code}",
        allowed=ALLOWED | allowed,
        when=(*ALWAYS, *sockets, *(() if exec_memory else NO_NEW_CODE)),
        refused=REFUSED,
        killed=KILLED,
    )


def _sockets(network: Network) -> tuple[frozenset[str], tuple[When, ...]]:
    """Give the calls that a network needs: without conditions, and with them."""
    match network:
        case Network.NONE:
            return frozenset(), (When("socket", (), errno.EACCES),)
        case Network.PROXY:
            return frozenset({"connect"}), (
                When("socket", (STREAMS,), errno.EACCES),
                When("setsockopt", STREAM_OPTIONS, errno.ENOPROTOOPT),
            )
