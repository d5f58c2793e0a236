"""
The kind of environment that processes run in: an interpreter with folders of packages.

The files of an environment are second names of its wheels' files, compiled modules too, so that the
next environment with the same wheels costs its folders only.
"""

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from processor.environment.environment import Environment
from processor.environment.files import link_tree
from processor.environment.resolve import WITHOUT_ALLOWLIST
from processor.environment.wheelhouse import base_interpreter, uv_program

from .craft import Contents, Shop, modules_in
from .lock import digest_of, key_of
from .places import Built, Pin, apart, site_packages

WARMED: Final = ("numpy", "pandas", "yaml", "httpx")
"""What a warm process imports ahead of runs, where it is of a package that is trusted."""
NO_PACKAGES: Final = frozenset({"bin", ".lock"})
"""What stands beside packages where they were unpacked: programs, and the installer's own."""
_OF_UV: Final = ("_virtualenv.py", "_virtualenv.pth")
"""What the tool puts into a new environment, and no statement needs."""


class Folders:
    """
    Satisfies Craft.

    Packages that nobody vouches for lie apart from the others, in no folder that the interpreter
    looks into by itself: neither their code nor their `.pth` files run ahead of the walls, and no
    file of theirs takes the place of another package's.
    """

    target: tuple[str, ...] = ()
    python_version = platform.python_version()
    retry_after = 2

    def advice(self, reason: str) -> str:
        """See Craft: the resolver's words say it all."""
        return ""

    def digest(self, pins: Sequence[Pin], trusted: frozenset[str]) -> str:
        """See Craft."""
        return digest_of(pins, trusted)

    def make(self, made: Path, pins: Sequence[Pin], shop: Shop) -> Contents:
        """See Craft: the wheels joined, trusted ones and others each in a folder."""
        _make_interpreter(made, shop)
        for pin in pins:
            folder = site_packages(made) if pin.name in shop.trusted else apart(made)
            folder.mkdir(exist_ok=True)
            link_tree(shop.places.wheel(key_of(pin)), folder, leave_out=NO_PACKAGES)
        vouched, others = modules_in(site_packages(made)), modules_in(apart(made))
        return Contents(modules=tuple(sorted({*vouched, *others})), vouched=vouched)

    def environment(
        self, name: str, built: Built, folder: Path, allowed: frozenset[str]
    ) -> Environment:
        """See Craft."""
        warmed = (f"{module}?" for module in WARMED if module in built.vouched)
        others = apart(folder)
        return Environment(
            name=name,
            digest=f"sha256:{built.digest}",
            python=folder / "bin" / "python",
            python_version=self.python_version,
            allowed_imports=allowed,
            preload=(*WITHOUT_ALLOWLIST, *warmed),
            apart=others if others.exists() else None,
        )


def _make_interpreter(made: Path, shop: Shop) -> None:
    shop.tools.run(
        uv_program(), "venv", "--quiet", "--no-config", "--no-python-downloads",
        "--python", str(base_interpreter()), "--cache-dir", str(shop.work / "cache"), str(made),
    )  # fmt: skip
    for name in _OF_UV:
        (site_packages(made) / name).unlink(missing_ok=True)
