"""Whether the service lives, takes runs, and says what it is."""

import pytest

from tests.service.door import MANIFEST, Door


async def test_it_lives(door: Door) -> None:
    assert (await door.ask("GET", "/livez")).status == 200


@pytest.mark.parametrize("path", ["/readyz", "/startupz"])
async def test_it_is_ready(door: Door, path: str) -> None:
    answer = await door.ask("GET", path)

    assert (answer.status, answer.body["status"]) == (200, "ready")


@pytest.mark.parametrize("path", ["/readyz", "/startupz"])
async def test_it_is_not_ready_and_says_why(door: Door, path: str) -> None:
    door.weather.ready = False
    door.weather.details["zygotes"] = [{"environment": "small", "missing": "it is not built"}]

    answer = await door.ask("GET", path)

    assert (answer.status, answer.body["status"]) == (503, "not_ready")
    assert answer.body["zygotes"] == [{"environment": "small", "missing": "it is not built"}]


async def test_it_lives_while_it_is_not_ready(door: Door) -> None:
    door.weather.ready = False

    assert (await door.ask("GET", "/livez")).status == 200


async def test_the_manifest_is_served_byte_for_byte(door: Door) -> None:
    answer = await door.ask("GET", "/v1/manifest")

    assert (answer.content, answer.headers["Content-Type"]) == (MANIFEST, "application/json")
