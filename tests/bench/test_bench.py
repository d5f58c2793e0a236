"""The bench against a real service; what it measures here is no claim."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.served import COMMAND


@pytest.mark.timeout(120)
def test_rows_are_measured_over_http_and_written_as_json(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    command = [
        str(COMMAND),
        "bench",
        "--quick",
        "--only",
        "check",
        "--only",
        "trivial",
        "--only",
        "walls",
        "--json",
        str(file),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr  # 1 where this machine is too slow today
    report = json.loads(file.read_text())
    assert [measure["row"] for measure in report["measures"]] == [10, 1, 16]
    assert report["measures"][1]["spread"]["count"] == 30
    assert report["measures"][1]["details"]["S_p50_ms"] > 0
    walls = report["measures"][2]["details"]
    assert min(walls["ready_with_ms"], walls["ready_without_ms"]) > 0
    assert "reach their bound" in done.stdout


def test_a_row_that_is_none_is_refused_with_the_names() -> None:
    done = subprocess.run(
        [COMMAND, "bench", "--only", "x"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "'trivial'" in done.stderr


@pytest.mark.timeout(120)
def test_a_mix_with_hostile_statements_is_answered_and_leaves_no_process(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    command = [str(COMMAND), "bench", "--quick", "--mixed", "2", "--json", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr  # 1 where this machine is too slow today
    waited, left = json.loads(file.read_text())["measures"]

    assert left["value"] == 0
    assert waited["spread"]["count"] > 2
    assert waited["details"]["hostile_runs"] > 0
