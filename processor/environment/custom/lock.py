"""Requirements to a lock: every package with its version and the hashes of its wheels."""

import hashlib
import platform
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from processor.environment.tools import Tools
from processor.environment.wheelhouse import base_interpreter, uv_program
from processor.errors import EnvironmentNotReady
from processor.step import Requirements

from .index import Index
from .places import Pin

MOST_PINS: Final = 300
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)")
_HASH: Final = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Interpreter:
    """Which interpreter is to import the packages, and what the resolver is told of it."""

    version: str
    target: tuple[str, ...] = ()


def resolve(
    requirements: Requirements, runs_on: Interpreter, index: Index, tools: Tools, work: Path
) -> tuple[Pin, ...]:
    """
    Find versions that satisfy all requirements, from wheels only.

    Raises EnvironmentNotReady with the resolver's own words, which name what is in the way.
    """
    if runs_on.version not in SpecifierSet(requirements.python):
        raise EnvironmentNotReady(
            f"Python {requirements.python} is asked for, and environments here have "
            f"Python {runs_on.version}"
        )
    if not requirements.wanted:
        return ()
    asked, lock = work / "requirements.in", work / "lock.txt"
    asked.write_text("\n".join(each.line for each in requirements.wanted) + "\n", "utf-8")
    tools.run(
        uv_program(), "pip", "compile", "--quiet", "--no-progress", "--no-config",
        "--python", str(base_interpreter()), *runs_on.target,
        "--only-binary", ":all:", "--generate-hashes",
        "--no-header", "--no-annotate", "--cache-dir", str(work / "cache"), *index.arguments(),
        "--output-file", str(lock), str(asked),
    )  # fmt: skip
    return _with_own_hashes(_pins(lock.read_text("utf-8")), requirements)


def digest_of(pins: Sequence[Pin], trusted: frozenset[str]) -> str:
    """Identify what a lock gives on this machine, and which of it is trusted."""
    return _digest(msgspec.json.encode([(pin, pin.name in trusted) for pin in pins]))


def key_of(pin: Pin) -> str:
    """Identify what installing one package gives on this machine."""
    return f"{pin.name}-{pin.version}-{_digest(msgspec.json.encode(pin))[:16]}"


def requirement_of(pin: Pin) -> str:
    """Write a pin as the installer reads it."""
    return f"{pin.name}=={pin.version} {' '.join(f'--hash={each}' for each in pin.hashes)}\n"


def _pins(lock: str) -> list[Pin]:
    blocks = [block for block in lock.replace("\\\n", " ").splitlines() if _PIN.match(block)]
    if len(blocks) > MOST_PINS:
        raise EnvironmentNotReady(f"{len(blocks)} packages are needed, at most {MOST_PINS} may be")
    return [
        Pin(
            name=canonicalize_name(found[1]),
            version=found[2],
            hashes=tuple(sorted(_HASH.findall(block))),
        )
        for block in blocks
        if (found := _PIN.match(block))
    ]


def _with_own_hashes(pins: list[Pin], requirements: Requirements) -> tuple[Pin, ...]:
    """Take the author's hashes where there are any: what is installed has to match those."""
    own = {each.name: each.hashes for each in requirements.wanted if each.hashes}
    chosen = (msgspec.structs.replace(p, hashes=own.get(p.name, p.hashes)) for p in pins)
    return tuple(sorted(chosen, key=lambda pin: pin.name))


def _digest(content: bytes) -> str:
    parts = (platform.python_version(), sys.platform, platform.machine())
    return hashlib.sha256(b"\0".join([content, *map(str.encode, parts)])).hexdigest()
