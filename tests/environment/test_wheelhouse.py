"""Building an environment: whole or not at all, and its failures explained."""

import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from processor.environment import State, build, known, locate, packages, state
from processor.environment.tools import LONGEST_EXCERPT
from processor.environment.wheelhouse import Wheelhouse, digest_of
from processor.errors import EnvironmentNotReady

OFFLINE = {
    "PATH": os.environ["PATH"],
    "HOME": os.environ["HOME"],
    "UV_OFFLINE": "1",
    "UV_NO_INDEX": "1",
}


def a_wheel(folder: Path, *, name: str = "pebble", pth: str = "") -> str:
    """Make a wheel of one module; give the line that locks it."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", "weight = 1\n")
        wheel.writestr(f"{name}.pth", pth)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def a_house(folder: Path, *, lock: str | None = None, name: str = "small") -> Wheelhouse:
    """Lay out the wheelhouse of a lock; without one, of a single small wheel."""
    locks = folder / "locks"
    locks.mkdir(exist_ok=True)
    text = a_wheel(folder) if lock is None else lock
    locks.joinpath(f"{name}.txt").write_text(text)
    return locate(name, environments_dir=folder / "environments", locks_dir=locks)


def offline(folder: Path) -> dict[str, str]:
    return {**OFFLINE, "UV_FIND_LINKS": str(folder)}


def test_the_digest_changes_with_the_lock() -> None:
    assert digest_of("pandas==2.0.3") != digest_of("pandas==2.0.2")


def test_the_digest_is_the_same_for_the_same_lock() -> None:
    assert digest_of("pandas==2.0.3") == digest_of("pandas==2.0.3")


def test_a_changed_lock_has_another_folder(tmp_path: Path) -> None:
    before = a_house(tmp_path, lock="# one\n")

    assert a_house(tmp_path, lock="# two\n").folder != before.folder


def test_the_locks_of_the_project_are_no_environments(tmp_path: Path) -> None:
    for name in ("service", "dev", "tools", "processor-3.2"):
        tmp_path.joinpath(f"{name}.txt").touch()

    assert known(tmp_path) == ("processor-3.2",)


@pytest.mark.parametrize("name", ["absent", "../small", "service", ""])
def test_a_name_without_a_lock_is_refused_with_the_known_ones(tmp_path: Path, name: str) -> None:
    house = a_house(tmp_path)

    with pytest.raises(EnvironmentNotReady, match="known: small"):
        locate(name, environments_dir=tmp_path, locks_dir=house.lock.parent)


def test_a_built_environment_is_ready(tmp_path: Path) -> None:
    house = a_house(tmp_path)

    build(house, environ=offline(tmp_path))

    assert state(house) == (State.READY, None)


def test_a_built_environment_tells_its_packages(tmp_path: Path) -> None:
    house = a_house(tmp_path)

    build(house, environ=offline(tmp_path))

    assert [(each.name, each.version) for each in packages(house)] == [("pebble", "1.0")]


def test_a_built_environment_imports_its_packages(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    build(house, environ=offline(tmp_path))

    done = subprocess.run(
        [house.python, "-Ic", "import pebble; print(pebble.weight)"],
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout == "1\n"


def test_every_module_of_a_built_environment_is_compiled(tmp_path: Path) -> None:
    house = a_house(tmp_path)

    build(house, environ=offline(tmp_path))

    assert list(house.site_packages.glob("__pycache__/pebble.*.pyc"))


def test_a_build_runs_nothing_of_a_package(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    house = a_house(tmp_path, lock=a_wheel(tmp_path, pth=f"import os; os.mkdir({str(ran)!r})\n"))

    build(house, environ=offline(tmp_path))

    assert not ran.exists()


def test_an_unfinished_build_is_no_environment(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    build(house, environ=offline(tmp_path))

    house.marker.unlink()

    assert state(house) == (State.NONE, None)


def test_an_unfinished_build_is_redone(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    house.folder.mkdir(parents=True)
    leftover = house.folder / "leftover"
    leftover.touch()

    build(house, environ=offline(tmp_path))

    assert state(house) == (State.READY, None)
    assert not leftover.exists()


def test_a_whole_environment_is_left_alone(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    build(house, environ=offline(tmp_path))
    before = house.marker.stat()

    build(house, environ={})

    assert house.marker.stat() == before


def test_an_environment_whose_interpreter_is_gone_is_not_whole(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    build(house, environ=offline(tmp_path))

    house.python.unlink()

    assert state(house) == (State.NONE, None)


def test_a_failed_build_says_what_uv_said(tmp_path: Path) -> None:
    wrong = "pebble==1.0 --hash=sha256:" + "0" * 64 + "\n"
    a_wheel(tmp_path)
    house = a_house(tmp_path, lock=wrong)

    with pytest.raises(EnvironmentNotReady, match="Hash mismatch for `pebble"):
        build(house, environ=offline(tmp_path))


def test_a_requirement_without_a_hash_is_refused(tmp_path: Path) -> None:
    a_wheel(tmp_path)
    house = a_house(tmp_path, lock="pebble==1.0\n")

    with pytest.raises(EnvironmentNotReady, match="hash"):
        build(house, environ=offline(tmp_path))


def test_a_failed_build_leaves_its_reason_and_no_folder(tmp_path: Path) -> None:
    house = a_house(tmp_path, lock="pebble==1.0\n")

    with pytest.raises(EnvironmentNotReady) as caught:
        build(house, environ=offline(tmp_path))

    assert state(house) == (State.FAILED, caught.value.message)
    assert not house.folder.exists()


def test_a_build_that_failed_can_be_done_again(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    with pytest.raises(EnvironmentNotReady):
        build(house, environ=OFFLINE)

    build(house, environ=offline(tmp_path))

    assert state(house) == (State.READY, None)


def test_the_words_of_a_failed_build_are_bounded(tmp_path: Path) -> None:
    lock = "".join(f"pebble-{number}==1.0\n" for number in range(2_000))
    house = a_house(tmp_path, lock=f"{lock}{'x' * 100_000} nonsense\n")

    with pytest.raises(EnvironmentNotReady) as caught:
        build(house, environ=offline(tmp_path))

    assert 0 < len(caught.value.message) <= LONGEST_EXCERPT


def test_a_build_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    house = a_house(tmp_path)

    with pytest.raises(EnvironmentNotReady, match="took too long"):
        build(house, environ=offline(tmp_path), within=timedelta(0))


def test_a_build_waits_for_another_one_only_as_long_as_it_may(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    house.held.parent.mkdir()
    with house.held.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        with pytest.raises(EnvironmentNotReady, match="does not end"):
            build(house, environ=offline(tmp_path), within=timedelta(seconds=0.2))


def test_an_environment_that_somebody_builds_is_building(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    house.held.parent.mkdir()
    with house.held.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        assert state(house) == (State.BUILDING, None)


BUILDER = """
import os, sys
from pathlib import Path
from processor.environment import build, locate
folder = Path(sys.argv[1])
house = locate("small", environments_dir=folder / "environments", locks_dir=folder / "locks")
build(house, environ=os.environ)
"""


def a_builder(folder: Path) -> subprocess.Popen[bytes]:
    """Start another process that builds the same environment."""
    return subprocess.Popen([sys.executable, "-c", BUILDER, folder], env=offline(folder))


def test_two_builders_do_not_collide(tmp_path: Path) -> None:
    house = a_house(tmp_path)

    builders = [a_builder(tmp_path), a_builder(tmp_path)]

    assert [builder.wait() for builder in builders] == [0, 0]
    assert state(house) == (State.READY, None)


@pytest.mark.parametrize("sign", ["bin", "lib", "lib/python3.11/site-packages/pebble.py"])
def test_a_killed_builder_leaves_nothing_that_looks_whole(tmp_path: Path, sign: str) -> None:
    house = a_house(tmp_path)
    builder = a_builder(tmp_path)
    deadline = time.monotonic() + 30
    while not house.folder.joinpath(sign).exists() and time.monotonic() < deadline:
        pass

    builder.send_signal(signal.SIGKILL)
    builder.wait()

    assert state(house)[0] is not State.READY or builder.returncode == 0
    build(house, environ=offline(tmp_path))
    assert [each.name for each in packages(house)] == ["pebble"]
