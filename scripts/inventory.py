"""
What is installed, by its locks: a bill of materials, and what an audit finds without a network.

    scripts/inventory.py sbom      (CycloneDX 1.6 as JSON, on standard output)
    scripts/inventory.py audit     (ends with 1 where something is amiss)

An audit needs nobody else's data: every package of a lock has a hash and a licence that may be
shipped. Which packages are known to be vulnerable, and why they are kept, is told in
docs/statements/packages.md; databases of them are asked where a network has them, by
`pip-audit -r locks/NAME.txt --require-hashes`.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, distributions
from pathlib import Path
from typing import Final

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

CHECKOUT: Final = Path(__file__).resolve().parent.parent
LOCKS: Final = ("service", "postgresql", "otel", "processor-3.2", "current", "arrow")
"""What is shipped; what only builds and tests is not."""
_BLOCK: Final = re.compile(r"(?ms)^([a-z0-9][a-z0-9.-]*)==([^ \\]+)(.*?)(?=^[a-z0-9]|\Z)")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_ELSEWHERE: Final = re.compile(r"sys_platform == '(win32|emscripten|darwin)'")
MAY_BE_SHIPPED: Final = frozenset(
    {
        *("0BSD", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MIT-CMU", "Zlib"),
        *("Apache-2.0", "LLVM-exception", "BSL-1.0", "NCSA", "MPL-2.0", "bzip2-1.0.6"),
        *("CNRI-Python", "HPND", "PSF-2.0", "CC0-1.0", "Unlicense"),
    }
)
"""Licences, as SPDX names them, that ask for no more than to be named, or to share changes."""
SPELLED: Final = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSF": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
"""What packages say in words of their own."""


@dataclass(frozen=True, kw_only=True)
class Locked:
    """One package of a lock."""

    lock: str
    name: str
    version: str
    hashes: tuple[str, ...]
    licence: str | None
    """An expression of SPDX; None where the package is not installed here, or does not say."""


def main(arguments: Sequence[str]) -> int:
    """Do as the command line says."""
    match list(arguments):
        case ["sbom"]:
            print(sbom(packages()))
            return 0
        case ["audit"]:
            found = list(amiss(packages()))
            print("\n".join(found) or f"{len(packages())} packages, nothing amiss")
            return 1 if found else 0
        case _:
            print((__doc__ or "").strip(), file=sys.stderr)
            return 2


def packages() -> list[Locked]:
    """Give every package that is shipped, by lock and name."""
    return [each for lock in LOCKS for each in _locked(lock)]


def amiss(shipped: Sequence[Locked]) -> Iterator[str]:
    """Say what is wrong with packages."""
    for each in shipped:
        where = f"{each.lock}: {each.name} {each.version}"
        if not each.hashes:
            yield f"{where} has no hash"
        if each.licence is None:
            yield f"{where} does not say its licence, or is not installed: `make setup`"
            continue
        if refused := _names(each.licence) - MAY_BE_SHIPPED:
            yield f"{where} has a licence that is not listed: {', '.join(sorted(refused))}"


def sbom(shipped: Sequence[Locked]) -> str:
    """Give the bill of materials."""
    bom = Bom()
    version = re.search(r'(?m)^version = "(.+)"$', (CHECKOUT / "pyproject.toml").read_text())
    assert version is not None, "the project has one"
    bom.metadata.component = Component(
        name="python-processor", version=version[1], type=ComponentType.APPLICATION
    )
    components = [_component(each) for each in shipped]
    bom.components.update(components)
    bom.register_dependency(bom.metadata.component, components)
    return JsonV1Dot6(bom).output_as_string(indent=1)


def _component(locked: Locked) -> Component:
    licences = [LicenseFactory().make_from_string(locked.licence)] if locked.licence else []
    purl = PackageURL("pypi", name=locked.name, version=locked.version)
    return Component(
        name=locked.name,
        version=locked.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{locked.lock}/{locked.name}@{locked.version}",
        purl=purl,
        licenses=licences,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in locked.hashes],
        properties=[Property(name="processor:lock", value=locked.lock)],
    )


def _locked(lock: str) -> Iterator[Locked]:
    licences = dict(_licences(lock))
    for name, version, rest in _BLOCK.findall((CHECKOUT / f"locks/{lock}.txt").read_text()):
        if _ELSEWHERE.search(rest.partition("--hash")[0]):
            continue  # it is never installed where we run
        yield Locked(
            lock=lock,
            name=name,
            version=version,
            hashes=tuple(_HASH.findall(rest)),
            licence=licences.get(name),
        )


def _licences(lock: str) -> Iterator[tuple[str, str | None]]:
    """Give what the installed packages say, in the service's environment or a statement's."""
    built = sorted((CHECKOUT / ".environments").glob(f"{lock}-*/lib/python3.11/site-packages"))
    for each in distributions(path=[str(built[-1])]) if built else distributions():
        told = each.metadata
        yield re.sub(r"[-_.]+", "-", told["Name"]).lower(), _licence(told)


def _licence(told: PackageMetadata) -> str | None:
    if expression := told.json.get("license_expression"):
        return str(expression)
    classified = [
        line.rpartition(" :: ")[2]
        for line in told.get_all("Classifier") or []
        if line.startswith("License :: ") and line != "License :: OSI Approved"
    ]
    words = [str(told.json.get("license", "")), *classified]
    known = dict.fromkeys(SPELLED.get(each, each) for each in words if _is_known(each))
    return " OR ".join(known) or None


def _is_known(word: str) -> bool:
    return word in SPELLED or (bool(word) and _names(word) <= MAY_BE_SHIPPED)


def _names(expression: str) -> set[str]:
    return set(re.findall(r"[\w.-]+", expression)) - {"AND", "OR", "WITH"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
