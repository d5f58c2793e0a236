"""Every attack, by every user and in every place: how it ends, and what holds after it."""

import pytest

from processor.runtime.jail.seccomp.architecture import this_architecture

from .cases import PROFILES, Attack, aimed, read_attacks
from .judge import MOST_GROWTH_BYTES, broken
from .places import LEVELS, Places

pytestmark = pytest.mark.timeout(1000)

ATTACKS = read_attacks()
EVERYWHERE = pytest.mark.parametrize(("users", "place"), LEVELS)


@EVERYWHERE
@pytest.mark.parametrize("attack", [pytest.param(each, id=each.id) for each in ATTACKS])
def test_an_attack_ends_as_it_may_and_leaves_nothing(
    places: Places, users: str, place: str, attack: Attack
) -> None:
    found = places.get(users, place)
    seen = [each for each in found.seen if each.attack == attack.id]

    assert [each.profile for each in seen] == [*PROFILES]
    wrong = {each.profile: broken(attack, each, found.first) for each in seen}
    assert wrong == {profile: [] for profile in PROFILES}, [each.shown for each in seen]


@EVERYWHERE
def test_attacks_are_tried_at_the_level_of_their_place(
    places: Places, users: str, place: str
) -> None:
    assert places.get(users, place).level == LEVELS[users, place]


@EVERYWHERE
def test_after_all_attacks_the_packages_the_files_and_the_zygote_are_the_same(
    places: Places, users: str, place: str
) -> None:
    found = places.get(users, place)

    assert not found.packages_changed
    assert not found.files_changed
    assert not found.zygote_changed


@EVERYWHERE
def test_after_all_attacks_the_service_has_not_grown(
    places: Places, users: str, place: str
) -> None:
    assert places.get(users, place).grown_bytes < MOST_GROWTH_BYTES


def test_every_attack_names_system_calls_that_there_are() -> None:
    known = {name for attack in ATTACKS for name in _called(attack.statement)}

    assert known - this_architecture().numbers.keys() == set()


def _called(statement: str) -> set[str]:
    words = statement.replace("(", " ").replace(",", " ").replace(")", " ").split()
    return {word.removeprefix("NR_") for word in words if word.startswith("NR_")}


def test_a_canary_that_is_aimed_at_is_one_that_is_set_out() -> None:
    known = {"FILE": "f", "FOLDER": "d", "PORT": 1, "ABSTRACT": "a", "PROCESS": 2}

    assert [each.id for each in ATTACKS if "CANARY_" in aimed(each.statement, known)] == []
