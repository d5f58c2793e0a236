"""Memory of a process and of those that it started, as the kernel divides it among them."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
_KINDS: Final = {b"runtime.zygote": "zygotes", b"runtime.wasm.keeper": "keepers"}
_PSS: Final = re.compile(rb"^Pss:\s+(\d+) kB", re.MULTILINE)


def memory_by_process(pid: int | None = None) -> Mapping[str, int]:
    """
    Give the bytes of this process (`service`), its `zygotes`, their `children`, its `keepers`.

    A page that several share counts in proportion. What may not be looked at, or ends meanwhile,
    is left out. It reads some files a process: not for the event loop.
    """
    own = os.getpid() if pid is None else pid
    found: Counter[str] = Counter(service=_memory(own), zygotes=0, children=0, keepers=0)
    for started in _children(own):
        kind = _kind(started)
        if kind is None:
            continue
        found[kind] += _memory(started)
        below = "children" if kind == "zygotes" else kind
        found[below] += sum(_memory(each) for each in _descendants(started))
    return dict(found)


def _kind(pid: int) -> str | None:
    command = _read(pid, "cmdline")
    return next((kind for module, kind in _KINDS.items() if module in command), None)


def _memory(pid: int) -> int:
    found = _PSS.search(_read(pid, "smaps_rollup"))
    return int(found[1]) * 1024 if found else 0


def _descendants(pid: int) -> Iterator[int]:
    for child in _children(pid):
        yield child
        yield from _descendants(child)


def _children(pid: int) -> list[int]:
    """Give whom a process has started: by any of its threads."""
    try:
        threads = [each.name for each in (PROC / str(pid) / "task").iterdir()]
    except OSError:
        return []
    texts = (_read(pid, f"task/{thread}/children") for thread in threads)
    return [int(child) for text in texts for child in text.split()]


def _read(pid: int, name: str) -> bytes:
    try:
        return (PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""
