"""What an arrival means, without a database."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from processor.errors import DeliveryConflict, UnknownBranch
from processor.join import Delivery, Join, Part, branches_of, judge, order_of
from processor.step import JoinPolicy, StoredStep
from tests.build import STEP, a_step


def a_join(**changes: Any) -> Join:
    members: dict[str, Any] = {
        "step_id": STEP,
        "key": "k",
        "generation": 1,
        "state": "open",
        "expected": ("INPUT_DATA", "orders"),
        "arrived": (),
        "deadline": None,
        "run_id": None,
    }
    return Join(**{**members, **changes})


def a_delivery(
    branch: str = "orders", delivery_id: str | None = "1", digest: bytes = b"a"
) -> Delivery:
    return Delivery(
        step_id=STEP,
        key="k",
        branch=branch,
        delivery_id=delivery_id,
        digest=digest,
        rows=b"[]",
        trace_id="t",
    )


def a_part(delivery_id: str | None = "1", digest: bytes = b"a") -> Part:
    return Part(branch="orders", delivery_id=delivery_id, digest=digest)


def test_the_first_delivery_of_a_branch_is_accepted() -> None:
    assert judge(a_delivery(), a_join(), []) == "accepted"


@pytest.mark.parametrize("state", ["open", "fired", "partial", "expired", "cancelled"])
@pytest.mark.parametrize("delivery_id", ["1", None])
def test_the_same_delivery_is_a_duplicate(state: Any, delivery_id: str | None) -> None:
    delivery = a_delivery(delivery_id=delivery_id)

    assert judge(delivery, a_join(state=state), [a_part(delivery_id)]) == "duplicate"


@pytest.mark.parametrize("state", ["open", "fired"])
def test_other_rows_under_the_same_delivery_are_a_conflict(state: Any) -> None:
    with pytest.raises(DeliveryConflict, match="orders"):
        judge(a_delivery(digest=b"b"), a_join(state=state), [a_part()])


def test_other_rows_without_an_id_are_a_conflict_while_the_join_is_open() -> None:
    with pytest.raises(DeliveryConflict):
        judge(a_delivery(delivery_id=None, digest=b"b"), a_join(), [a_part(None)])


@pytest.mark.parametrize("delivery_id", ["2", None])
def test_another_delivery_is_accepted_while_the_join_is_open(delivery_id: str | None) -> None:
    delivery = a_delivery(delivery_id=delivery_id, digest=b"b")

    assert judge(delivery, a_join(), [a_part()]) == "accepted"


@pytest.mark.parametrize("state", ["fired", "partial", "expired", "cancelled"])
def test_another_delivery_is_late_once_the_join_is_over(state: Any) -> None:
    assert judge(a_delivery(delivery_id="2"), a_join(state=state), [a_part()]) == "late"


def test_an_unknown_branch_is_told_with_those_that_are_expected() -> None:
    with pytest.raises(UnknownBranch, match=r"'refunds'.*INPUT_DATA, orders"):
        judge(a_delivery("refunds"), a_join(), [])


def test_what_is_missing_is_in_the_order_of_what_is_expected() -> None:
    join = a_join(expected=("INPUT_DATA", "a", "b"), arrived=("a",))

    assert join.missing == ("INPUT_DATA", "b")


def test_a_join_waits_for_the_primary_input_unless_it_is_told_not_to() -> None:
    step = a_step(branches=("a", "b"))

    assert branches_of(step) == ("INPUT_DATA", "a", "b")
    assert branches_of(a_step(branches=("a", "b"), join=JoinPolicy(primary=False))) == ("a", "b")


def test_the_order_has_each_branch_under_its_number_and_null_for_what_is_missing() -> None:
    stored = StoredStep(
        step_id=STEP,
        version=1,
        digest="",
        document=b'{"statement":"return []"}',
        updated_at=datetime.now(UTC),
    )

    order = json.loads(order_of(stored, ["a", "b"], {"b": b'[{"x":1}]', "INPUT_DATA": b"[]"}))

    assert order["inputs"] == {"INPUT_DATA": [], "INPUT_DATA2": None, "INPUT_DATA3": [{"x": 1}]}
    assert order["step"] == {"statement": "return []", "id": STEP}
