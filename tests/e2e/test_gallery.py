"""The gallery: each example gives what it says, over HTTP and by the command line."""

import json
import re
import subprocess
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from processor.config import CHECKOUT
from processor.manifest import read_manifest
from processor.step import decode_order
from tests.served import COMMAND, Served

GALLERY = CHECKOUT / "examples"
FILES = {"README.md", "expected.json", "input.json", "step.json", "step.py"}

CLIENTS = "clients"  # beside the steps: how other programs ask the service
NAMES = sorted(
    folder.name for folder in GALLERY.glob("[!.]*") if folder.is_dir() and folder.name != CLIENTS
)
BY_COMMAND = ["decimal-invoice", "invoice-check", "order-pages", "token-balances", "xml-invoice"]


@dataclass(frozen=True, kw_only=True)
class Example:
    """A step and its inputs as on the wire, and what each cycle gives."""

    step: dict[str, Any]
    inputs: dict[str, Any]
    cycles: list[dict[str, Any]]


def read(name: str) -> Example:
    folder = GALLERY / name
    return Example(
        step={**_json(folder / "step.json"), "statement": (folder / "step.py").read_text("utf-8")},
        inputs=_json(folder / "input.json"),
        cycles=_json(folder / "expected.json")["cycles"],
    )


def _json(file: Path) -> Any:
    return json.loads(file.read_text("utf-8"))


# Each example, run


@pytest.mark.parametrize("name", NAMES)
def test_an_example_gives_over_http_what_it_says(service: Served, name: str) -> None:
    example = read(name)
    checkpoint = f"/v1/checkpoints/{urllib.parse.quote(example.step['id'], safe='')}"
    service.request("PUT", checkpoint, {"value": None})

    runs = [service.run(example.step, example.inputs) for _ in example.cycles]

    for run, cycle in zip(runs, example.cycles, strict=True):
        assert run["state"] == "succeeded", run["error"]
        assert exactly(given(run, cycle)) == exactly(cycle)


def given(run: Any, cycle: dict[str, Any]) -> dict[str, Any]:
    """Give of a run what the cycle tells of it."""
    rows = run["rows"]
    told = {
        "status": run["status"]["code"],
        "rows": rows,
        "row_count": run["row_count"],
        "first": rows[0] if rows else None,
        "last": rows[-1] if rows else None,
        "checkpoint": run["checkpoint"]["after"],
        "logs": [
            [entry["level"], entry["message"]]
            for entry in run["logs"]
            if entry["source"] != "service"  # the product's own words are no part of an example
        ],
        "figures": sum(figure["media_type"] == "image/png" for figure in run["figures"]),
    }
    return {member: told[member] for member in cycle}


def exactly(cycle: dict[str, Any]) -> dict[str, Any]:
    """Give rows and values as texts, so that 1, 1.0 and true are three things."""
    return {
        member: [json.dumps(each, sort_keys=True) for each in value]
        if isinstance(value, list)
        else json.dumps(value, sort_keys=True)
        for member, value in cycle.items()
    }


@pytest.mark.parametrize("name", BY_COMMAND)
def test_an_example_gives_by_the_command_line_what_it_says(name: str, tmp_path: Path) -> None:
    example, folder = read(name), GALLERY / name
    (tmp_path / "rows.json").write_text(json.dumps(example.inputs["INPUT_DATA"]))
    arguments: list[Any] = ["run", folder / "step.py", "--step", folder / "step.json"]
    arguments += ["--input", tmp_path / "rows.json", "--cycles", str(len(example.cycles))]

    done = subprocess.run(
        [COMMAND, *arguments, "--format", "json"],
        check=False,
        capture_output=True,
        text=True,
        timeout=50,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [row for cycle in example.cycles for row in cycle["rows"]]
    for level, message in (entry for cycle in example.cycles for entry in cycle.get("logs", ())):
        assert f"{level}: {message}" in done.stderr


# All of them together


@pytest.mark.parametrize("name", NAMES)
def test_an_example_has_its_five_files(name: str) -> None:
    assert {file.name for file in (GALLERY / name).iterdir()} == FILES


@pytest.mark.parametrize("name", NAMES)
def test_an_example_has_the_id_of_its_folder_and_a_title(name: str) -> None:
    title = (GALLERY / name / "README.md").read_text("utf-8").splitlines()[0]

    assert read(name).step["id"] == f"examples/{name}"
    assert title.startswith("# ")


@pytest.mark.parametrize("name", NAMES)
def test_every_cycle_of_an_example_tells_status_checkpoint_and_rows(name: str) -> None:
    for cycle in read(name).cycles:
        assert {"status", "checkpoint"} < cycle.keys()
        assert "rows" in cycle or {"row_count", "first", "last"} < cycle.keys()


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_a_request_that_is_accepted(name: str) -> None:
    example = read(name)
    profiles = read_manifest(CHECKOUT / "connector_manifest.json").profiles

    order = decode_order(
        json.dumps({"step": example.step, "inputs": example.inputs}).encode(), profiles
    )

    assert order.step.id == f"examples/{name}"


def test_every_module_that_is_allowed_is_imported_by_an_example() -> None:
    allowed = {
        module["name"] for module in _json(CHECKOUT / "connector_manifest.json")["allowed_imports"]
    }
    statements = [read(name).step for name in NAMES]
    imported = {
        module
        for step in statements
        if step["profile"] == "processor"
        for module in re.findall(r"^(?:import|from) ([\w.]+)", step["statement"], re.MULTILINE)
    }

    assert imported == allowed
