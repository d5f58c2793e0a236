"""System calls that Python does not have, under the names of the manual."""

import ctypes
import os
import struct

_libc = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_SET_MDWE = 65
SECCOMP_MODE_FILTER = 2


def prctl(option: int, argument: int) -> None:
    """See prctl(2)."""
    if _libc.prctl(option, ctypes.c_ulong(argument), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), f"prctl({option})")


# Namespaces and mounts. Numbers are for calls that a C library may lack: the same on every machine.

CLONE_NEWNS = 0x0002_0000
CLONE_NEWCGROUP = 0x0200_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x4_0000
MNT_DETACH = 2

MOUNT_ATTR_RDONLY = 1
MOUNT_ATTR_NOSUID = 2
MOUNT_ATTR_NODEV = 4
MOUNT_ATTR_NOEXEC = 8

_AT_FDCWD = -100
_AT_EMPTY_PATH = 0x1000
_AT_RECURSIVE = 0x8000
_OPEN_TREE_CLONE = 1
_MOVE_MOUNT_F_EMPTY_PATH = 4
_OPEN_TREE = 428
_MOVE_MOUNT = 429
_MOUNT_SETATTR = 442
_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_ADD_RULE = 445
_LANDLOCK_RESTRICT_SELF = 446
_SECCOMP = {"x86_64": 317, "aarch64": 277}
"""The one call here that is older than the numbers that all machines share."""
_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_NEW_LISTENER = 8


def unshare(flags: int) -> None:
    """See unshare(2)."""
    _checked(_libc.unshare(flags), f"unshare({flags:#x})")


def setns(descriptor: int, kind: int) -> None:
    """See setns(2)."""
    _checked(_libc.setns(descriptor, kind), f"setns({kind:#x})")


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """See mount(2)."""
    names = (os.fsencode(name) for name in (source, target, kind))
    result = _libc.mount(*names, ctypes.c_ulong(flags), os.fsencode(options))
    _checked(result, f"mount({target})")


def umount2(target: str, flags: int) -> None:
    """See umount2(2)."""
    _checked(_libc.umount2(os.fsencode(target), flags), f"umount2({target})")


def pivot_root(new: str, old: str) -> None:
    """See pivot_root(2)."""
    _checked(_libc.pivot_root(os.fsencode(new), os.fsencode(old)), f"pivot_root({new})")


def mount_setattr(path: str, attributes: int, *, recursive: bool) -> None:
    """See mount_setattr(2); sets attributes, and clears none."""
    flags = _AT_RECURSIVE if recursive else 0
    wanted = struct.pack("QQQQ", attributes, 0, 0, 0)
    arguments = (_AT_FDCWD, os.fsencode(path), flags, wanted, len(wanted))
    _syscall(_MOUNT_SETATTR, arguments, f"mount_setattr({path})")


def open_tree(path: str) -> int:
    """See open_tree(2); gives a copy of the mounts at a path, that are nowhere yet."""
    flags = _OPEN_TREE_CLONE | os.O_CLOEXEC | _AT_RECURSIVE
    arguments = (_AT_FDCWD, os.fsencode(path), flags)
    return _syscall(_OPEN_TREE, arguments, f"open_tree({path})")


def move_mount(tree: int, path: str) -> None:
    """See move_mount(2); puts what open_tree gave at a path."""
    arguments = (tree, b"", _AT_FDCWD, os.fsencode(path), _MOVE_MOUNT_F_EMPTY_PATH)
    _syscall(_MOVE_MOUNT, arguments, f"move_mount({path})")


def capset(header: bytes, sets: bytes) -> None:
    """See capset(2)."""
    _checked(_libc.capset(header, sets), "capset")


def landlock_create_ruleset(attributes: bytes | None, flags: int) -> int:
    """See landlock_create_ruleset(2)."""
    arguments = (attributes, len(attributes or b""), flags)
    return _syscall(_LANDLOCK_CREATE_RULESET, arguments, "landlock_create_ruleset")


def landlock_add_rule(ruleset: int, kind: int, rule: bytes) -> None:
    """See landlock_add_rule(2)."""
    _syscall(_LANDLOCK_ADD_RULE, (ruleset, kind, rule, 0), "landlock_add_rule")


def landlock_restrict_self(ruleset: int, flags: int) -> None:
    """See landlock_restrict_self(2)."""
    _syscall(_LANDLOCK_RESTRICT_SELF, (ruleset, flags), "landlock_restrict_self")


def seccomp(instructions: bytes) -> None:
    """See seccomp(2): SECCOMP_SET_MODE_FILTER, by way of prctl(2), which is the same."""
    code = ctypes.create_string_buffer(instructions, len(instructions))
    program = struct.pack("HP", len(instructions) // 8, ctypes.addressof(code))
    _checked(_libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0), "seccomp")


def seccomp_listener(instructions: bytes) -> int:
    """See seccomp(2): a filter with SECCOMP_FILTER_FLAG_NEW_LISTENER; gives the listener."""
    code = ctypes.create_string_buffer(instructions, len(instructions))
    program = struct.pack("HP", len(instructions) // 8, ctypes.addressof(code))
    arguments = (_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_NEW_LISTENER, program)
    return _syscall(_SECCOMP[os.uname().machine], arguments, "seccomp(NEW_LISTENER)")


def _syscall(number: int, arguments: tuple[int | bytes | None, ...], call: str) -> int:
    # a plain integer would go as 32 bits, and leave the other half of its register as it was
    whole = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    return _checked(_libc.syscall(ctypes.c_long(number), *whole), call)


def _checked(result: int, call: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), call)
    return result
