"""
Run a command as a container engine would by default: without the calls that make namespaces.

The filter refuses what such an engine's does: making and entering namespaces, mounting, and what
else is the machine's are EPERM; clone3 is ENOSYS, so that libraries fall back. Of root's
capabilities those are left that a container's root has.
"""

import errno
import os
import sys

from processor.runtime.jail.seccomp.architecture import this_architecture
from processor.runtime.jail.seccomp.bpf import Ask, Jump, Label, Load, Return, Statement, assemble
from processor.runtime.jail.seccomp.program import ALLOW, ARGUMENTS, ERROR, NUMBER
from processor.runtime.jail.syscalls import (
    PR_CAPBSET_DROP,
    PR_SET_NO_NEW_PRIVS,
    prctl,
    seccomp,
)

DENIED = (
    *("unshare", "setns", "mount", "umount2", "pivot_root", "open_tree", "move_mount", "fsopen"),
    *("fsconfig", "fsmount", "fspick", "mount_setattr", "keyctl", "add_key", "request_key", "bpf"),
    *("perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("acct", "clock_adjtime", "clock_settime", "settimeofday", "init_module", "finit_module"),
    *("delete_module", "create_module", "get_kernel_syms", "query_module", "ioperm", "iopl"),
    *("kexec_load", "kexec_file_load", "lookup_dcookie", "mbind", "get_mempolicy"),
    *("set_mempolicy", "move_pages", "migrate_pages", "nfsservctl", "open_by_handle_at"),
    *("quotactl", "quotactl_fd", "reboot", "swapon", "swapoff", "sysfs", "_sysctl", "uselib"),
    *("ustat", "vhangup", "syslog", "fanotify_init", "sethostname", "setdomainname"),
)
"""What a container with an engine's default capabilities is refused, of the calls there are."""
NEW_NAMESPACES = 0x7E02_0000
"""Any of the flags by which clone makes one."""
KEPT = frozenset({0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31})
"""Capabilities by their numbers, from CAP_CHOWN to CAP_SETFCAP; CAP_SYS_ADMIN is not among them."""
ORDINARY = 65_534


def filter_of_a_container() -> bytes:
    numbers = this_architecture().numbers
    denied = (Jump(Ask.EQUAL, numbers[name], then="denied") for name in DENIED if name in numbers)
    statements: list[Statement] = [
        Load(NUMBER),
        *denied,
        Jump(Ask.EQUAL, numbers["clone3"], then="unknown"),
        Jump(Ask.EQUAL, numbers["clone"], otherwise="allowed"),
        Load(ARGUMENTS),
        Jump(Ask.ANY_BIT, NEW_NAMESPACES, then="denied"),
        Label("allowed"),
        Return(ALLOW),
        Label("unknown"),
        Return(ERROR | errno.ENOSYS),
        Label("denied"),
        Return(ERROR | errno.EPERM),
    ]
    return assemble(statements).code


def contain() -> None:
    """Take these calls and capabilities from the calling process, and what it executes."""
    if os.geteuid() != 0:
        prctl(PR_SET_NO_NEW_PRIVS, 1)  # else it may load no filter
    seccomp(filter_of_a_container())
    if os.geteuid() == 0:
        for capability in range(41):
            if capability not in KEPT:
                prctl(PR_CAPBSET_DROP, capability)


def become_ordinary() -> None:
    os.setgroups([])
    os.setresgid(ORDINARY, ORDINARY, ORDINARY)
    os.setresuid(ORDINARY, ORDINARY, ORDINARY)


if __name__ == "__main__":
    users, namespaces, *command = sys.argv[1:]
    if users == "ordinary":
        become_ordinary()
    if namespaces == "contained":
        contain()
    os.execv(command[0], command)
