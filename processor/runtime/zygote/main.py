"""The zygote's whole life: get warm, then fork on request and reap, until the host is gone."""

import json
import os
import select
import socket
import sys
import traceback

from . import child, messages
from .warm import warm


def main() -> None:
    """Serve the control socket named in the arguments; ends with the host."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    try:
        warm(json.loads(sys.argv[2]))
    except Exception:  # noqa: BLE001 (the host must hear of it, whatever it is)
        messages.send(control, [], event="failed", reason=traceback.format_exc()[-4096:])
        return
    threads = len(os.listdir("/proc/self/task"))
    child.system_calls().prepare()
    messages.send(control, [], event="warm", threads=threads, python=sys.version.split()[0])
    _Zygote(control).serve()


class _Zygote:
    """Forks, and waits for what it forked. Never starts a thread: a fork would not copy it."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._process = os.getpid()
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._children: dict[int, tuple[int, int]] = {}
        """By pidfd: the host's number for the child, and its process id."""

    def serve(self) -> None:
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor != self._control.fileno():
                    self._reap(descriptor)
                    continue
                received = messages.receive(self._control)
                if received is None:
                    return
                request, (payload, frames) = received
                self._fork(request, payload, frames)

    def _fork(self, request: dict[str, object], payload: int, frames: int) -> None:
        number = int(str(request["number"]))
        try:
            process = os.fork()
        except OSError as error:
            messages.send(self._control, [], event="unable", number=number, reason=str(error))
            process = -1
        if process == 0:
            _become_child(request, self._process, payload, frames)
        os.close(payload)
        os.close(frames)
        if process > 0:
            handle = os.pidfd_open(process)
            self._children[handle] = (number, process)
            self._poll.register(handle, select.POLLIN)
            messages.send(self._control, [handle], event="forked", number=number, process=process)

    def _reap(self, handle: int) -> None:
        number, process = self._children.pop(handle)
        self._poll.unregister(handle)
        os.close(handle)
        _, status = os.waitpid(process, 0)
        exit_code = os.waitstatus_to_exitcode(status)
        messages.send(self._control, [], event="ended", number=number, exit_code=exit_code)


def _become_child(request: dict[str, object], zygote: int, payload: int, frames: int) -> None:
    status = 1
    try:
        child.run(request["limits"], zygote, payload, frames)  # type: ignore[arg-type] # the host's own words
        status = 0
    finally:
        os._exit(status)
