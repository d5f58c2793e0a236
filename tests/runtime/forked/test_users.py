"""Who children are: nobody is two at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import ProcessorFault
from processor.runtime.forked.users import Users


@given(st.lists(st.booleans()))
def test_nobody_is_two_at_a_time_and_nobody_is_the_zygote(takes: list[bool]) -> None:
    users, taken = Users(5), list[int]()
    for take in takes:
        if take and len(taken) < 4:
            taken.append(users.take())
        elif taken:
            users.give_back(taken.pop())

        assert len(set(taken)) == len(taken)
        assert set(taken) <= {1, 2, 3, 4}


def test_who_was_somebody_last_is_nobody_for_longest() -> None:
    users = Users(4)
    users.give_back(users.take())

    assert [users.take() for _ in range(3)] == [2, 3, 1]


def test_where_every_user_is_taken_there_is_no_run() -> None:
    users = Users(2)
    users.take()

    with pytest.raises(ProcessorFault, match="every user"):
        users.take()
