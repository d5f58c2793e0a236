"""Which attempts are followed by another one, and when."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import StepError, concrete
from processor.job import LONGEST_DELAY, next_attempt
from processor.step import Queueing

SECOND = timedelta(seconds=1)


def test_the_wait_doubles_up_to_its_longest() -> None:
    policy = Queueing(max_attempts=20, backoff=SECOND)

    waits = [next_attempt(policy, attempts=n, code="killed", retryable=True) for n in range(1, 20)]

    assert waits[:4] == [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND]
    assert waits[-1] == LONGEST_DELAY


@pytest.mark.parametrize("error", [*concrete(StepError)])
def test_by_default_only_what_may_succeed_as_it_is_is_tried_again(error: type[StepError]) -> None:
    delay = next_attempt(Queueing(), attempts=1, code=error.code, retryable=error.retryable)

    assert (delay is not None) == error.retryable


@pytest.mark.parametrize("code", ["syntax_error", "type_hint", "import_not_allowed"])
def test_what_cannot_compile_is_never_tried_again(code: str) -> None:
    policy = Queueing(retry_on="errors")

    assert next_attempt(policy, attempts=1, code=code, retryable=False) is None


@pytest.mark.parametrize("code", ["statement_raised", "wall_limit", "output_mismatch"])
def test_the_statements_own_errors_are_tried_again_where_that_is_asked_for(code: str) -> None:
    policy = Queueing(retry_on="errors")

    assert next_attempt(policy, attempts=1, code=code, retryable=False) == SECOND


@given(st.integers(1, 20), st.integers(1, 40), st.booleans())
def test_there_are_never_more_attempts_than_allowed(
    most: int, attempts: int, retryable: bool
) -> None:
    policy = Queueing(max_attempts=most, retry_on="errors")

    delay = next_attempt(policy, attempts=attempts, code="killed", retryable=retryable)

    assert (delay is None) == (attempts >= most)
