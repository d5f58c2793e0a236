"""
The service inside the image's own root: as its user, with nothing to write to, behind all walls.

Making that root takes minutes: `make image` makes it where what goes into it has changed, and runs
this. Elsewhere it runs where the root is there and current; conftest.py looks for it.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served import Served, a_step

ROOT = Path(__file__).parents[2]
PANDAS = "import pandas\nreturn [{'x': int(pandas.Series([1, 2]).sum())}]"


@pytest.fixture(scope="module")
def contained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("data")
    service = ["serve", "--port", "0", "--data-dir", "/var/lib/processor"]
    options: list[str | Path] = ["--data", data, "--env", "PROCESSOR_LEAST_ISOLATION=L3", "--"]
    process = subprocess.Popen(
        [sys.executable, ROOT / "scripts/image.py", "run", ROOT / ".image", *options, *service],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    yield Served(process=process, port=int(line.rpartition(":")[2]))
    process.send_signal(signal.SIGTERM)
    assert process.wait(40) == 0
    process.stdout.close()


def test_a_step_with_packages_runs_at_level_3(contained: Served) -> None:
    run = contained.run(a_step(PANDAS))

    assert (run["state"], run["isolation"]["level"]) == ("succeeded", 3), run["error"]
    assert run["rows"] == [{"x": 3}]


def test_the_process_is_an_ordinary_user_without_capabilities(contained: Served) -> None:
    status = Path(f"/proc/{contained.process.pid}/status").read_text()

    assert Path(f"/proc/{contained.process.pid}").stat().st_uid == 10001
    assert "CapEff:\t0000000000000000" in status
    assert "CapBnd:\t0000000000000000" in status


def test_its_environments_and_its_runner_are_built_in(contained: Served) -> None:
    ready = contained.request("GET", "/readyz").body

    assert ready["status"] == "ready"
    assert not any("missing" in zygote for zygote in ready["zygotes"])
    assert ready["wasm"]["runner"] == "ready"


def test_its_healthcheck_says_that_it_is_well(contained: Served) -> None:
    asked = [sys.executable, str(ROOT / "scripts/healthy.py"), str(contained.port)]

    assert subprocess.run(asked, check=False, timeout=20).returncode == 0
