"""
Runners with packages: the kind of custom environment that steps in WebAssembly run in.

Packages are compiled while a runner is built and kept in its memory; none of their code runs then.
Only those in pure Python can be: what is native was compiled for processors, not for WebAssembly.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from processor.environment import Environment, entries
from processor.environment.custom import Built, Contents, Pin, Shop, key_of, modules_in
from processor.errors import EnvironmentNotReady

from .build import build_runner, make
from .runner import Runner

PYTHON: Final = "3.14"
"""What the tool that makes runners has inside."""
PLATFORM: Final = "wasm32-pyodide2025"
"""Of all platforms that the resolver knows the one that only wheels in pure Python are for."""
ADVICE: Final = (
    "WebAssembly has packages in pure Python only: for those with native code set `runtime` to "
    "`forked`"
)
_NO_WHEEL: Final = re.compile(r"no (usable )?wheels|no matching|built distribution|not compatible")
_NATIVE: Final = (".so", ".pyd", ".dylib", ".wasm")


@dataclass(frozen=True, kw_only=True, slots=True)
class Baked:
    """Satisfies Craft, by the runner of this release with packages beside its library."""

    runner: Runner
    retry_after: int = 15

    @property
    def target(self) -> tuple[str, ...]:
        """See Craft."""
        return ("--python-version", PYTHON, "--python-platform", PLATFORM)

    @property
    def python_version(self) -> str:
        """See Craft."""
        return PYTHON

    def advice(self, reason: str) -> str:
        """See Craft."""
        return ADVICE if _NO_WHEEL.search(reason) else ""

    def digest(self, pins: Sequence[Pin], trusted: frozenset[str]) -> str:
        """See Craft: no package is trusted more than another, for none runs ahead."""
        return hashlib.sha256(msgspec.json.encode([self.runner.digest, pins])).hexdigest()

    def make(self, made: Path, pins: Sequence[Pin], shop: Shop) -> Contents:
        """See Craft."""
        folders = [shop.places.wheel(key_of(pin)) for pin in pins]
        for pin, folder in zip(pins, folders, strict=True):
            _require_pure(pin, folder)
        # An instance reserves addresses for all that 32 bits can name, and uses little of them.
        room = shop.tools.room and replace(shop.tools.room, memory_bytes=None)
        house = replace(self.runner, folder=made)
        build_runner(self.runner, environ=shop.tools.environ)  # whose tool is taken
        made.mkdir(mode=0o700)
        make(house, self.runner, replace(shop.tools, room=room), folders)
        modules = {module for folder in folders for module in modules_in(folder)}
        return Contents(modules=tuple(sorted(modules)))

    def environment(
        self, name: str, built: Built, folder: Path, allowed: frozenset[str]
    ) -> Environment:
        """See Craft."""
        house = replace(self.runner, folder=folder)
        return Environment(
            name=name,
            digest=f"sha256:{built.digest}",
            python=house.python,
            python_version=json.loads(house.about.read_bytes())["python_version"],
            allowed_imports=allowed,
            preload=(),
        )


def _require_pure(pin: Pin, folder: Path) -> None:
    native = next((each.name for each in entries(folder) if each.name.endswith(_NATIVE)), None)
    if native is not None:
        raise EnvironmentNotReady(f"{pin.name} {pin.version} has native code ({native})\n{ADVICE}")
