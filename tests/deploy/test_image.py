"""The image's steps, and how they are taken without an engine."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts/image.py"
SMALL = """
ARG BASE=any
FROM ${BASE} AS made
ARG WORD=unsaid
ENV GREETING=hello
WORKDIR /opt/small
COPY . .
RUN echo "$GREETING $WORD" > said && ls -A scripts > sent
FROM ${BASE}
LABEL word="kept"
COPY --from=made /opt/small /opt/small
RUN install -d /var/lib/small
USER 10001:10001
WORKDIR /opt/small
VOLUME /var/lib/small
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["id -u; cat said; (echo > said) 2>&1 | grep -o Read-only; echo kept > /var/lib/small/mine"]
"""


def steps() -> list[tuple[str, str]]:
    parsed = DockerfileParser(str(ROOT)).structure
    return [(each["instruction"], each["value"]) for each in parsed]


def last(instruction: str) -> str:
    return [value for name, value in steps() if name == instruction][-1]


def image(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=50)


def test_an_engine_is_sent_all_that_setup_builds_from_and_no_tests() -> None:
    sent = {str(file) for file in runpy.run_path(str(SCRIPT))["sent"]()}

    assert {
        "playground/package.json",
        "examples/audit-sample/step.py",
        "locks/service.txt",
        "scripts/setup",
    } <= sent
    assert not [file for file in sent if file.startswith(("tests/", "playground/node_modules/"))]


def test_the_image_is_an_ordinary_user_that_owns_nothing_but_its_data() -> None:
    copies = [value for name, value in steps() if name == "COPY"]

    assert last("USER") == "10001:10001"
    assert not any("--chown" in value for value in copies)
    assert last("VOLUME") == "/var/lib/processor"


def test_every_stage_is_made_from_the_base_that_the_build_is_told() -> None:
    assert {value.partition(" ")[0] for name, value in steps() if name == "FROM"} == {"${BASE}"}
    assert "3.11-slim" in steps()[1][1]


def test_the_image_knows_its_version_and_how_to_ask_for_its_health() -> None:
    assert f"VERSION={json.loads(manifest())['version']}" in [v for n, v in steps() if n == "ARG"]
    assert "scripts/healthy.py" in last("HEALTHCHECK")
    assert (ROOT / "scripts/healthy.py").is_file()


def manifest() -> str:
    return (ROOT / "connector_manifest.json").read_text()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a small image, made over this machine's own root by the same script."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "Dockerfile").write_text(SMALL)
    file = folder / "Dockerfile"
    made = image("build", folder / "made", "--file", file, "--arg", "WORD=world")
    assert made.returncode == 0, made.stderr
    return folder / "made"


def test_a_step_is_run_in_its_root_with_what_was_settled_before(small: Path) -> None:
    made = json.loads((small / "image.json").read_text())

    assert (Path(made["layer"]) / "opt/small/said").read_text() == "hello world\n"
    assert made["config"]["Labels"] == {"word": "kept"}


def test_what_an_engine_is_not_sent_is_not_copied(small: Path) -> None:
    copied = Path(json.loads((small / "image.json").read_text())["layer"]) / "opt/small"

    assert (copied / "scripts/setup").is_file()
    assert not (copied / "tests").exists()
    assert not list(copied.rglob("__pycache__"))


def test_nothing_is_left_on_the_machine_itself(small: Path) -> None:
    assert not Path("/opt/small").exists()
    assert not Path("/var/lib/small").exists()


def test_it_runs_as_its_user_with_nothing_to_write_to_but_its_data(
    small: Path, tmp_path: Path
) -> None:
    ran = image("run", small, "--data", tmp_path)

    assert ran.stdout.splitlines() == ["10001", "hello world", "Read-only"], ran.stderr
    assert (tmp_path / "mine").read_text() == "kept\n"


def test_a_step_that_is_not_known_ends_the_build(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("ARG BASE=x\nFROM ${BASE}\nONBUILD RUN true\n")

    made = image("build", tmp_path / "made", "--file", tmp_path / "Dockerfile")

    assert made.returncode == 1
    assert "ONBUILD is a step that is not known here" in made.stderr
