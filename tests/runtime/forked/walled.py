"""
A statement's interpreter behind the walls of a child, for what its packages do with a way out.

Executed in an environment's own Python: `walled.py WAY SETUP`, what to run on standard
input. It defines `done`, a dictionary of functions, and what each gives is told as JSON.
"""

import asyncio
import inspect
import json
import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3]))

from processor.runtime.guest.network import keep_blocking_modes, use_proxy
from processor.runtime.jail import (
    PROXY_HOST,
    PROXY_PORT,
    ConnectsByHost,
    ListensForHost,
    Restriction,
)
from processor.runtime.jail.namespaces import OwnNamespaces
from processor.runtime.jail.process import NoNewPrivileges
from processor.runtime.jail.seccomp import Network, SyscallFilter, policy_for


def main() -> None:
    way, setup = sys.argv[1], int(sys.argv[2])
    scope: dict[str, object] = {}
    exec(sys.stdin.read(), scope)
    for wall in walls(way, setup):
        wall.apply()
    use_proxy(f"http://{PROXY_HOST}:{PROXY_PORT}")
    if way == "connects":
        keep_blocking_modes()
    done = scope["done"]
    assert isinstance(done, dict)
    json.dump({name: result_of(function) for name, function in done.items()}, sys.stdout)


def walls(way: str, setup: int) -> list[Restriction]:
    filters = SyscallFilter(policy_for(Network.PROXY))
    if way == "connects":
        return [NoNewPrivileges(), ConnectsByHost(setup), filters]
    proc = os.open("/proc", os.O_RDONLY)
    return [OwnNamespaces(proc), ListensForHost(setup), NoNewPrivileges(), filters]


def result_of(function: object) -> object:
    try:
        result = function()  # type: ignore[operator]
        return asyncio.run(result) if inspect.iscoroutine(result) else result
    except Exception as error:  # noqa: BLE001 (what a package makes of a refusal is told)
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    main()
