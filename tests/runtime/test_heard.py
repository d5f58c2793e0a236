"""What is kept of a guest's words, each of which it may forge."""

import json

import msgspec
import pytest

from processor.runtime.contract import unheard
from processor.runtime.guest import wire
from processor.runtime.heard import MOST_STREAMED, Heard


def streamed(**members: object) -> bytes:
    return json.dumps({"type": "text", "data": "é", **members}).encode()


def test_an_event_is_kept_as_json() -> None:
    heard = Heard(unheard)

    assert heard.take(wire.STREAMED, streamed(data={"a": [1, None]}))
    (event,) = heard.streams
    assert (event.type, event.data) == ("text", b'{"a":[1,null]}')


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"type": "text"}', streamed(type=1), streamed(more=1), streamed(type="t" * 65)],
)
def test_what_is_no_event_is_refused(content: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        Heard(unheard).take(wire.STREAMED, content)


def test_events_beyond_their_number_are_dropped() -> None:
    heard = Heard(unheard)

    kept = [heard.take(wire.STREAMED, streamed()) for _ in range(MOST_STREAMED + 2)]

    assert kept.count(True) == len(heard.streams) == MOST_STREAMED
    assert not kept[-1]
