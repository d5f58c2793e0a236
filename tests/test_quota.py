"""What one tenant may ask of a process."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import Busy
from processor.identity import Tenant
from processor.quota import Quota

ONE, TWO = Tenant("one"), Tenant("two")


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("processor.quota.time.monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_tenant_may_ask_so_often_and_is_told_whose_limit_it_met(clock: Clock) -> None:
    quota = Quota(per_minute=3, at_once=0)
    left = [standing and standing.left for standing in (quota.take(ONE) for _ in range(3))]

    with pytest.raises(Busy, match=r"tenant one .* `tenants.requests_per_minute`"):
        quota.take(ONE)
    assert left == [2, 1, 0]


def test_what_is_left_comes_back_evenly(clock: Clock) -> None:
    quota = Quota(per_minute=3, at_once=0)
    for _ in range(3):
        quota.take(ONE)
    with pytest.raises(Busy) as refused:
        quota.take(ONE)
    assert refused.value.retry_after == 20

    clock.now += 20

    assert quota.take(ONE) is not None
    with pytest.raises(Busy):
        quota.take(ONE)


def test_one_tenant_s_requests_are_not_another_s(clock: Clock) -> None:
    quota = Quota(per_minute=1, at_once=1)
    quota.take(ONE)

    with quota.under_way(ONE), quota.under_way(TWO):
        assert quota.take(TWO) is not None


def test_so_many_requests_may_be_under_way(clock: Clock) -> None:
    quota = Quota(per_minute=0, at_once=1)

    with (
        quota.under_way(ONE),
        pytest.raises(Busy, match=r"tenant one .* `tenants.requests_at_once`"),
    ):
        quota.under_way(ONE).__enter__()
    with quota.under_way(ONE):
        pass


def test_without_a_limit_nothing_is_counted() -> None:
    quota = Quota(per_minute=0, at_once=0)

    assert [quota.take(ONE) for _ in range(9)] == [None] * 9
    assert quota.standing(ONE) is None


def test_tenants_that_ask_no_more_are_forgotten(clock: Clock) -> None:
    quota = Quota(per_minute=60, at_once=0)
    for number in range(100):
        quota.take(Tenant(str(number)))

    clock.now += 61
    quota.take(ONE)

    assert [*quota._full_at] == [ONE]


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 20))
def test_in_no_minute_more_than_twice_the_quota_passes(pauses: list[float], most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        clock, quota = Clock(patch), Quota(per_minute=most, at_once=0)
        passed: list[float] = []
        for pause in pauses:
            clock.now += pause
            try:
                quota.take(ONE)
            except Busy:
                continue
            passed.append(clock.now)

    for start in passed:
        assert sum(start <= each < start + 60 for each in passed) <= 2 * most
