"""Where a zygote lives: in a root and namespaces of its own, or where it was started."""

import os
import sys
from dataclasses import dataclass
from typing import Final

import processor

from .enter import Entered, enter
from .layout import Bind, below, followed, shown
from .mapped import own_ids
from .namespaces import Ids, fork_as_first
from .probe import Machine, probe
from .root import TMP, readable, readlink, root_of

TMP_BYTES: Final = 64 << 20
"""Of the zygote's own /tmp, in which it gets warm; no child sees it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """What a zygote's children are walled in with."""

    machine: Machine
    ids: Ids
    """Its own, the first, and its children's, where it can have users of its own."""
    readable: tuple[str, ...]
    """What of the host's files is shown, or, without a root of its own, may be read."""
    below_tmp: tuple[str, ...]
    """Those of them that are seen below /tmp, and so have to be in a child's own."""
    entered: Entered | None
    """None where there are no namespaces to be had."""
    proc: int
    """A descriptor of /proc, which a root of its own does not have; children close it."""
    parent: int
    """Whom children see as their parent: nobody, 0, from a pid namespace of their own."""

    def fork(self) -> int:
        """Fork, the child as process 1 of its own where there are namespaces."""
        return os.fork() if self.entered is None else fork_as_first(self.entered.itself)


def settled() -> Site:
    """
    Find out what the machine gives, and go inside where it can be done.

    The one that goes on is then another process, and the calling one only waits for it. What was
    found to work, and then does not, is an error: nothing is done without in silence.
    """
    ids = own_ids()
    machine = probe(ids)
    layout = followed(_shown(), readlink)
    if machine.no_namespaces:
        proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        entered, parent = None, os.getpid()
    else:
        own = None if machine.no_own_users else ids
        entered = enter(root_of(layout, tmp_bytes=TMP_BYTES), own)
        proc, parent = entered.proc, 0
    return Site(
        machine=machine,
        ids=ids,
        readable=readable(layout),
        below_tmp=below(TMP, layout),
        entered=entered,
        proc=proc,
        parent=parent,
    )


def _shown() -> tuple[Bind, ...]:
    return shown(
        interpreter=os.path.realpath(sys.executable),
        environment=sys.prefix,
        package=os.path.dirname(os.path.abspath(processor.__file__)),
        certificates=os.environ.get("SSL_CERT_FILE"),  # noqa: TID251 (made afresh by the host)
    )
