"""What is told of a run's end, and how it is signed."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from processor.callback import (
    MOST_ATTEMPTS,
    Callback,
    event_of,
    next_delay,
    read_secret,
    settled,
    signed_headers,
)
from processor.run import Claim, Run, RunId
from tests.store.build import a_run, a_ticket

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()


def ended(**changes: Any) -> Run:
    claim = Claim(run_id=RunId("r1"), ticket=a_ticket(), attempt=2, fence=1, checkpoint=None)
    return msgspec.structs.replace(a_run(claim), **changes)


def test_an_event_is_a_cloud_event_of_the_run_without_its_rows() -> None:
    event = json.loads(event_of(ended()))

    assert {name: event[name] for name in ("specversion", "id", "source", "type", "subject")} == {
        "specversion": "1.0",
        "id": "r1:2",
        "source": "/v1/steps/task-42%2Fstep-7",
        "type": "io.processor.run.succeeded",
        "subject": "r1",
    }
    assert event["datacontenttype"] == "application/json"
    assert datetime.fromisoformat(event["time"]).tzinfo is not None
    assert "rows" not in event["data"]
    assert (event["data"]["state"], event["data"]["row_count"]) == ("succeeded", 1)


def test_an_event_of_a_run_without_a_step_has_all_runs_as_its_source() -> None:
    assert json.loads(event_of(ended(step_id=None)))["source"] == "/v1/runs"


def test_the_signature_is_over_id_time_and_content() -> None:
    callback = Callback(position=1, event_id="r1:2", url="", attempt=1, content=b'{"a": 1}')
    moment = datetime(2026, 1, 2, tzinfo=UTC)

    headers = signed_headers(callback, read_secret(SECRET), moment)

    stamp = int(moment.timestamp())
    digest = hmac.new(b"k" * 24, f'r1:2.{stamp}.{{"a": 1}}'.encode(), hashlib.sha256).digest()
    assert headers == {
        "webhook-id": "r1:2",
        "webhook-timestamp": str(stamp),
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def test_delays_grow_to_their_longest_and_end() -> None:
    delays = [next_delay(attempt) for attempt in range(1, MOST_ATTEMPTS + 1)]

    assert delays[-1] is None
    known = [delay for delay in delays if delay is not None]
    assert known == sorted(known)
    assert known[-1] == timedelta(hours=6)


@pytest.mark.parametrize(
    ("attempt", "attempted", "standing"),
    [
        (1, "delivered", "delivered"),
        (MOST_ATTEMPTS, "delivered", "delivered"),
        (1, "gone", "dead"),
        (1, "failed", "waiting"),
        (MOST_ATTEMPTS, "failed", "dead"),
    ],
)
def test_only_what_failed_is_sent_again_and_not_for_ever(
    attempt: int, attempted: Any, standing: str
) -> None:
    assert settled(attempt, attempted)[0] == standing


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_!!", "a" * 40, "whsec_" + base64.b64encode(b"short").decode()]
)
def test_a_secret_that_is_none_is_refused_without_being_told(text: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes") as caught:
        read_secret(text)

    assert len(text) < 7 or text not in str(caught.value)
