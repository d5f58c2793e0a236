"""The attacks as they are written down, and aimed at the canaries of a place."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from processor.runtime.jail.seccomp.architecture import this_architecture

ATTACKS: Final = Path(__file__).parents[1] / "cases" / "attacks.json"
BENIGN: Final = ATTACKS.with_name("benign.json")
PROFILES: Final = ("on", "off")
"""With the import allowlist, and without: it is policy, and nothing may rest on it."""
NO_SUCH_CALL: Final = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class Attack:
    """One hostile statement, and how its run may end."""

    id: str
    title: str
    statement: str
    expect: Mapping[str, frozenset[str]]
    """By profile: codes of errors, or succeeded."""
    network: str
    wall_seconds: float
    limits: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Benign:
    """A statement that must work."""

    title: str
    statement: str
    writes_tmp: bool
    """For which a place needs a /tmp of each run's own."""


def read_attacks(path: Path = ATTACKS) -> tuple[Attack, ...]:
    content = json.loads(path.read_text())
    preludes = {name: "\n".join(lines) for name, lines in content["preludes"].items()}
    return tuple(_read(each, preludes) for each in content["attacks"])


def _read(written: Mapping[str, Any], preludes: Mapping[str, str]) -> Attack:
    expect = written["expect"]
    if isinstance(expect, list):
        expect = dict.fromkeys(PROFILES, expect)
    before = [preludes[name] for name in written.get("uses", ())]
    return Attack(
        id=written["id"],
        title=written["title"],
        statement="\n".join([*before, *written["statement"]]),
        expect={profile: frozenset(codes) for profile, codes in expect.items()},
        network=written.get("network", "none"),
        wall_seconds=written.get("wall_seconds", 3),
        limits=written.get("limits", {}),
    )


def read_benign(path: Path = BENIGN) -> tuple[Benign, ...]:
    return tuple(
        Benign(
            title=each["title"],
            statement="\n".join(each["statement"]),
            writes_tmp=each.get("writes_tmp", False),
        )
        for each in json.loads(path.read_text())["cases"]
    )


def aimed(statement: str, canaries: Mapping[str, object]) -> str:
    """
    Give a statement with the canaries that it is after, and this machine's system calls.

    >>> aimed("open('CANARY_FILE')", {"FILE": "/a/b"})
    "open('/a/b')"
    """
    numbers = this_architecture().numbers
    called = re.sub(r"\bNR_(\w+)", lambda m: str(numbers.get(m[1], NO_SUCH_CALL)), statement)
    return re.sub(
        f"CANARY_({'|'.join(map(re.escape, canaries))})", lambda m: str(canaries[m[1]]), called
    )
