"""Environments with a name, at the door; their only wheels are in a folder of the test."""

from pathlib import Path
from typing import Any

import pytest

from tests.environment.custom.wheels import a_wheel
from tests.service.door import Door

V1 = "/v1/environments/v1"


@pytest.fixture(autouse=True)
def wheels(tmp_path: Path, door: Door) -> Path:
    folder = tmp_path / "wheels"
    a_wheel(folder, "plain", "1.0")
    a_wheel(folder, "plain", "2.0")
    return folder


async def put(door: Door, requirements: object, name: str = "v1") -> Any:
    return await door.ask("PUT", f"/v1/environments/{name}", {"requirements": requirements})


async def settled(door: Door) -> Any:
    while True:
        body = (await door.ask("GET", V1)).body
        if body["state"] != "building":
            return body


async def test_an_environment_that_nobody_put_is_in_state_none(door: Door) -> None:
    answer = await door.ask("GET", V1)

    assert (answer.status, answer.body["state"], answer.body["digest"]) == (200, "none", None)


async def test_requirements_are_taken_at_once_and_built_after_that(door: Door) -> None:
    answer = await put(door, "plain==1.0\n")

    assert (answer.status, answer.body["state"]) == (202, "building")
    assert int(answer.headers["Retry-After"]) > 0
    body = await settled(door)
    assert (body["state"], body["error"], body["requirements"]) == ("ready", None, "plain==1.0\n")
    assert body["packages"] == {"plain": "1.0"}
    assert body["digest"].startswith("sha256:")
    assert min(body["size_bytes"], body["build_ms"], body["added_bytes"]) > 0


async def test_requirements_that_are_built_already_are_ready_at_once(door: Door) -> None:
    await put(door, "plain==1.0")
    await settled(door)
    answer = await put(door, "plain==1.0", "v2")

    assert (answer.status, answer.body["state"]) == (200, "ready")


async def test_what_cannot_be_resolved_is_failed_with_the_requirement_that_is_broken(
    door: Door,
) -> None:
    assert (await put(door, "plain==99")).status == 202
    body = await settled(door)

    assert (body["state"], body["broken"], body["digest"]) == ("failed", ["plain==99"], None)
    assert "plain==99" in body["error"]


async def test_what_failed_leaves_in_service_what_was_ready(door: Door) -> None:
    await put(door, "plain==1.0")
    ready = await settled(door)
    await put(door, "absent")
    failed = await settled(door)

    assert failed["state"] == "failed"
    assert (failed["digest"], failed["packages"]) == (ready["digest"], {"plain": "1.0"})


async def test_a_rebuild_takes_what_is_newest(door: Door, wheels: Path) -> None:
    await put(door, "plain")
    await settled(door)
    a_wheel(wheels, "plain", "3.0")
    answer = await door.ask("POST", f"{V1}/rebuild")

    assert (answer.status, answer.body["state"]) == (202, "building")
    assert (await settled(door))["packages"] == {"plain": "3.0"}


@pytest.mark.parametrize(("method", "path"), [("POST", f"{V1}/rebuild"), ("DELETE", V1)])
async def test_what_nobody_put_is_unknown(door: Door, method: str, path: str) -> None:
    answer = await door.ask(method, path)

    assert (answer.status, answer.body["code"]) == (404, "unknown_environment")


async def test_a_name_can_be_forgotten(door: Door) -> None:
    await put(door, "plain")
    await settled(door)

    assert (await door.ask("DELETE", V1)).status == 204
    assert (await door.ask("GET", V1)).body["state"] == "none"


async def test_every_name_is_listed(door: Door) -> None:
    for name in ("v2", "v1"):
        await put(door, "plain", name)

    items = (await door.ask("GET", "/v1/environments")).body["items"]

    assert [item["id"] for item in items] == ["v1", "v2"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/requirements"),
        ({"requirements": 5}, "/requirements"),
        ({"requirements": "plain", "python": "3.12"}, "/python"),
        ({"requirements": "plain\n-r /etc/passwd"}, "/requirements"),
    ],
)
async def test_a_body_that_is_no_requirements_is_pointed_at(
    door: Door, body: object, pointer: str
) -> None:
    answer = await door.ask("PUT", V1, body)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, pointer)


@pytest.mark.parametrize("name", ["small", "..%2Fv1", "a%20b"])
async def test_a_name_that_cannot_be_given_is_pointed_at(door: Door, name: str) -> None:
    answer = await put(door, "plain", name)

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, "/id")
