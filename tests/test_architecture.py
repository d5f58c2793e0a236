"""What keeps the house in order: doors, sizes, names, and what is imported where."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from processor.config import CHECKOUT, Settings
from processor.environment import locate

PACKAGE = CHECKOUT / "processor"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 300
DRAWERS = {"utils", "helpers", "common", "constants", "types", "models"}

WITHOUT_DOOR = {
    "processor": "the guest imports it, so it must drag nothing in; its modules are the doors",
    "processor.runtime": "the guest imports it, so it must drag nothing in; its parts have doors",
    "processor.store": "each store has a door of its own",
}
PAST_THE_DOOR = {
    **dict.fromkeys(
        (
            ("processor.wiring.tokens", "processor.identity.tokens"),
            ("processor.wiring.tokens", "processor.service.jwks"),
            ("processor.service.jwks", "processor.identity.tokens"),
        ),
        "slow to import, and only where an issuer's tokens are taken",
    ),
    ("processor.runtime.zygote.child", "processor.runtime.guest.main"): (
        "a zygote is started with what the child runs; the guest's door drags nothing in"
    ),
    ("processor.runtime.zygote.child", "processor.runtime.guest.network"): (
        "the child shows its guest the way out that its walls have"
    ),
    **{
        (f"processor.runtime.zygote.{module}", "processor.runtime.guest.priming"): (
            "what waits for a run does one of the guest's ahead"
        )
        for module in ("child", "warm")
    },
    ("processor.runtime.zygote.child", "processor.runtime.guest.wire"): (
        "the child's first frame is the guest's"
    ),
    ("processor.runtime.wasm.guest.entry", "processor.runtime.guest.main"): (
        "a runner is made with what its instances run; the guest's door drags nothing in"
    ),
    **{
        ("processor.runtime.wasm.keeper.walls", f"processor.runtime.jail.{wall}"): (
            "a keeper puts up walls of its own choice, one by one"
        )
        for wall in ("capabilities", "identity", "landlock", "limits", "process")
    },
    ("processor.runtime.guest.main", "processor.statement.compile"): (
        "the guest calls the function that a compiled statement is; nobody else needs its name"
    ),
}
"""Imports of a module rather than of its package's door: who, what, and why."""


def name_of(file: Path) -> str:
    parts = file.relative_to(CHECKOUT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def package_of(module: str) -> str:
    """Give the package that a module is in; a package is in itself."""
    is_package = (CHECKOUT / module.replace(".", "/")).is_dir()
    return module if is_package else module.rpartition(".")[0]


def imports_across(file: Path) -> Iterator[str]:
    """Give what a module imports of this project by its absolute name."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == "processor")
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            if node.module in WITHOUT_DOOR:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            elif node.module.split(".")[0] == "processor":
                yield node.module


def passes_a_door(importing: str, imported: str) -> bool:
    package = package_of(imported)
    inside = f"{package_of(importing)}.".startswith(f"{package}.")
    is_door = imported == package or package in WITHOUT_DOOR
    return not (is_door or inside)


def test_other_packages_are_entered_by_their_doors() -> None:
    past = {
        (name_of(file), imported)
        for file in MODULES
        for imported in imports_across(file)
        if passes_a_door(name_of(file), imported)
    }

    assert past - set(PAST_THE_DOOR) == set()


def test_every_exception_at_the_doors_is_still_one() -> None:
    present = {(name_of(file), imported) for file in MODULES for imported in imports_across(file)}

    assert set(PAST_THE_DOOR) - present == set()


@pytest.mark.parametrize("package", WITHOUT_DOOR)
def test_a_package_without_door_holds_a_docstring_only(package: str) -> None:
    text = (CHECKOUT / package.replace(".", "/") / "__init__.py").read_bytes()

    (statement,) = ast.parse(text).body
    assert isinstance(statement, ast.Expr)


def test_no_module_is_longer_than_it_can_be_read() -> None:
    lengths = {name_of(file): len(file.read_text().splitlines()) for file in MODULES}

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_module_is_a_drawer() -> None:
    assert [
        name_of(file) for file in MODULES if file.stem in DRAWERS | {f"_{d}" for d in DRAWERS}
    ] == []
    assert [
        folder for folder in PACKAGE.rglob("*") if folder.is_dir() and folder.name in DRAWERS
    ] == []


def imported_by(python: Path, *arguments: str, statements: str) -> set[str]:
    """Give what a fresh interpreter has imported after some statements."""
    code = f"{statements}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [python, *arguments, "-c", code], capture_output=True, text=True, check=True, timeout=50
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


GUEST = f"""
import sys
sys.path.insert(0, {str(CHECKOUT)!r})
import processor.runtime.guest.main
"""


def test_the_guest_imports_nothing_but_the_standard_library_and_itself() -> None:
    modules = imported_by(Path(sys.executable), "-I", "-S", statements=GUEST)

    own = {module for module in modules if module.split(".")[0] == "processor"}
    assert {".".join(module.split(".")[:2]) for module in own} == {
        "processor",
        "processor.runtime",
        "processor.statement",
    }
    assert {".".join(m.split(".")[:3]) for m in own if m.startswith("processor.runtime.")} == {
        "processor.runtime.guest"
    }
    others = {module.split(".")[0] for module in modules - own}
    assert others - sys.stdlib_module_names - {"__main__"} == set()


def test_the_guest_is_imported_by_the_statements_own_interpreter() -> None:
    house = locate(
        "processor-3.2",
        environments_dir=Path(Settings().environments_dir),
        locks_dir=CHECKOUT / "locks",
    )
    if not house.marker.exists():
        pytest.skip("the environment processor-3.2 is not built")

    modules = imported_by(house.python, "-I", statements=GUEST)

    assert "processor.runtime.guest.main" in modules
    assert modules & {"msgspec", "aiohttp", "structlog", "click", "pandas", "numpy"} == set()


def test_the_zygote_imports_no_more_than_the_guest_and_its_walls() -> None:
    statements = GUEST.replace("runtime.guest.main", "runtime.zygote.main")

    modules = imported_by(Path(sys.executable), "-I", "-S", statements=statements)

    own = {module for module in modules if module.split(".")[0] == "processor"}
    assert {".".join(m.split(".")[:3]) for m in own if m.startswith("processor.runtime.")} == {
        "processor.runtime.guest",
        "processor.runtime.jail",
        "processor.runtime.zygote",
    }
    assert {".".join(module.split(".")[:2]) for module in own} == {
        "processor",
        "processor.runtime",
        "processor.statement",
    }


def test_the_command_line_starts_without_what_most_commands_do_not_need() -> None:
    modules = imported_by(Path(sys.executable), statements="import processor.cli")

    assert modules & {"aiohttp", "alembic", "sqlalchemy", "structlog", "sqlite3"} == set()


def test_the_service_starts_without_what_only_new_data_folders_need() -> None:
    modules = imported_by(Path(sys.executable), statements="import processor.wiring")

    assert modules & {"alembic", "sqlalchemy", "click"} == set()
