import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
STATEMENTS = ROOT / "docs/statements"


@pytest.fixture
def manifest() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "connector_manifest.json").read_bytes())
    return document


def table(page: Path, *header: str) -> list[list[str]]:
    """Give the rows of the page's table with that header, without the marks of code."""
    lines = iter(page.read_text().splitlines())
    for line in lines:
        if cells(line) == list(header):
            break
    else:
        raise AssertionError(f"{page}: no table {header}")
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append(cells(line))
    return rows


def cells(line: str) -> list[str]:
    parts = line.replace("\\|", "\0").strip("|").split("|")
    return [part.replace("\0", "|").strip().strip("`") for part in parts]


def test_the_allowed_imports_are_the_manifests(manifest: dict[str, Any]) -> None:
    origins = {"std": "Python", "third_party": "a package"}

    assert table(STATEMENTS / "packages.md", "module", "comes with") == [
        [module["name"], origins[module["kind"]]] for module in manifest["allowed_imports"]
    ]


def test_what_current_allows_beyond_them_is_the_manifests(manifest: dict[str, Any]) -> None:
    origins = {"std": "Python", "third_party": "a package"}
    current = environment(manifest, "current")

    assert table(STATEMENTS / "packages.md", "more in current", "comes with") == [
        [module["name"], origins[module["kind"]]]
        for module in current["allowed_imports"]
        if module not in manifest["allowed_imports"]
    ]


def test_the_page_counts_the_allowed_imports(manifest: dict[str, Any]) -> None:
    page = (STATEMENTS / "packages.md").read_text()

    assert set(re.findall(r"(\d+)\s+modules", page)) == {str(len(manifest["allowed_imports"]))}


def environment(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (other for other in manifest["other_environments"] if other["name"] == name)
    return dict(found)


def packages_of(described: dict[str, Any]) -> list[list[str]]:
    return [
        [
            "".join([package["name"], *(f"[{extra}]" for extra in package.get("extras", []))]),
            package["version"],
            package["summary"],
        ]
        for package in described["packages"]
    ]


def test_the_packages_are_the_manifests(manifest: dict[str, Any]) -> None:
    page = STATEMENTS / "packages.md"
    current = environment(manifest, "current")

    assert table(page, "package", "version", "what for") == packages_of(manifest)
    assert table(page, "package in current", "version", "what for") == packages_of(current)


def test_the_names_that_a_statement_sees_are_the_manifests(manifest: dict[str, Any]) -> None:
    listed = [
        [entry["name"], entry["signature"], entry["description"]]
        for name in manifest["globals"]
        for entry in name.get("methods", [name])
    ]

    assert table(STATEMENTS / "writing.md", "name", "signature", "meaning") == listed


def test_a_vulnerable_package_is_told_with_the_version_that_is_installed(
    manifest: dict[str, Any],
) -> None:
    versions = {package["name"]: package["version"] for package in manifest["packages"]}
    page = STATEMENTS / "packages.md"

    for package, *_ in table(page, "package", "vulnerability", "fixed in", "here"):
        name, _, version = package.partition(" ")
        assert versions.get(name, version) == version


def test_a_vulnerability_of_current_is_told_with_the_version_that_is_locked() -> None:
    lock = (ROOT / "locks/current.txt").read_text()
    told = table(
        STATEMENTS / "packages.md", "package in current", "vulnerability", "fixed in", "here"
    )

    assert told
    for package, _, fixed, here in told:
        name, _, version = package.partition(" ")
        assert name == "CPython" or f"\n{name}=={version} " in lock
        if here.startswith("Fixed here"):
            assert numbers(version) >= numbers(fixed)


def numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


def test_the_words_of_the_glossary_are_each_told_once() -> None:
    lines = (ROOT / "docs/glossary.md").read_text().splitlines()
    firsts = [cells(line)[0] for line in lines if line.startswith("| ")]
    words = [first for first in firsts if first not in {"word", "---"}]

    assert len(words) == len(set(words))


PAGES = runpy.run_path(str(ROOT / "scripts" / "write_docs.py"))["PAGES"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_made_from_the_code_is_as_the_code_says(path: str) -> None:
    assert (ROOT / path).read_text("utf-8") == PAGES[path](), "run `make docs`"


def test_every_route_is_documented_and_in_the_manifest(manifest: dict[str, Any]) -> None:
    page = (ROOT / "docs/reference/http.md").read_text("utf-8")

    for endpoint in manifest["endpoints"]:
        path = endpoint["path"].replace("{run_id}", "{id}")
        assert f"{endpoint['method']} {path}" in page


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    links = [
        (page, link)
        for page in pages
        for link in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8"))
        if "://" not in link
    ]

    assert [(page, link) for page, link in links if not (page.parent / link).exists()] == []
