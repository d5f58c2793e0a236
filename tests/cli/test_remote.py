"""`--url`: a service does what the command asks, and the command tells it as its own."""

import json
import socket
from pathlib import Path

import pytest

from processor.config import read_configuration
from tests.cli.command import Desk
from tests.served import COLUMN_X, Served

STEP = "return [row for row in INPUT_DATA if row['x'] > (DATA_CHECKPOINT or 0)][:2]"


@pytest.fixture
def url(service: Served) -> str:
    return f"http://127.0.0.1:{service.port}"


@pytest.fixture
def step(desk: Desk) -> Path:
    """Give the folder of a step that takes two rows a cycle."""
    folder = desk.folder / "orders"
    folder.mkdir()
    (folder / "step.py").write_text(STEP)
    (folder / "step.json").write_text(
        json.dumps({"output_schema": COLUMN_X, "checkpoint_column": "x", "id": "in-production"})
    )
    (folder / "input.json").write_text(json.dumps({"INPUT_DATA": [{"x": n} for n in (1, 2, 3)]}))
    return folder


def test_a_run_by_a_service_is_told_as_one_of_this_machine(
    desk: Desk, step: Path, url: str
) -> None:
    here = desk.call("run", str(step), "--format", "json")
    there = desk.call("run", str(step), "--format", "json", "--url", url)

    assert (there.code, there.out) == (here.code, here.out) == (0, '[{"x": 1}, {"x": 2}]\n')


def test_a_run_by_a_service_moves_no_checkpoint_that_nobody_named(
    desk: Desk, step: Path, url: str, service: Served
) -> None:
    desk.call("run", str(step), "--url", url)

    assert service.request("GET", "/v1/checkpoints/in-production").status == 404


def test_cycles_by_a_service_go_on_from_the_checkpoint_that_it_keeps(
    desk: Desk, step: Path, url: str
) -> None:
    options = ("--cycles", "9", "--format", "json", "--step-id", "remote/cycles", "--url", url)
    done = desk.call("run", str(step), *options)
    shown = desk.call("checkpoint", "--url", url, "show", "remote/cycles")

    assert json.loads(done.out) == [{"x": 1}, {"x": 2}, {"x": 3}]
    assert shown.out == "3  (version 2)\n"


def test_cycles_by_a_service_want_a_step_s_id(desk: Desk, step: Path, url: str) -> None:
    done = desk.call("run", str(step), "--cycles", "2", "--url", url)

    assert done.code == 2
    assert "--step-id" in done.err


def test_a_run_that_fails_there_exits_as_here(desk: Desk, step: Path, url: str) -> None:
    (step / "step.py").write_text("x = 1 / 0\nreturn []")

    done = desk.call("run", str(step), "--url", url)

    assert done.code == 11
    assert "step.py:1:" in done.err


def test_figures_of_a_service_are_saved(desk: Desk, step: Path, url: str) -> None:
    (step / "step.py").write_text(
        "from matplotlib import pyplot\npyplot.plot([1, 2])\nreturn [{'x': 1}]"
    )

    desk.call("run", str(step), "--figures", "drawn", "--url", url)

    assert (desk.folder / "drawn" / "figure-0.png").read_bytes().startswith(b"\x89PNG")


def test_a_checkpoint_of_a_service_is_set_from_the_version_that_was_seen(
    desk: Desk, url: str
) -> None:
    asked = ("checkpoint", "--url", url)
    first = desk.call(*asked, "set", "remote set", "5")
    stale = desk.call(*asked, "set", "remote set", "6", "--if-version", "7")
    reset = desk.call(*asked, "reset", "remote set", "--if-version", "1")
    history = desk.call(*asked, "history", "remote set")

    assert first.out == "5  (version 1)\n"
    assert (stale.code, "version_moved" in stale.err) == (2, True)
    assert reset.out == "null  (version 2)\n"
    assert [line.split()[:3] for line in history.out.splitlines()] == [
        ["2", "null", "reset"],
        ["1", "5", "manual"],
    ]


def test_a_check_by_a_service_finds_and_mends(desk: Desk, step: Path, url: str) -> None:
    (step / "step.py").write_text("x: int = 1\nreturn [{'x': x}]\n")

    found = desk.call("check", str(step), "--url", url)
    mended = desk.call("check", str(step), "--url", url, "--fix")

    assert (found.code, mended.code) == (10, 0)
    assert "type_hint" in found.out
    assert (step / "step.py").read_text() == "x = 1\nreturn [{'x': x}]\n"


def test_a_simulation_by_a_service_proves_what_one_here_does(
    desk: Desk, step: Path, url: str
) -> None:
    done = desk.call("simulate", str(step), "--url", url)

    assert done.code == 0
    assert "proven: every key came once" in done.out


def test_rows_are_compared_by_a_service_as_here(desk: Desk, url: str) -> None:
    (desk.folder / "a.json").write_text('[{"id": 1, "n": 12345678901234567890123}]')
    (desk.folder / "b.json").write_text('[{"id": 1, "n": 2}, {"id": 3}]')

    here = desk.call("diff", "a.json", "b.json", "--format", "json")
    there = desk.call("diff", "a.json", "b.json", "--format", "json", "--url", url)

    assert (there.code, there.out, there.err) == (here.code, here.out, here.err)


def test_a_schema_is_inferred_by_a_service_as_here(desk: Desk, url: str) -> None:
    (desk.folder / "rows.csv").write_text("id,day\n1,2024-01-01\n2,\n")

    here = desk.call("infer-schema", "rows.csv", "--format", "json")
    there = desk.call("infer-schema", "rows.csv", "--format", "json", "--url", url)

    assert (there.code, there.out) == (here.code, here.out)


def test_what_a_service_refuses_is_told_with_its_place(desk: Desk, step: Path, url: str) -> None:
    (step / "step.json").write_text(json.dumps({"output_schema": COLUMN_X, "zoom": 1}))

    done = desk.call("run", str(step), "--url", url)

    assert done.code == 2
    assert "/step/zoom: it is no member of this object" in done.err


def test_a_service_that_is_not_there_is_our_own_fault(desk: Desk, step: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"

        done = desk.call("run", str(step), "--url", address)

    assert done.code == 20
    assert address in done.err


@pytest.mark.parametrize("address", ["localhost:8080", "ftp://a.example", "http://", "http://a?b"])
def test_what_is_no_address_is_told(desk: Desk, step: Path, address: str) -> None:
    done = desk.call("run", str(step), "--url", address)

    assert done.code == 20
    assert "is no address" in done.err


def test_a_token_is_not_shown_among_the_settings(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROCESSOR_REMOTE__TOKEN", "prc_secret")

    assert read_configuration(None, {}).settings.remote.token == "prc_secret"
    assert "prc_secret" not in desk.call("config", "show").out
