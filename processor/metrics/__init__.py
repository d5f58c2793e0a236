"""What a process tells Prometheus: counted as work is done, and looked at when it is asked."""

from .lag import watch_loop
from .memory import memory_by_process
from .metrics import Metrics, Page
from .snapshot import Shelf, Snapshot
from .under_way import UnderWay

__all__ = [
    "Metrics",
    "Page",
    "Shelf",
    "Snapshot",
    "UnderWay",
    "memory_by_process",
    "watch_loop",
]
