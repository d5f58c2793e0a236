"""
Build the runner: sources in a folder, made into a component, compiled for this kind of machine.

The tool that makes components lives in an environment of its own beside what it makes, where it
waits for packages to be baked in: then no index is needed for it. It is run without any environment
variable: it would otherwise take along the packages of whichever interpreter it finds.
"""

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from processor.environment import Tools, Wheelhouse, build, link_tree, uv_program

from .guest.library import PACKAGES
from .older import remove_older
from .runner import PACKAGE, WORLD, Runner, sources, with_fuel

ENTRY: Final = "processor.runtime.wasm.guest.entry"
_COMPILE: Final = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from processor.runtime.wasm.keeper.compiled import main; main()"
)


def build_runner(runner: Runner, *, environ: Mapping[str, str]) -> None:
    """
    Build the runner, unless it is whole, and remove those of earlier releases.

    Waits while somebody else builds it.

    `environ` is the caller's environment, of which only what package tools need is passed on.
    Raises EnvironmentNotReady with the tool's own words where it cannot be built.
    """
    build(runner, environ=environ, fill=_fill)
    remove_older(runner.folder.parent, runner.folder.name)


def _fill(house: Wheelhouse, tools: Tools) -> None:
    assert isinstance(house, Runner)
    house.folder.mkdir(mode=0o700)
    _bring(house, tools)
    make(house, house, tools)


def _bring(house: Runner, tools: Tools) -> None:
    """Bring the tool that makes components into an environment of its own."""
    uv = uv_program()
    tools.run(
        *(uv, "venv", "--quiet", "--no-python-downloads", "--python", sys.executable),
        str(house.tool),
    )
    tools.run(
        uv, "pip", "sync", "--quiet", "--python", str(house.tool / "bin/python"),
        "--require-hashes", "--only-binary", ":all:", str(house.lock),
    )  # fmt: skip


def make(house: Runner, maker: Runner, tools: Tools, packages: Sequence[Path] = ()) -> None:
    """Make a runner in its folder by another one's tool, with the packages of some folders."""
    made = house.folder / "made"
    component = made / "runner.wasm"
    try:
        staged = _staged(made / "staged")
        zones = next(maker.tool.glob("lib/*/site-packages/tzdata"))
        shutil.copytree(zones, staged / zones.name)
        (staged / PACKAGES).mkdir()
        for folder in packages:
            link_tree(folder, staged / PACKAGES, leave_out=frozenset({"bin", ".lock"}))
        nothing = replace(tools, environ={"PATH": str(made / "empty")})
        nothing.run(
            str(maker.tool / "bin/componentize-py"), "--quiet",
            "--wit-path", str(WORLD), "--world", "runner",
            "componentize", ENTRY, "--python-path", str(staged), "--output", str(component),
        )  # fmt: skip
        _compile(component, house, nothing)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _staged(folder: Path) -> Path:
    """Copy what runs inside, and nothing else, to a folder."""
    for source in sources():
        place = folder / PACKAGE.name / source.relative_to(PACKAGE)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
    door = folder / PACKAGE.name / "runtime/wasm/__init__.py"
    door.write_text('"""Only its guest is in here."""\n')
    return folder


def _compile(component: Path, house: Runner, tools: Tools) -> None:
    """Compile the component, apart from us: it takes half a gigabyte for a while."""
    tools.run(
        sys.executable, "-I", "-c", _COMPILE, str(PACKAGE.parent),
        str(component), str(house.python), str(with_fuel(house.python)), str(house.about),
    )  # fmt: skip
    for file in (house.python, with_fuel(house.python)):
        file.chmod(0o600)
