"""
Answering a child's connect(): a connection of the host's own making takes its socket's place.

The kernel waits with each call until the host has answered (seccomp_unotify(2)). The address is
never read: it lies in the child's memory, and another thread could change it after it was judged.
So there is nothing to judge, every connection leads to the proxy, and what it asks there is.
"""

import asyncio
import errno
import fcntl
import os
import select
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

RECEIVE: Final = 0xC050_2100
SEND: Final = 0xC018_2101
ADD: Final = 0x4018_2103
"""Of seccomp_unotify(2): SECCOMP_IOCTL_NOTIF_RECV, _SEND and _ADDFD."""
SET_FD: Final = 1

_ASKED: Final = struct.Struct("=QIIiIQ6Q")
_ADDED: Final = struct.Struct("=QIIII")
_ANSWER: Final = struct.Struct("=QqiI")
_DESCRIPTOR: Final = 0xFFFF_FFFF
_TRIES: Final = 8
_PAIR_SECONDS: Final = 0.5
"""It takes no time, but where a stranger on this machine connects in between."""


@asynccontextmanager
async def answered(listener: int, serve: Callable[[socket.socket], None]) -> AsyncIterator[None]:
    """Answer a child's connects while the block lasts, each by an end given to `serve`."""
    loop = asyncio.get_running_loop()

    def answer() -> None:
        if _has_ended(listener):
            loop.remove_reader(listener)
        else:
            _answer(listener, serve)

    loop.add_reader(listener, answer)
    try:
        yield
    finally:
        loop.remove_reader(listener)
        os.close(listener)  # whoever still asks is told ENOSYS


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Give the two ends of a TCP connection over loopback, the first blocking; raises OSError."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listening:
        listening.settimeout(_PAIR_SECONDS)
        near = socket.create_connection(listening.getsockname(), timeout=_PAIR_SECONDS)
        try:
            far = _accepted(listening, near)
            near.setblocking(True)
        except BaseException:
            near.close()
            raise
    return near, far


def _accepted(listening: socket.socket, near: socket.socket) -> socket.socket:
    for _ in range(_TRIES):
        far, peer = listening.accept()
        if peer == near.getsockname():
            return far
        far.close()  # a stranger's
    raise ConnectionAbortedError(errno.ECONNABORTED, "strangers only")


def _has_ended(listener: int) -> bool:
    """Tell whether nobody can ask any more: to receive would then wait for ever."""
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    return not any(events & select.POLLIN for _, events in poll.poll(0))


def _answer(listener: int, serve: Callable[[socket.socket], None]) -> None:
    asked = bytearray(_ASKED.size)
    with suppress(OSError):  # who asked has ended meanwhile
        fcntl.ioctl(listener, RECEIVE, asked)
        number, *_, descriptor = _ASKED.unpack(asked)[:7]
        error = _replace(listener, number, descriptor & _DESCRIPTOR, serve)
        fcntl.ioctl(listener, SEND, _ANSWER.pack(number, 0, -error, 0))


def _replace(
    listener: int, number: int, descriptor: int, serve: Callable[[socket.socket], None]
) -> int:
    """Put a connection in a descriptor's place; gives the error that the child is told, or 0."""
    try:
        near, far = tcp_pair()
    except OSError:
        return errno.ECONNREFUSED
    with near:
        added = _ADDED.pack(number, SET_FD, near.fileno(), descriptor, os.O_CLOEXEC)
        try:
            fcntl.ioctl(listener, ADD, added)
        except OSError as error:
            far.close()
            return error.errno or errno.ECONNREFUSED
    serve(far)
    return 0
