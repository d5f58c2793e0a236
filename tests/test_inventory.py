"""The bill of materials and the audit, of what the locks say and of what is made up."""

import json
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).parents[1]
INVENTORY = runpy.run_path(str(ROOT / "scripts/inventory.py"))
PACKAGES = INVENTORY["packages"]()


@pytest.fixture(scope="module")
def bill() -> Any:
    return json.loads(INVENTORY["sbom"](PACKAGES))


def amiss(**changes: Any) -> list[str]:
    """Audit one good package that was changed."""
    good = next(each for each in PACKAGES if each.name == "aiohttp")
    return list(INVENTORY["amiss"]([replace(good, **changes)]))


def test_the_bill_is_as_the_schema_of_cyclonedx_is() -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)

    assert validator.validate_str(INVENTORY["sbom"](PACKAGES)) is None


def test_the_bill_lists_every_package_of_the_service_s_lock(bill: Any) -> None:
    lock = (ROOT / "locks/service.txt").read_text().splitlines()
    locked = {line.split(" ")[0] for line in lock if "==" in line and not line.startswith("#")}

    listed = {
        f"{each['name']}=={each['version']}"
        for each in bill["components"]
        if each["properties"][0]["value"] == "service"
    }
    assert listed == locked


def test_a_package_is_listed_with_its_hashes_and_its_licence(bill: Any) -> None:
    (listed,) = (each for each in bill["components"] if each["bom-ref"].startswith("service/h11@"))

    assert listed["purl"] == f"pkg:pypi/h11@{listed['version']}"
    assert listed["licenses"] == [{"license": {"id": "MIT"}}]
    assert all(len(each["content"]) == 64 for each in listed["hashes"])


def test_nothing_that_is_shipped_is_amiss() -> None:
    assert list(INVENTORY["amiss"](PACKAGES)) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"hashes": ()}, "has no hash"),
        ({"licence": None}, "does not say its licence"),
        ({"licence": "MIT AND AGPL-3.0-only"}, "not listed: AGPL-3.0-only"),
    ],
)
def test_an_audit_says_what_is_amiss(changes: dict[str, Any], found: str) -> None:
    (line,) = amiss(**changes)

    assert found in line
    assert line.startswith("service: aiohttp ")
