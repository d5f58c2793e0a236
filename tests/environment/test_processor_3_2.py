"""The environment of profile `processor`, as `make setup` builds it."""

import json
import os
import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from processor.environment import build, locate, packages
from processor.environment.resolve import preload
from processor.environment.wheelhouse import Wheelhouse
from processor.manifest import read_manifest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def house() -> Wheelhouse:
    """The checkout's own environment; built here where nobody has done it yet."""
    found = locate(
        "processor-3.2", environments_dir=ROOT / ".environments", locks_dir=ROOT / "locks"
    )
    build(found, environ=os.environ)
    return found


def versions(house: Wheelhouse) -> dict[str, str]:
    return {each.name.lower(): each.version for each in packages(house)}


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def test_it_holds_the_nine_pins_exactly(house: Wheelhouse) -> None:
    pins = {
        "pandas": "2.0.3",
        "numpy": "1.25.2",
        "pyyaml": "6.0.1",
        "openai": "0.28.0",
        "deepdiff": "6.3.1",
        "python-jose": "3.3.0",
        "passlib": "1.7.4",
        "httpx": "0.25.0",
        "matplotlib": "3.8.2",
    }

    assert pins.items() <= versions(house).items()


def test_its_h11_has_the_fix_that_httpcore_forbids(house: Wheelhouse) -> None:
    assert number(versions(house)["h11"]) >= (0, 16)


def test_its_pyparsing_is_one_that_matplotlib_does_not_warn_about(house: Wheelhouse) -> None:
    assert (3, 1) <= number(versions(house)["pyparsing"]) < (3, 3)


def test_it_holds_nothing_of_the_service(house: Wheelhouse) -> None:
    assert versions(house).keys().isdisjoint({"python-processor", "structlog", "msgspec", "uv"})


def test_its_only_unmet_wish_is_the_one_we_override(house: Wheelhouse) -> None:
    from uv import find_uv_bin

    done = subprocess.run(
        [find_uv_bin(), "pip", "check", "--python", house.python],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "NO_COLOR": "1"},
    )

    assert [line for line in done.stderr.splitlines() if line.startswith("The package")] == [
        "The package `httpcore` requires `h11>=0.13,<0.15`, but `0.16.0` is installed"
    ]


@pytest.mark.parametrize("package", ["pandas", "numpy", "matplotlib", "httpx", "jose", "deepdiff"])
def test_its_modules_are_compiled(house: Wheelhouse, package: str) -> None:
    assert list(house.site_packages.glob(f"{package}/__pycache__/__init__.*.pyc"))


def test_each_companion_can_be_imported(house: Wheelhouse) -> None:
    allowed = read_manifest(ROOT / "connector_manifest.json").allowed_imports["processor-3.2"]
    imports = "; ".join(f"import {module}" for module in preload(frozenset(allowed)))

    done = subprocess.run(
        [house.python, "-Ic", imports], check=False, capture_output=True, text=True
    )

    assert done.stderr == ""


def test_its_interpreter_does_not_find_the_service(house: Wheelhouse) -> None:
    search = "import importlib.util as u, json; print(json.dumps(u.find_spec('processor')))"

    done = subprocess.run([house.python, "-Ic", search], check=True, capture_output=True, text=True)

    assert json.loads(done.stdout) is None


def test_the_service_holds_no_package_of_statements() -> None:
    own = {each.metadata["Name"].lower() for each in metadata.distributions()}

    assert own.isdisjoint({"pandas", "numpy", "matplotlib", "openai", "deepdiff"})


def test_the_service_asks_for_no_package_of_statements() -> None:
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["project"]
    asked = {re.split(r"[<>=\[]", each)[0].lower() for each in project["dependencies"]}

    assert asked.isdisjoint({"pandas", "numpy", "matplotlib", "openai", "deepdiff"})
