"""The interface as OpenAPI: a running service is asked whatever it allows, and much more."""

import os
import subprocess
from pathlib import Path

import pytest

from processor.config import CHECKOUT
from tests.served import COMMAND, served

TESTER = CHECKOUT / ".tools" / "schemathesis" / "bin" / "schemathesis"
SETTINGS = Path(__file__).with_name("schemathesis.toml")
"""How much is asked: some 4,000 requests, about a minute."""


@pytest.mark.timeout(400)
def test_the_service_does_what_its_interface_says(tmp_path: Path) -> None:
    settings = tmp_path / "processor.toml"
    settings.write_text('unauthenticated = "never"\n')
    key = a_key(tmp_path)

    with served(tmp_path, config=settings) as service:
        address = f"http://127.0.0.1:{service.port}/openapi.json"
        asked = subprocess.run(
            [
                *(TESTER, "--config-file", SETTINGS, "run", address, "--no-color"),
                *("--header", f"Authorization: Bearer {key}"),
            ],
            check=False,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=350,
        )

    assert asked.returncode == 0, asked.stdout[-20_000:]


def a_key(data_dir: Path) -> str:
    made = subprocess.run(
        [COMMAND, "keys", "create", "--name", "tester", "--scopes", "admin"],
        env={**os.environ, "PROCESSOR_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip()
