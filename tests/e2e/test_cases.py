"""The acceptance cases of the processor profile, over HTTP and by the command line."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.served import COMMAND, Served

CASES = json.loads((Path(__file__).parents[1] / "cases" / "processor.json").read_text())["cases"]


EVERY = [pytest.param(case, id=case["title"]) for case in CASES]


def _check(run: dict[str, Any], expected: dict[str, Any]) -> None:
    assert run["state"] == expected["state"], run["error"]
    if "status_code" in expected:
        assert run["status"]["code"] == expected["status_code"]
    if "rows" in expected:
        assert run["rows"] == expected["rows"]
    if "logs" in expected:
        assert [[entry["level"], entry["message"]] for entry in run["logs"]] == expected["logs"]
    if "error" in expected:
        _check_error(run["error"], expected["error"])


def _check_error(error: dict[str, Any], expected: dict[str, Any]) -> None:
    for member in ("code", "line", "column", "type"):
        if member in expected:
            assert error[member] == expected[member]
    if "mismatch" in expected:
        assert any(
            all(mismatch[name] == value for name, value in expected["mismatch"].items())
            for mismatch in error["mismatches"]
        )


@pytest.mark.parametrize("case", EVERY)
def test_a_case_passes_over_http(service: Served, case: dict[str, Any]) -> None:
    run = service.run(case["step"], case["inputs"])

    _check(run, case["expect"])


NOT_IN_WEBASSEMBLY = ("matplotlib", "numpy", "pandas", "ssl")
"""What the cases import that is native, or needs sockets."""


def runs_in_webassembly(case: dict[str, Any]) -> bool:
    return not any(name in case["step"]["statement"] for name in NOT_IN_WEBASSEMBLY)


@pytest.mark.parametrize(
    "case", [param for param in EVERY if runs_in_webassembly(CASES[EVERY.index(param)])]
)
def test_a_case_passes_in_webassembly(service: Served, case: dict[str, Any]) -> None:
    run = service.run({**case["step"], "runtime": "wasm"}, case["inputs"])

    _check(run, case["expect"])


EXIT_CODES = {
    "import_not_allowed": 10,
    "type_hint": 10,
    "syntax_error": 10,
    "statement_raised": 11,
    "not_a_list": 11,
    "output_mismatch": 12,
    "wall_limit": 13,
}


@pytest.mark.parametrize("case", EVERY)
def test_a_case_passes_by_the_command_line(case: dict[str, Any], tmp_path: Path) -> None:
    step = dict(case["step"])
    (tmp_path / "step.py").write_text(step.pop("statement"))
    (tmp_path / "step.json").write_text(json.dumps(step))
    (tmp_path / "inputs.json").write_text(json.dumps(case["inputs"]))
    arguments: list[Any] = ["run", tmp_path / "step.py", "--step", tmp_path / "step.json"]
    arguments += ["--inputs", tmp_path / "inputs.json"]

    done = subprocess.run(
        [COMMAND, *arguments, "--format", "json"],
        check=False,
        capture_output=True,
        text=True,
        timeout=50,
    )

    expected = case["expect"]
    code = expected["error"]["code"] if "error" in expected else None
    assert done.returncode == (EXIT_CODES[code] if code else 0), done.stderr
    if "rows" in expected:
        assert json.loads(done.stdout) == expected["rows"]
    if code:
        assert f"error[{code}]" in done.stderr
        assert done.stdout == ""
    for level, message in expected.get("logs", ()):
        assert f"{level}: {message}" in done.stderr
