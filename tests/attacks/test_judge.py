"""The judge of attacks finds what is wrong, each thing by itself."""

from typing import Any

import msgspec
import pytest

from .cases import Attack
from .judge import Seen, broken

FIRST: dict[str, Any] = {"tmp": [], "numbers": ["1"]}
ATTACK = Attack(
    id="a",
    title="",
    statement="",
    expect={"on": frozenset({"killed"}), "off": frozenset({"succeeded"})},
    network="none",
    wall_seconds=3,
    limits={},
)
HELD = Seen(
    attack="a",
    profile="on",
    code="killed",
    shown="",
    pwned=False,
    leaked=[],
    came=[],
    seconds=1.0,
    left=[],
    next={"tmp": [], "numbers": ["2"]},
)


def test_a_run_in_which_all_held_is_fine() -> None:
    assert broken(ATTACK, HELD, FIRST) == []


def test_each_profile_has_its_own_ends() -> None:
    off = msgspec.structs.replace(HELD, profile="off")

    assert broken(ATTACK, off, FIRST) == ["it ended in killed, not in succeeded"]


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"code": "bad_result"}, "it ended in bad_result, not in killed"),
        ({"pwned": True}, "it says that it got through"),
        ({"leaked": ["file"]}, "the answer has the secret of file"),
        ({"came": ["loopback"]}, "it visited loopback"),
        ({"seconds": 14.0}, "it took 14.0 s of 3"),
        ({"left": ["process 7"]}, "it left process 7"),
        ({"next": {"code": "killed"}}, "the next run failed: {'code': 'killed'}"),
        (
            {"next": {"tmp": ["x"], "numbers": ["2"]}},
            "the next run found tmp ['x'], not []",
        ),
        (
            {"next": {"tmp": [], "numbers": ["3", "1"]}},
            "the next run drew the random numbers of another",
        ),
    ],
)
def test_what_does_not_hold_is_named(changes: dict[str, Any], wrong: str) -> None:
    assert broken(ATTACK, msgspec.structs.replace(HELD, **changes), FIRST) == [wrong]
