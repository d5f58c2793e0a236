"""Which users there are to give to children, by what a user namespace has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.runtime.jail.mapped import (
    FIRST,
    LEAST,
    NOBODY,
    WANTED,
    WANTED_BY_KEEPERS,
    chosen,
)
from processor.runtime.jail.namespaces import Ids

ALL = "0 0 4294967295"
LENT = "0 1000 1\n1 100000 65536"


@pytest.mark.parametrize(
    ("uids", "gids", "found"),
    [
        (ALL, ALL, WANTED),
        ("0 100000 1000000", "0 100000 1000000", WANTED),
        (LENT, LENT, Ids(64_534, 1000)),
        (ALL, LENT, Ids(64_534, 1000)),
        ("0 0 1\n1 100000 200999", ALL, WANTED),
        ("0 0 1\n1 100000 200998", ALL, Ids(199_999, 1000)),
        ("0 0 1200", "0 0 1100", Ids(1000, 100)),
    ],
)
def test_they_are_those_that_are_wanted_or_the_last_that_there_are(
    uids: str, gids: str, found: Ids
) -> None:
    assert chosen(uids, gids, WANTED) == found


@pytest.mark.parametrize(
    ("id_map", "found"),
    [
        (ALL, WANTED_BY_KEEPERS),
        ("0 0 202000", WANTED_BY_KEEPERS),
        ("0 0 201999", Ids(199_000, 1000)),
        (LENT, Ids(63_534, 1000)),
    ],
)
def test_keepers_are_none_of_those_that_children_are(id_map: str, found: Ids) -> None:
    own = chosen(id_map, id_map, WANTED)

    assert chosen(id_map, id_map, WANTED_BY_KEEPERS, before=own.first) == found
    assert found.first >= own.first + own.count or found.first + found.count <= own.first


@pytest.mark.parametrize("few", ["0 1000 1", "0 0 1000", f"0 0 {FIRST + LEAST - 1}", ""])
def test_where_there_are_none_to_spare_it_will_be_found_so(few: str) -> None:
    assert chosen(few, few, WANTED) == WANTED


def are_in(ids: range, id_map: str) -> bool:
    lines = [[*map(int, line.split())] for line in id_map.splitlines()]
    return any(at <= ids.start and ids.stop <= at + count for at, _, count in lines)


def a_map(steps: list[tuple[int, int]]) -> str:
    """Give a map of spans, each some ids after the one before."""
    lines, at = [], 0
    for gap, count in steps:
        lines.append(f"{at + gap} {at + gap + 7} {count}")
        at += gap + count
    return "\n".join(lines)


MAPS = st.lists(
    st.tuples(st.integers(0, 70_000), st.integers(1, 210_000)), min_size=1, max_size=4
).map(a_map)


@given(MAPS, MAPS)
def test_whoever_is_chosen_is_there_and_is_nobody_and_no_system_user(uids: str, gids: str) -> None:
    found = chosen(uids, gids, WANTED)

    ids = range(found.first, found.first + found.count)
    assert LEAST <= len(ids) <= WANTED.count
    assert not any(each in ids for each in (0, FIRST - 1, NOBODY, NOBODY + 1))
    assert found == WANTED or all(are_in(ids, each) for each in (uids, gids))
