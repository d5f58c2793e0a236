"""What is told of the walls around an instance: from what is seen of its keeper, and no more."""

import os
from dataclasses import replace

import pytest

from processor.errors import ProcessorFault
from processor.runtime.jail import Seen, keeper_ids
from processor.runtime.wasm import WasmRuntime
from processor.runtime.wasm.isolation import level

from .host import Host, environment

USERS = keeper_ids().first

HOST = Seen(filters=1, users=(0, 0, 0, 0))
KEEPER = Seen(
    filters=2, no_new_privs=True, held=False, bounded=True, users=(USERS, USERS, USERS, USERS)
)
ORDINARY = (1000, 1000, 1000, 1000)


@pytest.mark.parametrize("landlock_abi", [0, 7])
def test_a_keeper_that_is_a_user_of_its_own_is_isolated(landlock_abi: int) -> None:
    assert level(KEEPER, HOST, landlock_abi=landlock_abi) == 3


@pytest.mark.parametrize(("landlock_abi", "made"), [(7, 3), (0, 1)])
def test_a_keeper_that_is_the_service_s_user_needs_landlock(landlock_abi: int, made: int) -> None:
    keeper, host = replace(KEEPER, users=ORDINARY), replace(HOST, users=ORDINARY)

    assert level(keeper, host, landlock_abi=landlock_abi) == made


@pytest.mark.parametrize(("landlock_abi", "made"), [(7, 2), (0, 0)])
def test_a_keeper_that_is_root_is_less(landlock_abi: int, made: int) -> None:
    assert level(replace(KEEPER, users=HOST.users), HOST, landlock_abi=landlock_abi) == made


@pytest.mark.parametrize(
    "keeper",
    [
        pytest.param(replace(KEEPER, filters=1), id="with the container's own filter alone"),
        pytest.param(replace(KEEPER, no_new_privs=False), id="that may gain privileges"),
        pytest.param(replace(KEEPER, held=True), id="that holds capabilities"),
        pytest.param(replace(KEEPER, users=()), id="of which nobody knows who it is"),
    ],
)
def test_a_keeper_without_walls_makes_no_level(keeper: Seen) -> None:
    assert level(keeper, HOST, landlock_abi=0) == 0


@pytest.mark.asyncio(loop_scope="session")
async def test_a_run_tells_what_is_seen_of_its_keeper(host: Host) -> None:
    isolation = (await host.body("return 1")).isolation

    (keeper,) = host.idle
    assert (isolation["engine"], isolation["egress"]) == ("wasm", "none")
    assert (isolation["syscalls"], isolation["no_new_privs"]) == ("allowlist", True)
    assert isolation["capabilities"] == ("none" if keeper.walls.bounded else "bounding")
    assert isolation["uid"] == ("per_keeper" if os.geteuid() == 0 else "shared")
    assert isolation["restrictions"] == keeper.restrictions
    assert isolation["level"] == 3


@pytest.mark.asyncio(loop_scope="session")
async def test_a_keeper_is_nobody_else(host: Host) -> None:
    await host.value("return 1")
    (keeper,) = host.idle

    users = set(keeper.walls.users)

    assert len(users) == 1
    assert (min(users) >= USERS) is (os.geteuid() == 0)


@pytest.mark.asyncio(loop_scope="session")
async def test_nothing_runs_below_the_least_level() -> None:
    async with WasmRuntime(most_keepers=1, least_level=4) as runtime:
        with pytest.raises(ProcessorFault, match="make level 3, and 4 is the least"):
            await Host(runtime=runtime, environment=environment()).body("return 1")
