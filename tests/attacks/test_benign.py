"""What statements do in good faith works behind the walls of every place."""

import pytest

from .cases import Benign, read_benign
from .places import FREE, LEVELS, Places

pytestmark = pytest.mark.timeout(1000)


@pytest.mark.parametrize(("users", "place"), LEVELS)
@pytest.mark.parametrize("case", [pytest.param(each, id=each.title) for each in read_benign()])
def test_a_statement_in_good_faith_works(
    places: Places, users: str, place: str, case: Benign
) -> None:
    ended = places.get(users, place).benign[case.title]

    if case.writes_tmp and place != FREE:  # no run has a /tmp there: nothing bounds its size
        assert ended.startswith("statement_raised: ")
    else:
        assert ended == "succeeded"
