"""
Make children ready without walls and with all of them, in turn; tell the milliseconds of each.

Run by the interpreter of a statement environment, which finds the package by PYTHONPATH: how many
of each, and the modules to import. Prints as JSON, for each pair, a fork until its child says a
word, and the same with every wall put up before the word, as a zygote's children do.
"""

import gc
import importlib
import json
import os
import sys
import time

from processor.runtime.jail import Site, Terms, lock_in, settled, system_calls


def took(site: Site, terms: Terms | None) -> tuple[float, float]:
    """
    Give how long a child takes to be ready, and what processor time of its own that takes.

    It is walled in where there are terms for it.
    """
    read, write = os.pipe()
    started = time.perf_counter()
    process = os.fork() if terms is None else site.fork()
    if process == 0:
        try:
            if terms is not None:
                lock_in(site, terms, frozenset({write}))
            # of its only thread: the whole process's clock rests once its processor time is limited
            os.write(write, str(time.thread_time()).encode())
        finally:
            os._exit(0)
    os.close(write)
    said = os.read(read, 64)
    passed = time.perf_counter() - started
    os.close(read)
    os.waitpid(process, 0)
    if not said:
        raise OSError("a wall did not go up")
    return passed * 1000, float(said) * 1000


def main() -> None:
    """Measure as often as the arguments say."""
    site = settled()
    for name in sys.argv[2:]:
        importlib.import_module(name)
    terms = Terms(
        memory_bytes=None,  # these two are for the host to set, when a run takes the child
        cpu_seconds=None,
        open_files=64,
        tmp_bytes=1 << 20,
        threads=8,
        user=None if site.machine.no_own_users else 1,
    )
    system_calls(terms.network).prepare()
    gc.collect()
    gc.freeze()
    pairs = [(took(site, None), took(site, terms)) for _ in range(int(sys.argv[1]))]
    print(json.dumps(pairs), flush=True)  # noqa: T201 (its answer)


if __name__ == "__main__":
    main()
