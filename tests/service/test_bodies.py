"""What is read of a request, and how much of it."""

import gzip
import json
import zlib

import pytest

from tests.service.door import BODY_BYTES, Door, a_body

BODY = json.dumps(a_body()).encode()


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
    ],
)
async def test_a_body_that_a_page_could_send_across_origins_is_refused(
    door: Door, media_type: str
) -> None:
    for method, path in [
        ("POST", "/v1/runs"),
        ("PUT", "/v1/checkpoints/orders"),
        ("PUT", "/v1/schemas/orders"),
    ]:
        headers = {"Content-Type": media_type, "Origin": "http://elsewhere.example"}
        answer = await door.ask(method, path, BODY, headers)

        assert (answer.status, answer.body["code"]) == (415, "unsupported_media_type")
    assert door.runtime.assignments == []


@pytest.mark.parametrize(
    "media_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"]
)
async def test_json_is_read(door: Door, media_type: str) -> None:
    assert (await door.run(BODY, {"Content-Type": media_type})).status == 200


async def test_a_body_may_be_as_long_as_the_limit(door: Door) -> None:
    answer = await door.run(BODY + b" " * (BODY_BYTES - len(BODY)))

    assert answer.status == 200


async def test_a_body_over_the_limit_is_refused_and_the_limit_named(door: Door) -> None:
    answer = await door.run(BODY + b" " * (BODY_BYTES - len(BODY) + 1))

    assert (answer.status, answer.body["code"]) == (413, "too_large")
    assert "100,000" in answer.body["detail"]
    assert "limits.body_bytes" in answer.body["detail"]


async def test_a_gzipped_body_is_read(door: Door) -> None:
    answer = await door.run(gzip.compress(BODY), {"Content-Encoding": "gzip"})

    assert answer.status == 200


async def test_a_deflated_body_is_read(door: Door) -> None:
    answer = await door.run(zlib.compress(BODY), {"Content-Encoding": "deflate"})

    assert answer.status == 200


async def test_a_gzip_bomb_is_refused_at_the_limit(door: Door) -> None:
    bomb = gzip.compress(BODY + b" " * (50 << 20))
    assert len(bomb) < BODY_BYTES

    answer = await door.run(bomb, {"Content-Encoding": "gzip"})

    assert (answer.status, answer.body["code"]) == (413, "too_large")


async def test_the_service_answers_after_a_bomb(door: Door) -> None:
    await door.run(gzip.compress(b" " * (50 << 20)), {"Content-Encoding": "gzip"})

    assert (await door.run()).status == 200


async def test_what_is_no_gzip_is_the_caller_s_mistake(door: Door) -> None:
    answer = await door.run(b"no gzip at all", {"Content-Encoding": "gzip"})

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("coding", ["zstd", "br", "nonsense"])
async def test_a_coding_that_is_not_read_is_the_caller_s_mistake(door: Door, coding: str) -> None:
    answer = await door.run(b"\x28\xb5\x2f\xfd nothing", {"Content-Encoding": coding})

    assert 400 <= answer.status < 500
