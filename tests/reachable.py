"""What runs of other users need, in a folder that they may read: the package, and a Python."""

import shutil
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from tests.runtime.jail.jails import unable

ROOT = Path(__file__).parents[1]
INTERPRETERS = (sys._base_executable, "/usr/bin/python3.11")  # type: ignore[attr-defined] # venv's own
RUNTIME = (
    *("h11", "idna", "msgspec", "multidict", "packaging", "propcache", "structlog"),
    *("typing_extensions", "yarl"),
)
"""What the runtime imports that is not its interpreter's."""


def interpreter() -> str:
    """Give a Python of this version that any user may execute."""
    reachable = [each for each in INTERPRETERS if _is_open(Path(each).resolve())]
    return reachable[0] if reachable else unable(f"only its owner may execute {INTERPRETERS}")


def copy_package(folder: Path, needed: Iterable[str] = RUNTIME) -> None:
    """Copy the processor, and packages that it imports, to where any user may read them."""
    folder.chmod(0o755)
    shutil.copytree(ROOT / "processor", folder / "processor")
    for each in needed:
        _copy(each, folder)


def copy_environment(environment: Path, folder: Path) -> None:
    """Copy a statement environment, and have it use an interpreter that any user may execute."""
    shutil.copytree(environment, folder, symlinks=True)
    used = Path(interpreter())
    python = folder / "bin" / "python"
    python.unlink()
    python.symlink_to(used)
    settings = folder / "pyvenv.cfg"
    lines = settings.read_text().splitlines()
    kept = [line for line in lines if not line.startswith("home")]
    settings.write_text("\n".join([f"home = {used.parent}", *kept, ""]))


def _copy(name: str, folder: Path) -> None:
    found = find_spec(name)
    assert found is not None
    assert found.origin is not None
    origin = Path(found.origin)
    if origin.name == "__init__.py":
        shutil.copytree(origin.parent, folder / name)
    else:
        shutil.copy(origin, folder)


def _is_open(path: Path) -> bool:
    return path.exists() and all(each.stat().st_mode & 1 for each in (path, *path.parents))
