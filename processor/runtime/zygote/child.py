"""From a fork to a statement: walls up, then the guest."""

import json
import os
import sys
from dataclasses import asdict, dataclass
from typing import Final

from processor.runtime.guest.main import serve
from processor.runtime.guest.network import keep_blocking_modes, use_proxy
from processor.runtime.guest.priming import prime
from processor.runtime.guest.wire import READY, UNLOCKED, write_frame
from processor.runtime.jail import PROXY_HOST, PROXY_PORT, Site, Terms, lock_in

LONGEST_REASON: Final = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """The descriptors that a child is given."""

    payload: int
    frames: int
    doors: tuple[int, ...] = ()
    """Those that lead into control groups, if any."""
    setup: tuple[int, ...] = ()
    """A socket to the host, where there is a way out: its proxy."""


def run(site: Site, terms: Terms, given: Given, *, ahead: bool = False) -> None:
    """
    Lock the process in, say so, and run what comes; returns when the run has ended.

    Nothing is sent before the host has seen the walls for itself. Where one does not go up there is
    no run, and the host hears why. `ahead` of its run a child has time to touch what runs use
    before it says so.
    """
    payload, frames, setup = given.payload, given.frames, given.setup
    try:
        locked = lock_in(site, terms, frozenset({payload, frames}), setup, given.doors)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is why there is no run)
        write_frame(frames, UNLOCKED, f"{type(error).__name__}: {error}".encode()[:LONGEST_REASON])
        return
    _draw_own_numbers()
    if setup:
        use_proxy(f"http://{PROXY_HOST}:{PROXY_PORT}")
        keep_blocking_modes()
    loop = prime() if ahead else None
    write_frame(frames, READY, json.dumps(asdict(locked)).encode())
    serve(payload, frames, loop=loop)
    os.read(payload, 1)  # until the host has seen what the run used, and lets go


def _draw_own_numbers() -> None:
    """Reseed numpy, which unlike the standard library does not do so after a fork."""
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
