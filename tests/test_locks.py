"""The locks: what may be installed is told by its hash, never by where it comes from."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = sorted(ROOT.joinpath("locks").glob("*.txt"))
REQUIREMENT = re.compile(
    r"^(?P<name>[a-z0-9][a-z0-9-]*)==(?P<version>[^ ]+)(?P<rest>.*)$", re.MULTILINE
)

each_lock = pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)


def requirements(lock: Path) -> dict[str, str]:
    return {found["name"]: found["version"] for found in REQUIREMENT.finditer(lock.read_text())}


def locked(name: str) -> dict[str, str]:
    return requirements(ROOT / "locks" / f"{name}.txt")


def test_there_is_a_lock_for_each_purpose() -> None:
    assert {lock.stem for lock in LOCKS} >= {"tools", "service", "dev", "processor-3.2", "current"}


@pytest.mark.parametrize("file", sorted(ROOT.joinpath("locks").iterdir()), ids=lambda f: f.name)
def test_no_file_of_the_locks_holds_an_address_or_a_machine_path(file: Path) -> None:
    found = re.search(r"://|--(extra-)?index|--find-links|(?<![\w.])/\w", file.read_text())

    assert found is None


@each_lock
def test_every_requirement_has_a_hash(lock: Path) -> None:
    blocks = re.split(r"^(?=[a-z0-9])", lock.read_text(), flags=re.MULTILINE)[1:]

    assert [block for block in blocks if "--hash=sha256:" not in block] == []


@each_lock
def test_every_requirement_is_pinned(lock: Path) -> None:
    lines = [line for line in lock.read_text().splitlines() if line[:1] not in {"#", " ", ""}]

    assert [line for line in lines if not REQUIREMENT.match(line)] == []


def test_the_locks_of_service_and_development_agree() -> None:
    service, dev = locked("service"), locked("dev")

    assert {name: service[name] for name in service.keys() & dev} == {
        name: dev[name] for name in service.keys() & dev
    }


def test_setup_and_service_use_the_same_uv() -> None:
    assert locked("tools") == {"uv": locked("service")["uv"]}


@pytest.mark.parametrize("environment", ["processor-3.2", "current"])
def test_the_statement_lock_holds_the_pins_of_the_project_file(environment: str) -> None:
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())
    group = project["dependency-groups"][environment.replace(".", "-")]
    pins = (pin.split("==") for pin in group)

    wanted = {re.sub(r"\[.*]", "", name).lower(): version for name, version in pins}

    assert wanted.items() <= locked(environment).items()
