import json
import os
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from processor.environment import Environment, State, custom
from processor.environment.custom.collect import collect
from processor.environment.custom.places import Places, used_mark
from processor.errors import EnvironmentNotReady, InvalidRequest, UnknownEnvironment
from processor.step import Requirements
from tests.build import until
from tests.environment.custom.wheels import a_wheel, a_workshop, opened, settled, wanted
from tests.fakes import FakeEnvironments

LONG = timedelta(seconds=50)
NOT_AT_ALL = timedelta()


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    for name, version in (("good", "1.0"), ("plain", "1.0"), ("plain", "2.0")):
        a_wheel(folder, name, version)
    return folder


@pytest.fixture
def folder(tmp_path: Path, wheels: Path) -> Path:
    return tmp_path


def grown_old(places: Places) -> None:
    """Let every environment have been used for the last time long ago."""
    for built in (places.folder / "built").iterdir():
        os.utime(used_mark(built), (0, 0))


def sizes(places: Places) -> tuple[int, int]:
    built, wheels = (len([*(places.folder / each).iterdir()]) for each in ("built", "wheels"))
    return built, wheels


async def test_a_name_that_nobody_gave_is_in_state_none(folder: Path) -> None:
    async with opened(folder) as known:
        assert known.describe("v1") == custom.Description(id="v1", state=State.NONE)


async def test_requirements_are_built_in_the_background_and_then_serve(folder: Path) -> None:
    async with opened(folder) as known:
        put = await known.put("v1", "plain==1.0\n")

        assert put.state is State.BUILDING
        assert (await settled(known, "v1")).state is State.READY
        environment = known.get("v1")
        assert (environment.name, environment.python.exists()) == ("v1", True)


async def test_the_text_is_kept_as_it_was_sent(folder: Path) -> None:
    async with opened(folder) as known:
        await known.put("v1", "# mine\nPlain == 1.0\n")

        assert known.describe("v1").requirements == "# mine\nPlain == 1.0\n"


async def test_while_requirements_are_built_there_is_a_time_to_come_back(folder: Path) -> None:
    async with opened(folder) as known:
        await known.put("v1", "plain")

        with pytest.raises(EnvironmentNotReady, match="is being built") as raised:
            known.get("v1")
        assert raised.value.retry_after


async def test_the_old_environment_serves_until_the_new_one_is_ready(folder: Path) -> None:
    async with opened(folder) as known:
        await known.put("v1", "plain==1.0")
        await settled(known, "v1")
        old = known.get("v1").digest
        await known.put("v1", "plain==2.0")

        assert known.get("v1").digest == old
        await settled(known, "v1")
        assert known.get("v1").digest != old


async def test_broken_requirements_leave_the_ready_environment_in_service(folder: Path) -> None:
    async with opened(folder) as known:
        await known.put("v1", "plain==1.0")
        ready = (await settled(known, "v1")).serving
        await known.put("v1", "plain==99\ngood")
        broken = await settled(known, "v1")

        assert (broken.state, broken.serving) == (State.FAILED, ready)
        assert broken.failure is not None
        assert broken.failure.broken == ("plain==99",)
        assert known.get("v1").digest == f"sha256:{ready and ready.digest}"


async def test_two_broken_texts_in_a_row_still_leave_it_in_service(folder: Path) -> None:
    async with opened(folder) as known:
        await known.put("v1", "plain==1.0")
        await settled(known, "v1")
        for text in ("absent", "plain==99"):
            await known.put("v1", text)
            await settled(known, "v1")

        assert known.get("v1").digest


async def test_an_environment_that_failed_has_the_reason_for_runs(folder: Path) -> None:
    async with opened(folder) as known:
        await known.put("v1", "absent")
        await settled(known, "v1")

        with pytest.raises(EnvironmentNotReady, match="absent") as raised:
            known.get("v1")
        assert raised.value.retry_after is None


async def test_a_rebuild_takes_what_is_newest_now(folder: Path, wheels: Path) -> None:
    async with opened(folder) as known:
        await known.put("v1", "plain")
        await settled(known, "v1")
        a_wheel(wheels, "plain", "3.0")
        rebuilding = await known.rebuild("v1")

        assert rebuilding.state is State.BUILDING
        serving = (await settled(known, "v1")).serving
        assert serving is not None
        assert [pin.version for pin in serving.pins] == ["3.0"]


async def test_a_failed_rebuild_leaves_the_environment_in_service(
    folder: Path, wheels: Path
) -> None:
    async with opened(folder) as known:
        await known.put("v1", "plain==2.0")
        ready = (await settled(known, "v1")).serving
        for wheel in wheels.iterdir():
            wheel.unlink()
        await known.rebuild("v1")
        failed = await settled(known, "v1")

        assert (failed.state, failed.serving) == (State.FAILED, ready)


@pytest.mark.parametrize("name", ["v1", "small", "../v1", ""])
async def test_what_nobody_put_cannot_be_rebuilt_or_dropped(folder: Path, name: str) -> None:
    async with opened(folder) as known:
        with pytest.raises(UnknownEnvironment):
            await known.rebuild(name)
        with pytest.raises(UnknownEnvironment):
            await known.drop(name)


@pytest.mark.parametrize("name", ["small", "../v1", "", "a/b", ".hidden", "x" * 129])
async def test_a_name_that_is_none_or_that_ships_is_not_given_away(folder: Path, name: str) -> None:
    async with opened(folder) as known:
        with pytest.raises(InvalidRequest) as raised:
            await known.put(name, "plain")

    assert raised.value.details[0].pointer == "/id"


async def test_a_name_that_leads_nowhere_is_an_unknown_environment(folder: Path) -> None:
    async with opened(folder) as known:
        for name in ("v1", "../../etc"):
            with pytest.raises(EnvironmentNotReady):
                known.get(name)


async def test_a_dropped_name_leads_nowhere(folder: Path) -> None:
    async with opened(folder) as known:
        await known.put("v1", "plain")
        await settled(known, "v1")
        await known.drop("v1")

        assert known.describe("v1").state is State.NONE
        assert known.names() == []


async def test_requirements_of_a_step_are_built_once_and_waited_for(folder: Path) -> None:
    async with opened(folder) as known:
        with pytest.raises(EnvironmentNotReady, match="is being built") as raised:
            await known.prepare(wanted("plain"), NOT_AT_ALL)
        assert raised.value.retry_after
        await known.prepare(wanted("plain"), LONG)

        assert known.get(wanted("plain")).digest


async def test_requirements_that_failed_just_now_are_not_tried_again(
    folder: Path, wheels: Path
) -> None:
    async with opened(folder) as known:
        with pytest.raises(EnvironmentNotReady, match="cannot be built"):
            await known.prepare(wanted("late"), LONG)
        a_wheel(wheels, "late")
        with pytest.raises(EnvironmentNotReady, match="cannot be built"):
            await known.prepare(wanted("late"), LONG)
        os.utime(_failure(folder, wanted("late")), (0, 0))
        await known.prepare(wanted("late"), LONG)

        assert known.get(wanted("late")).digest


def _failure(folder: Path, requirements: Requirements) -> Path:
    return Places(folder=folder / "environments").failed(requirements.digest)


async def test_the_packages_of_an_environment_may_be_imported_by_a_body(folder: Path) -> None:
    async with opened(folder) as known:
        await known.prepare(wanted("plain"), LONG)

        assert known.get(wanted("plain")).allowed_imports == {"math", "plain.*"}


async def test_only_what_somebody_vouches_for_is_found_ahead_of_the_walls(folder: Path) -> None:
    async with opened(folder) as known:
        await known.prepare(wanted("plain"), LONG)
        await known.prepare(wanted("good"), LONG)

        assert known.get(wanted("good")).apart is None
        apart = known.get(wanted("plain")).apart
        assert apart is not None
        assert (apart / "plain.py").exists()


async def test_a_service_that_starts_takes_up_what_one_that_died_left(folder: Path) -> None:
    named = folder / "environments" / "named"
    named.mkdir(parents=True)
    record = {"id": "v1", "requirements": "plain", "before": None, "at": "2026-01-01T00:00:00Z"}
    (named / "v1.json").write_text(json.dumps(record))

    async with opened(folder) as known:
        await until(lambda: known.describe("v1").state is State.READY)

        assert known.get("v1").digest


async def test_what_a_service_that_died_left_half_made_is_no_environment(folder: Path) -> None:
    places = Places(folder=folder / "environments")
    (places.work / "half" / "environment").mkdir(parents=True)
    (places.folder / "building.json").write_text(json.dumps({"digest": wanted("plain").digest}))

    async with opened(folder) as known:
        assert known.collect() == 0
        assert not (places.work / "half").exists()
        await known.prepare(wanted("plain"), LONG)


async def test_what_no_name_leads_to_goes_some_time_after_its_last_use(folder: Path) -> None:
    places = Places(folder=folder / "environments")
    async with opened(folder) as known:
        await known.prepare(wanted("plain==1.0"), LONG)
        assert (known.collect(), sizes(places)) == (0, (1, 1))
        grown_old(places)

        assert (known.collect(), sizes(places)) == (1, (0, 0))
        with pytest.raises(EnvironmentNotReady):
            known.get(wanted("plain==1.0"))


async def test_what_a_name_leads_to_stays_however_old(folder: Path) -> None:
    places = Places(folder=folder / "environments")
    async with opened(folder) as known:
        await known.put("v1", "plain==1.0")
        await settled(known, "v1")
        grown_old(places)

        assert known.collect() == 0
        assert known.get("v1").python.exists()


async def test_what_serves_until_broken_requirements_are_mended_stays_too(folder: Path) -> None:
    places = Places(folder=folder / "environments")
    async with opened(folder) as known:
        await known.put("v1", "plain==1.0")
        await settled(known, "v1")
        await known.put("v1", "absent")
        await settled(known, "v1")
        grown_old(places)

        assert known.collect() == 0
        assert known.get("v1").python.exists()


async def test_wheels_that_another_environment_shares_stay(folder: Path) -> None:
    places = Places(folder=folder / "environments")
    async with opened(folder) as known:
        await known.put("v1", "plain==1.0\ngood")
        await settled(known, "v1")
        await known.prepare(wanted("plain==1.0"), LONG)
        grown_old(places)

        assert (known.collect(), sizes(places)) == (1, (1, 2))


def test_nothing_is_collected_while_somebody_builds(folder: Path) -> None:
    places = Places(folder=folder / "environments")
    with places.held(time.monotonic() + 5, threading.Event()):
        (places.work / "under-way").mkdir(parents=True)

        assert collect(places, timedelta(), frozenset()) == 0
        assert (places.work / "under-way").exists()


class Elsewhere:
    """Satisfies Environments, for whatever is asked."""

    def __init__(self) -> None:
        self.prepared: list[object] = []

    def of(self, _tenant: object) -> "Elsewhere":
        return self

    def get(self, source: object) -> Environment:
        return FakeEnvironments().get("small")

    async def prepare(self, source: object, patience: timedelta) -> None:
        self.prepared.append(source)


async def test_requirements_for_webassembly_are_another_s_to_give(folder: Path) -> None:
    elsewhere, for_wasm = Elsewhere(), replace(wanted("plain==1.0"), runtime="wasm")
    workshop = a_workshop(folder)
    terms = custom.Terms(keep=timedelta(days=1), allowed_imports=frozenset())
    async with custom.opened(FakeEnvironments(), str.isupper, workshop, terms, elsewhere) as known:
        await known.prepare(for_wasm, LONG)

        assert known.get(for_wasm).name == "small"
    assert elsewhere.prepared == [for_wasm]
    assert not (workshop.places.folder / "built").exists()
