"""
Fork, end and reap, as often as fits into the seconds that a line of the input gives.

Run by the interpreter of a statement environment, with the modules to import as arguments.
"""

import gc
import importlib
import os
import sys
import time


def count(seconds: float) -> int:
    """Give how many children were forked and reaped, one after the other."""
    until = time.perf_counter() + seconds
    number = 0
    while time.perf_counter() < until:
        process = os.fork()
        if process == 0:
            os._exit(0)
        os.waitpid(process, 0)
        number += 1
    return number


if __name__ == "__main__":
    for name in sys.argv[1:]:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        print(count(float(line)), flush=True)  # noqa: T201 (its answer)
