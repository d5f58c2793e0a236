"""The whole runtime, by other users and in other places: its level, and what holds there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from processor.runtime.jail import landlock
from tests.reachable import ROOT, copy_package, interpreter
from tests.runtime.jail.jails import need, unable

FREE, CONTAINED = "free", "contained"


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Give a folder with the package and what its runtime imports, which any user may read."""
    with TemporaryDirectory() as name:
        path = Path(name)
        copy_package(path)
        shutil.copy(ROOT / "tests" / "runtime" / "forked" / "at_level.py", path)
        yield path


def told(
    folder: Path,
    users: str,
    place: str,
    statement: str = "return []",
    *,
    least_level: int = 0,
    mode: str = "none",
) -> Any:
    """Give what the runtime tells that is started by a user, in a container or not."""
    if os.getuid() != 0 and users != "ordinary":
        unable("the tests do not run as root")
    if place == FREE:
        need("root" if users == "rootless" else users)
    elif landlock.abi() < landlock.LEAST_ABI:
        unable("there is no Landlock here")
    script = [interpreter(), str(folder / "at_level.py"), str(least_level), statement, mode]
    launcher = [sys.executable, str(ROOT / "tests" / "contained.py"), users, place]
    done = subprocess.run(
        [*launcher, *script],
        capture_output=True,
        check=False,
        timeout=60,
        cwd="/",
        env={"PYTHONPATH": f"{folder}:{ROOT}" if users != "ordinary" else str(folder)},
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("users", "place", "level", "uid"),
    [
        ("root", FREE, 3, "per_execution"),
        ("rootless", FREE, 3, "per_execution"),
        ("ordinary", FREE, 3, "shared"),
        ("root", CONTAINED, 2, "per_execution"),
        ("rootless", CONTAINED, 2, "per_execution"),
        ("ordinary", CONTAINED, 1, "shared"),
    ],
)
def test_a_run_is_at_the_level_that_its_user_and_place_give(
    folder: Path, users: str, place: str, level: int, uid: str
) -> None:
    found = told(folder, users, place, "return [{'a': 1}]")

    assert (found["proof"]["level"], found["isolation"]["level"]) == (level, level)
    assert found["isolation"]["uid"] == uid
    assert found["rows"] == [{"a": 1}]


@pytest.mark.parametrize("users", ["root", "ordinary"])
def test_in_a_container_files_are_listed_and_sockets_denied(folder: Path, users: str) -> None:
    isolation = told(folder, users, CONTAINED)["isolation"]

    assert isolation["filesystem"] == "landlock"
    assert isolation["network"] == "seccomp_deny"
    assert isolation["processes"] == "no_fork"


def test_a_shared_user_is_warned_of(folder: Path) -> None:
    isolation = told(folder, "ordinary", CONTAINED)["isolation"]

    assert isolation["warning"].startswith("run only trusted statements: uid is shared")


@pytest.mark.parametrize(
    ("users", "place", "least_level", "fault"),
    [
        ("root", CONTAINED, 3, "isolation is at level 2, not 3: filesystem is landlock, not priv"),
        ("ordinary", CONTAINED, 2, "isolation is at level 1, not 2: uid is shared, not per_exec"),
    ],
)
def test_below_the_least_level_nothing_is_run(
    folder: Path, users: str, place: str, least_level: int, fault: str
) -> None:
    found = told(folder, users, place, least_level=least_level)

    assert found["fault"].startswith(fault)
    assert "run the service as root" in found["fault"]


@pytest.mark.parametrize("users", ["root", "ordinary"])
def test_in_a_container_nothing_is_written_anywhere(folder: Path, users: str) -> None:
    statement = """
import os
def reason(path):
    try:
        open(path, "w").close()
    except OSError as error:
        return type(error).__name__
return [{"a": reason("/tmp/a"), "b": reason(os.getcwd() + "a"), "c": reason("/dev/null")}]
"""

    rows = told(folder, users, CONTAINED, statement)["rows"]

    assert rows == [{"a": "PermissionError", "b": "PermissionError", "c": None}]


@pytest.mark.parametrize("users", ["root", "ordinary"])
def test_in_a_container_no_other_process_is_looked_into(folder: Path, users: str) -> None:
    statement = """
import os
found = []
for place in ("/proc", f"/proc/{os.getppid()}", "/proc/self"):
    try:
        found.append({"place": place, "names": os.listdir(place)})
    except PermissionError:
        pass
return found
"""

    assert told(folder, users, CONTAINED, statement)["rows"] == []


@pytest.mark.parametrize(
    ("users", "place", "network"),
    [
        ("root", FREE, "netns"),
        ("ordinary", FREE, "netns"),
        ("root", CONTAINED, "seccomp_broker"),
        ("ordinary", CONTAINED, "seccomp_broker"),
    ],
)
def test_at_every_level_a_statement_connects_to_the_proxy_of_its_run_alone(
    folder: Path, users: str, place: str, network: str
) -> None:
    statement = """
import urllib.request
try:
    urllib.request.urlopen("http://a.example/", timeout=5)
except urllib.request.HTTPError as error:
    return [{"a": error.code}]
"""

    found = told(folder, users, place, statement, mode="open")

    assert (found["isolation"]["network"], found["isolation"]["egress"]) == (network, "proxy")
    assert found["rows"] == [{"a": 502}]
    assert any("a.example" in line for line in found["log"])
