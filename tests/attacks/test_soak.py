"""Many runs, some of them hostile, leave nothing that grows; `make soak` does more of them."""

from dataclasses import replace

import pytest

from tests.runtime.forked.host import opened

from .soak import HOSTILE_SHARE, Held, grown, hostile, soaked

HELD = Held(
    bytes=100 << 20,
    descriptors=10,
    threads=1,
    zygote=7,
    zygote_bytes=120 << 20,
    zygote_descriptors=5,
    children=0,
    mounts=30,
    users=0,
    counted=0,
    groups=4,
    group_bytes=8 << 20,
)


@pytest.mark.timeout(300)
async def test_hundreds_of_runs_leave_no_growth() -> None:
    async with opened() as host:
        assert await soaked(host, 500, seed=1) == []


def test_many_kinds_of_attacks_are_soaked_in() -> None:
    assert HOSTILE_SHARE == 0.05
    assert len(hostile()) > 100


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, []),
        ({"bytes": 110 << 20}, []),
        ({"bytes": 200 << 20}, ["bytes was 104857600 and is 209715200"]),
        ({"descriptors": 11}, ["descriptors was 10 and is 11"]),
        ({"users": 1, "children": 1}, ["children was 0 and is 1", "users was 0 and is 1"]),
        ({"groups": 5, "group_bytes": 9 << 20}, []),
        ({"groups": 40}, ["groups was 4 and is 40"]),
        ({"counted": 1}, ["counted was 0 and is 1"]),
        ({"zygote": 8}, ["zygote was 7 and is 8"]),
    ],
)
def test_what_has_grown_is_told(changes: dict[str, int], told: list[str]) -> None:
    assert list(grown(HELD, replace(HELD, **changes))) == told
