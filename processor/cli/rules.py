"""Which rules of a profile differ from those of the default one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from processor.manifest import Manifest, Package
from processor.step import Profile

HINTS: Final = {
    "reject": "every type hint is refused",
    "assignments": "type hints of assignments are allowed",
    "allow": "type hints are allowed",
}
ABSENT: Final = "-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule that differs: what it is about, as it is by default, and as it is there."""

    rule: str
    default: str
    there: str


def differing(manifest: Manifest, profile: Profile, environment: str) -> tuple[Rule, ...]:
    """Give the rules of a profile, in an environment, that are not those of the default one."""
    default = manifest.default_profile
    return (
        *_if_different("type_hints", HINTS[default.type_hints], HINTS[profile.type_hints]),
        *_limits("limits", default.defaults.on_the_wire(), profile.defaults.on_the_wire()),
        *_limits("ceilings", default.ceilings.on_the_wire(), profile.ceilings.on_the_wire()),
        *_imports(
            manifest.allowed_imports[default.environment], manifest.allowed_imports[environment]
        ),
        *_packages(manifest.packages[default.environment], manifest.packages[environment]),
    )


def _if_different(rule: str, default: str, there: str) -> Iterator[Rule]:
    if default != there:
        yield Rule(rule=rule, default=default, there=there)


def _limits(of: str, default: dict[str, float], there: dict[str, float]) -> Iterator[Rule]:
    for name, value in default.items():
        yield from _if_different(f"{of}.{name}", f"{value:,}", f"{there[name]:,}")


def _imports(default: Sequence[str], there: Sequence[str]) -> Iterator[Rule]:
    """Tell modules one by one; one that is listed with all below it is a rule of its own."""
    for name in dict.fromkeys((*default, *there)):
        if (name in default) != (name in there):
            yield Rule(
                rule=f"import {name}",
                default=_listed(name, default),
                there=_listed(name, there),
            )


def _listed(name: str, modules: Sequence[str]) -> str:
    return "allowed" if name in modules else "refused"


def _packages(default: Sequence[Package], there: Sequence[Package]) -> Iterator[Rule]:
    before = {package.name: package.version for package in default}
    after = {package.name: package.version for package in there}
    for name in dict.fromkeys((*before, *after)):
        yield from _if_different(
            f"package {name}", before.get(name, ABSENT), after.get(name, ABSENT)
        )
