import inspect
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from processor import arrow
from processor.egress import read_policy
from processor.environment import known
from processor.errors import ProcessorError, ProcessorFault, Refusal, StepError, concrete
from processor.manifest import BrokenManifest, Manifest, Package, read_manifest
from processor.runtime.wasm import NAME as RUNNER

ROOT = Path(__file__).parent.parent
FILE = ROOT / "connector_manifest.json"
SCHEMA: dict[str, Any] = json.loads(
    (ROOT / "schemas/wire/connector_manifest.schema.json").read_bytes()
)
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

# The list of the connector's page, as it stands there.
PAGE = """
(
#
# STD
"string",
"math",
"itertools",
"random",
"warnings",
"base64",
"io",
"json",
"xml",
"ssl",
"time",
"datetime",
#
# 3RD PARTY
"yaml",
"httpx",
"pandas",
"numpy",
"deepdiff",
"passlib.hash",
"jose",
"jose.backends",
"jose.constants",
"jose.utils",
"openai",
"matplotlib",
"matplotlib.pyplot",
)
"""

RULE_16 = """
re, collections, functools, itertools, decimal, fractions, statistics, uuid, hashlib, hmac, secrets,
csv, zoneinfo, calendar, textwrap, difflib, enum, dataclasses, typing, operator, copy, heapq,
bisect, html, urllib.parse, gzip, zlib, asyncio, contextlib, xml.etree.ElementTree
"""
PACKAGES_OF_CURRENT = (
    "yaml httpx pandas numpy deepdiff passlib jose openai matplotlib bcrypt argon2"
)


@pytest.fixture
def document() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(FILE.read_bytes())
    return content


@pytest.fixture
def manifest() -> Manifest:
    return read_manifest(FILE)


def as_listed(error: type[ProcessorError]) -> dict[str, Any]:
    """Write an error the way the manifest lists it."""
    meaning = " ".join((inspect.getdoc(error) or "").split())
    if issubclass(error, StepError):
        return {
            "code": error.code,
            "kind": "run",
            "status": error.status,
            "exit_code": error.exit_code,
            "retryable": error.retryable,
            "meaning": meaning,
        }
    assert issubclass(error, Refusal | ProcessorFault)
    return {
        "code": error.code,
        "kind": "problem",
        "http_status": error.http_status,
        "retryable": error.retryable,
        "meaning": meaning,
    }


def name_with_extras(package: Package) -> str:
    return package.name + (f"[{','.join(package.extras)}]" if package.extras else "")


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Give every part of a schema that describes an object."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield schema
        for part in schema.values():
            yield from objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects(part)


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def release_headings() -> list[str]:
    return re.findall(r"^## (.+)$", (ROOT / "RELEASE_NOTES.md").read_text(), re.MULTILINE)


# The file and its schema


def test_the_schema_is_a_schema() -> None:
    jsonschema_rs.meta.validate(SCHEMA)


def test_the_manifest_matches_its_schema(document: dict[str, Any]) -> None:
    validator = jsonschema_rs.Draft202012Validator(SCHEMA)

    assert [error.message for error in validator.iter_errors(document)] == []


def test_the_schema_closes_every_object() -> None:
    assert [part for part in objects(SCHEMA) if part.get("additionalProperties") is not False] == []


def test_the_schema_describes_every_member() -> None:
    undescribed = [
        name
        for part in objects(SCHEMA)
        for name, member in part["properties"].items()
        if "description" not in member
    ]

    assert undescribed == []


def test_the_configuration_is_a_schema(document: dict[str, Any]) -> None:
    jsonschema_rs.meta.validate(document["configuration"])


def test_no_name_is_listed_twice(document: dict[str, Any]) -> None:
    lists = ("globals", "allowed_imports", "packages", "profiles", "statuses", "other_environments")
    others = document["other_environments"]
    within = [other[name] for other in others for name in ("allowed_imports", "packages")]

    for listed in [*map(document.get, lists), *within]:
        keys = [entry.get("code", entry.get("name")) for entry in listed]
        assert len(keys) == len(set(keys)), keys


@pytest.mark.parametrize("member", ["documentation", "release_notes"])
def test_the_manifest_names_pages_that_exist(document: dict[str, Any], member: str) -> None:
    assert (ROOT / document[member]).is_file()


# What it must agree with


def test_the_allowed_imports_are_the_pages_own_in_its_order(manifest: Manifest) -> None:
    assert list(manifest.allowed_imports["processor-3.2"]) == re.findall(r'"(.+)"', PAGE)


def test_the_allowed_imports_are_of_the_kinds_that_the_page_tells(
    document: dict[str, Any],
) -> None:
    std, third_party = PAGE.split("# 3RD PARTY")

    assert document["allowed_imports"] == [
        *({"name": name, "kind": "std"} for name in re.findall(r'"(.+)"', std)),
        *({"name": name, "kind": "third_party"} for name in re.findall(r'"(.+)"', third_party)),
    ]


def test_current_allows_the_pages_modules_then_its_own_then_its_packages_as_a_whole(
    manifest: Manifest,
) -> None:
    page = re.findall(r'"(.+)"', PAGE)
    own = [name.strip() for name in RULE_16.split(",") if name.strip() not in page]
    packages = [f"{name}.*" for name in PACKAGES_OF_CURRENT.split()]

    assert list(manifest.allowed_imports["current"]) == [*page, *own, *packages]


def test_current_allows_from_the_standard_library_what_comes_with_it(
    document: dict[str, Any],
) -> None:
    listed = [*document["allowed_imports"], *document["other_environments"][0]["allowed_imports"]]

    for module in listed:
        top = module["name"].partition(".")[0]
        assert (top in sys.stdlib_module_names) == (module["kind"] == "std"), module


def test_every_environment_with_a_lock_is_described_but_for_the_one_of_no_step(
    manifest: Manifest,
) -> None:
    built = {*known(ROOT / "locks"), RUNNER}
    assert {*manifest.allowed_imports, arrow.ENVIRONMENT} == built


def test_the_error_codes_are_the_errors_that_can_be_raised(document: dict[str, Any]) -> None:
    def by_name(error: dict[str, Any]) -> tuple[str, str]:
        return error["code"], error["kind"]

    raised = [as_listed(error) for error in concrete(ProcessorError)]

    assert sorted(document["error_codes"], key=by_name) == sorted(raised, key=by_name)


def test_a_code_is_listed_once_for_each_kind(document: dict[str, Any]) -> None:
    keys = [(error["kind"], error["code"]) for error in document["error_codes"]]

    assert len(keys) == len(set(keys))


def test_every_error_of_a_run_has_a_listed_status(document: dict[str, Any]) -> None:
    listed = {status["code"] for status in document["statuses"]}

    assert {error.status for error in concrete(StepError)} <= listed


def test_every_status_of_a_failure_is_some_errors(document: dict[str, Any]) -> None:
    failures = {status["code"] for status in document["statuses"] if status["code"] >= 300}

    assert failures <= {error.status for error in concrete(StepError)}


@pytest.mark.parametrize("environment", ["processor-3.2", "current", "node"])
def test_the_packages_are_the_pinned_ones(manifest: Manifest, environment: str) -> None:
    packages = manifest.packages[environment]
    listed = [f"{name_with_extras(package)}=={package.version}" for package in packages]

    assert listed == PYPROJECT["dependency-groups"][environment.replace(".", "-")]


def test_the_version_is_the_projects(manifest: Manifest) -> None:
    assert manifest.version == PYPROJECT["project"]["version"]


def test_the_version_is_the_newest_in_the_release_notes_or_follows_it(manifest: Manifest) -> None:
    headings = release_headings()

    if headings[0] == "Unreleased":
        assert numbers(manifest.version) > numbers(headings[1])
    else:
        assert manifest.version == headings[0]


def test_the_release_notes_go_from_new_to_old() -> None:
    released = [numbers(heading) for heading in release_headings() if heading != "Unreleased"]

    assert released == sorted(released, reverse=True)


# Reading it


def test_the_content_is_served_as_it_stands(manifest: Manifest) -> None:
    assert manifest.content == FILE.read_bytes()


def test_a_profile_has_its_limits_in_their_own_units(manifest: Manifest) -> None:
    profile = manifest.profile("processor")

    assert profile.defaults.wall == timedelta(minutes=5)
    assert profile.defaults.memory_bytes == 1024**3
    assert profile.ceilings.wall == timedelta(hours=1)
    assert profile.statement_bytes == 1024**2


def test_a_step_that_names_no_profile_gets_the_pages_own(manifest: Manifest) -> None:
    assert manifest.default_profile.name == "processor"


@pytest.mark.parametrize(
    ("profile", "environment", "type_hints"),
    [
        ("processor", "processor-3.2", "reject"),
        ("current", "current", "allow"),
        ("node", "node", "allow"),
    ],
)
def test_a_profile_has_its_environment_and_its_word_on_type_hints(
    manifest: Manifest, profile: str, environment: str, type_hints: str
) -> None:
    found = manifest.profile(profile)

    assert (found.environment, found.type_hints) == (environment, type_hints)


def test_a_profile_of_bodies_has_the_network_that_the_page_s_packages_need(
    manifest: Manifest,
) -> None:
    bodies = [each for each in manifest.profiles.values() if each.dialect == "body"]

    assert {profile.network for profile in bodies} == {read_policy("open")}


def test_a_node_is_a_script_of_ten_seconds_and_half_a_gigabyte(manifest: Manifest) -> None:
    node = manifest.profile("node")

    assert node.dialect == "script"
    assert (node.defaults.wall, node.defaults.memory_bytes) == (timedelta(seconds=10), 512 << 20)


def test_the_profiles_of_bodies_have_the_same_limits(manifest: Manifest) -> None:
    processor, current = manifest.profile("processor"), manifest.profile("current")

    assert (processor.defaults, processor.ceilings) == (current.defaults, current.ceilings)


def test_there_is_no_profile_of_an_unknown_name(manifest: Manifest) -> None:
    with pytest.raises(KeyError):
        manifest.profile("unknown")


def broken(document: dict[str, Any], folder: Path) -> str:
    """Read a manifest that cannot be read, and give the message."""
    path = folder / "broken.json"
    path.write_text(json.dumps(document))
    with pytest.raises(BrokenManifest) as raised:
        read_manifest(path)
    return str(raised.value).removeprefix(f"{path}: ")


def test_an_unknown_member_is_told_with_its_place(document: dict[str, Any], tmp_path: Path) -> None:
    document["profiles"][0]["network"]["host"] = "a.example"

    assert broken(document, tmp_path) == (
        "at '/profiles/0/network': Object contains unknown field `host`"
    )


def test_a_network_that_says_what_it_cannot_is_told(
    document: dict[str, Any], tmp_path: Path
) -> None:
    document["profiles"][0]["network"] = {"mode": "allowlist"}

    assert broken(document, tmp_path).startswith("at '/profiles/0/network': mode `allowlist`")


def test_a_missing_member_of_the_whole_is_told(document: dict[str, Any], tmp_path: Path) -> None:
    del document["packages"]

    assert broken(document, tmp_path) == "at '': Object missing required field `packages`"


def test_a_wrong_type_is_told_with_its_place(document: dict[str, Any], tmp_path: Path) -> None:
    document["profiles"][0]["limits"]["defaults"]["rows"] = "many"

    assert broken(document, tmp_path) == (
        "at '/profiles/0/limits/defaults/rows': Expected `int`, got `str`"
    )


def test_a_default_above_its_ceiling_is_told_with_its_place(
    document: dict[str, Any], tmp_path: Path
) -> None:
    document["profiles"][0]["limits"]["defaults"]["threads"] = 65

    assert broken(document, tmp_path) == (
        "at '/profiles/0/limits': the default of `threads` is above its ceiling"
    )


def test_an_environment_that_nothing_describes_is_told(
    document: dict[str, Any], tmp_path: Path
) -> None:
    document["other_environments"] = []

    assert broken(document, tmp_path) == "at '': nothing describes the environment `current`"


def test_a_manifest_without_a_profile_is_told(document: dict[str, Any], tmp_path: Path) -> None:
    document["profiles"] = []

    assert broken(document, tmp_path) == "at '/profiles': Expected `array` of length >= 1"


def test_a_file_that_is_no_json_is_told(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text("{")

    with pytest.raises(BrokenManifest, match="truncated"):
        read_manifest(path)


def test_a_file_that_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(BrokenManifest, match=r"absent\.json: No such file"):
        read_manifest(tmp_path / "absent.json")


def test_a_broken_manifest_is_our_own_fault() -> None:
    assert issubclass(BrokenManifest, ProcessorFault)
