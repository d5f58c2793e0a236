"""
Build the runner: sources in a folder, made into a component, compiled for this kind of machine.

The tool that makes components is as large as what it makes, so it lives in an environment of its
own, which goes when it has done its work. It is run without any environment variable: it would
otherwise take along the packages of whichever interpreter it finds.
"""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from processor.environment import Tools, Wheelhouse, build, uv_program

from .runner import PACKAGE, WORLD, Runner, sources, with_fuel

ENTRY: Final = "processor.runtime.wasm.guest.entry"
_COMPILE: Final = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from processor.runtime.wasm.keeper.compiled import main; main()"
)


def build_runner(runner: Runner, *, environ: Mapping[str, str]) -> None:
    """
    Build the runner, unless it is whole; wait while somebody else builds it.

    `environ` is the caller's environment, of which only what package tools need is passed on.
    Raises EnvironmentNotReady with the tool's own words where it cannot be built.
    """
    build(runner, environ=environ, fill=_fill)


def _fill(house: Wheelhouse, tools: Tools) -> None:
    assert isinstance(house, Runner)
    made = house.folder / "made"
    try:
        tool = _brought(house, made, tools)
        staged = _staged(made / "staged")
        zones = next((made / "tool").glob("lib/*/site-packages/tzdata"))
        shutil.copytree(zones, staged / zones.name)
        nothing = replace(tools, environ={"PATH": str(made / "empty")})
        nothing.run(
            str(tool), "--quiet", "--wit-path", str(WORLD), "--world", "runner",
            "componentize", ENTRY, "--python-path", str(staged), "--output", str(house.component),
        )  # fmt: skip
        _compile(house, nothing)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _brought(house: Runner, made: Path, tools: Tools) -> Path:
    """Bring the tool into an environment of its own, and give its program."""
    uv, venv = uv_program(), made / "tool"
    house.folder.mkdir(mode=0o700)
    tools.run(uv, "venv", "--quiet", "--no-python-downloads", "--python", sys.executable, str(venv))
    tools.run(
        uv, "pip", "sync", "--quiet", "--python", str(venv / "bin/python"),
        "--require-hashes", "--only-binary", ":all:", str(house.lock),
    )  # fmt: skip
    return venv / "bin/componentize-py"


def _staged(folder: Path) -> Path:
    """Copy what runs inside, and nothing else, to a folder."""
    for source in sources():
        place = folder / PACKAGE.name / source.relative_to(PACKAGE)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
    door = folder / PACKAGE.name / "runtime/wasm/__init__.py"
    door.write_text('"""Only its guest is in here."""\n')
    return folder


def _compile(house: Runner, tools: Tools) -> None:
    """Compile the component, apart from us: it takes half a gigabyte for a while."""
    tools.run(
        sys.executable, "-I", "-c", _COMPILE, str(PACKAGE.parent),
        str(house.component), str(house.python), str(with_fuel(house.python)), str(house.about),
    )  # fmt: skip
    for file in (house.component, house.python, with_fuel(house.python)):
        file.chmod(0o600)
