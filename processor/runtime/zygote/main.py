"""The zygote's whole life: get inside, get warm, fork on request and reap, until nobody asks."""

import json
import os
import select
import socket
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from processor.runtime.jail import Site, Terms, settled, system_calls
from processor.runtime.jail.seccomp import Network

from . import child, messages
from .warm import warm


def main() -> None:
    """Serve the control socket named in the arguments; ends with the host."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    try:
        site = settled()
        warm(json.loads(sys.argv[2]))
    except Exception:  # noqa: BLE001 (the host must hear of it, whatever it is)
        messages.send(control, [], event="failed", reason=traceback.format_exc()[-4096:])
        return
    for network in (Network.NONE, Network.PROXY):
        system_calls(network).prepare()
    messages.send(
        control, [], event="warm", threads=_threads(site.proc), machine=asdict(site.machine)
    )
    with suppress(ConnectionError):  # the host is gone, and with it whoever could be told
        _Zygote(control, site).serve()


class _Zygote:
    """Forks, and waits for what it forked. Never starts a thread: a fork would not copy it."""

    def __init__(self, control: socket.socket, site: Site) -> None:
        self._control = control
        self._site = site
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
                request, descriptors = received
                self._fork(request, descriptors)

    def _fork(self, request: Mapping[str, Any], descriptors: list[int]) -> None:
        number = request["number"]
        try:
            process = self._site.fork()
        except OSError as error:
            messages.send(self._control, [], event="unable", number=number, reason=str(error))
            process = -1
        if process == 0:
            _become_child(self._site, request, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        if process > 0:
            handle = os.pidfd_open(process)
            self._children[handle] = (number, process)
            self._poll.register(handle, select.POLLIN)
            messages.send(self._control, [handle], event="forked", number=number)

    def _reap(self, handle: int) -> None:
        number, process = self._children.pop(handle)
        self._poll.unregister(handle)
        os.close(handle)
        _, status = os.waitpid(process, 0)
        exit_code = os.waitstatus_to_exitcode(status)
        messages.send(self._control, [], event="ended", number=number, exit_code=exit_code)


def _become_child(site: Site, request: Mapping[str, Any], descriptors: list[int]) -> None:
    status = 1
    try:
        payload, frames, *others = descriptors
        doors, setup = tuple(others[: request["doors"]]), tuple(others[request["doors"] :])
        given = child.Given(payload=payload, frames=frames, doors=doors, setup=setup)
        child.run(site, Terms(**request["terms"]), given, ahead=request["ahead"])
        status = 0
    finally:
        os._exit(status)


def _threads(proc: int) -> int:
    tasks = os.open("self/task", os.O_RDONLY | os.O_DIRECTORY, dir_fd=proc)
    try:
        return len(os.listdir(tasks))
    finally:
        os.close(tasks)
