"""
Landlock: files, ports and signals by a list, for whoever has no namespaces, and behind them.

Of what the kernel can keep out, all is kept out but what is listed: executing, for one, is on no
list. A rule names an inode and not a path, so a list is put up after the mounts it speaks of. And a
ruleset is one object however often it was forked: here each child makes its own.
"""

import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from .layout import DEVICES
from .syscalls import landlock_add_rule, landlock_create_ruleset, landlock_restrict_self

_CREATE_RULESET_VERSION: Final = 1
_RULE_PATH_BENEATH: Final = 1
_RULE_NET_PORT: Final = 2
_RESTRICT_SELF_LOG_SAME_EXEC_OFF: Final = 1

_WRITE_FILE: Final = 1 << 1
_READ_FILE: Final = 1 << 2
_READ_DIR: Final = 1 << 3
_REMOVE_DIR: Final = 1 << 4
_REMOVE_FILE: Final = 1 << 5
_MAKE_DIR: Final = 1 << 7
_MAKE_REG: Final = 1 << 8
_MAKE_SYM: Final = 1 << 12
_REFER: Final = 1 << 13
_TRUNCATE: Final = 1 << 14
_CONNECT_TCP: Final = 1 << 1

_READ: Final = _READ_FILE | _READ_DIR
_CHANGE: Final = _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _MAKE_SYM | _REFER
_WRITE: Final = _READ | _WRITE_FILE | _TRUNCATE | _CHANGE
_OF_A_FILE: Final = _READ_FILE | _WRITE_FILE | _TRUNCATE

_FILES_BY_ABI: Final = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many kinds of access to files there are, from which version on."""
_NETWORK_SINCE: Final = 4
_SCOPES_SINCE: Final = 6
_LOG_SINCE: Final = 7
_ALL_TCP: Final = 3
_ALL_SCOPES: Final = 3
LEAST_ABI: Final = 3
"""Below it a file that may not be written can still be emptied."""


def abi() -> int:
    """Give the kernel's version of Landlock, 0 where it has none or it is switched off."""
    try:
        return landlock_create_ruleset(None, _CREATE_RULESET_VERSION)
    except OSError:
        return 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """Keeps a child to listed files and ports, and its signals to itself; wants no_new_privs."""

    readable: tuple[str, ...]
    writable: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    """Where it may connect to by TCP; from version 4 on. It listens nowhere."""

    def describe(self) -> str:
        """See Restriction."""
        writable = ", ".join(self.writable) or "nothing"
        ports = ", ".join(map(str, self.ports)) or "none"
        return f"reads {len(self.readable)} listed paths, writes {writable}; TCP ports: {ports}"

    def apply(self) -> None:
        """See Restriction."""
        version = abi()
        if version < LEAST_ABI:
            raise NotImplementedError(f"Landlock is of version {version}, not {LEAST_ABI} or later")
        handled = _handled(version)
        with _opened(landlock_create_ruleset(_attributes(version), 0)) as ruleset:
            for path in self.readable:
                _allow(ruleset, path, _READ & handled)
            for path in self.writable:
                _allow(ruleset, path, _WRITE & handled)
            if version >= _NETWORK_SINCE:
                for port in self.ports:
                    rule = struct.pack("=QQ", _CONNECT_TCP, port)
                    landlock_add_rule(ruleset, _RULE_NET_PORT, rule)
            # a child that tries what it may not would fill the system's log
            quiet = _RESTRICT_SELF_LOG_SAME_EXEC_OFF if version >= _LOG_SINCE else 0
            landlock_restrict_self(ruleset, quiet)


def with_devices(
    readable: tuple[str, ...], writable: tuple[str, ...] = (), ports: tuple[int, ...] = ()
) -> Listed:
    """List paths, the devices that anybody may have, and ports."""
    return Listed(readable=(*readable, *DEVICES), writable=(*writable, "/dev/null"), ports=ports)


def _handled(version: int) -> int:
    kinds = max(kinds for since, kinds in _FILES_BY_ABI.items() if since <= version)
    return (1 << kinds) - 1


def _attributes(version: int) -> bytes:
    """Give struct landlock_ruleset_attr, as long as this version knows it."""
    network = struct.pack("=Q", _ALL_TCP) if version >= _NETWORK_SINCE else b""
    scopes = struct.pack("=Q", _ALL_SCOPES) if version >= _SCOPES_SINCE else b""
    return struct.pack("=Q", _handled(version)) + network + scopes


def _allow(ruleset: int, path: str, access: int) -> None:
    with _opened(os.open(path, os.O_PATH | os.O_CLOEXEC)) as descriptor:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= _OF_A_FILE
        rule = struct.pack("=Qi", access, descriptor)
        landlock_add_rule(ruleset, _RULE_PATH_BENEATH, rule)


@contextmanager
def _opened(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)
