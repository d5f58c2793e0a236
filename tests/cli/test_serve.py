"""`processor serve`: what it prints, whom it serves, how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from processor.config import CHECKOUT
from tests.cli.command import Desk
from tests.served import COMMAND, Served, a_step


@contextmanager
def serving(desk: Desk, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the service and give it with its first line, once it accepts requests."""
    with (desk.folder / "stderr").open("w") as errors:
        process = subprocess.Popen(
            [COMMAND, "serve", "--port", "0", *arguments],
            cwd=desk.folder,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline()
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(20)
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_one_line_and_ends_well_when_told_to(desk: Desk, number: signal.Signals) -> None:
    with serving(desk) as (process, line):
        process.send_signal(number)
        more, _ = process.communicate(timeout=20)

    assert line.startswith("listening on http://127.0.0.1:")
    assert int(line.rpartition(":")[2]) > 0
    assert more == ""
    assert process.returncode == 0


def test_it_says_on_standard_error_what_its_walls_are(desk: Desk) -> None:
    with serving(desk) as (process, _):
        process.send_signal(signal.SIGTERM)
        process.wait(20)

    assert "isolation" in (desk.folder / "stderr").read_text()


def test_it_does_not_start_below_the_least_isolation(desk: Desk) -> None:
    launcher = str(CHECKOUT / "tests" / "contained.py")
    contained = [sys.executable, launcher, "root", "contained"]
    done = subprocess.run(
        [*contained, str(COMMAND), "serve", "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PROCESSOR_LEAST_ISOLATION": "L3", "PYTHONPATH": str(CHECKOUT)},
        timeout=40,
    )

    assert (done.returncode, done.stdout) == (20, "")
    # where users of runs cannot reach the interpreter it does not come to a level
    reason = r"processor: (isolation is at level 2, not 3|a wall did not go up)"
    assert re.search(reason, done.stderr)


def test_a_stop_waits_for_runs_that_end_in_time(desk: Desk) -> None:
    step = a_step("await sleep(0.5)\nreturn [{'x': 7}]", id="slow", checkpoint_column="x")
    with serving(desk) as (process, line):
        service = Served(process=process, port=int(line.rpartition(":")[2]))
        service.wait_until_idle()
        service.request("POST", "/v1/runs", {"step": step}, {"Prefer": "wait=0"})

        process.send_signal(signal.SIGTERM)
        process.wait(20)

    assert process.returncode == 0
    assert desk.call("checkpoint", "show", "slow").out == "7  (version 1)\n"


def test_a_second_signal_ends_it_at_once_and_its_run_is_told_as_killed(desk: Desk) -> None:
    step = a_step("await sleep(50)\nreturn [{'x': 7}]", id="slow", checkpoint_column="x")
    with serving(desk) as (process, line):
        service = Served(process=process, port=int(line.rpartition(":")[2]))
        service.wait_until_idle()
        service.request("POST", "/v1/runs", {"step": step}, {"Prefer": "wait=0"})
        process.send_signal(signal.SIGTERM)
        while "stopping" not in (desk.folder / "stderr").read_text():
            time.sleep(0.01)

        process.send_signal(signal.SIGTERM)
        process.wait(20)  # far less than the 30 seconds that runs may take, or the run's 50

    assert process.returncode == -signal.SIGTERM
    assert desk.call("checkpoint", "show", "slow").code == 2


def test_a_stop_kills_runs_that_do_not_end_in_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROCESSOR_LIMITS__DRAIN_SECONDS", "0.1")
    step = a_step("await sleep(50)\nreturn [{'x': 7}]", id="slow", checkpoint_column="x")
    with serving(desk) as (process, line):
        service = Served(process=process, port=int(line.rpartition(":")[2]))
        service.wait_until_idle()
        service.request("POST", "/v1/runs", {"step": step}, {"Prefer": "wait=0"})

        process.send_signal(signal.SIGTERM)
        process.wait(20)

    assert process.returncode == 0
    assert desk.call("checkpoint", "show", "slow").code == 2


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "nonsense.invalid", "192.0.2.1"])
def test_strangers_are_not_served_unless_the_operator_says_so(desk: Desk, host: str) -> None:
    done = desk.call("serve", "--port", "0", "--host", host)

    assert (done.code, done.out) == (20, "")
    assert f"\nprocessor: {host} is reachable from other machines" in f"\n{done.err}"
    assert "processor keys create" in done.err
    assert 'unauthenticated = "allow"' in done.err


def test_strangers_are_served_once_they_can_show_who_they_are(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROCESSOR_LEAST_ISOLATION", "L0")
    key = desk.call("keys", "create", "--name", "platform").out.strip()

    with serving(desk, "--host", "0.0.0.0") as (process, line):
        service = Served(process=process, port=int(line.rpartition(":")[2]))
        without = service.request("GET", "/v1/runs")
        by_key = service.request("GET", "/v1/runs", headers={"Authorization": f"Bearer {key}"})

    assert (without.status, by_key.status) == (401, 200)
    assert key not in (desk.folder / "stderr").read_text()


def test_keys_can_be_asked_for_on_loopback_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSOR_UNAUTHENTICATED", "never")

    done = desk.call("serve", "--port", "0")

    assert (done.code, done.out) == (20, "")
    assert '\nprocessor: `unauthenticated` is "never"' in f"\n{done.err}"


def test_the_operator_may_say_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSOR_UNAUTHENTICATED", "allow")

    with serving(desk, "--host", "0.0.0.0") as (process, line):
        process.send_signal(signal.SIGTERM)
        process.wait(20)

    assert line.startswith("listening on http://0.0.0.0:")
    assert process.returncode == 0


def test_the_data_folder_is_where_it_was_told(desk: Desk) -> None:
    with serving(desk, "--data-dir", str(desk.folder / "elsewhere")):
        pass

    assert (desk.folder / "elsewhere" / "processor.db").exists()
    assert not (desk.folder / "data").exists()


def test_a_port_that_is_taken_is_told(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = desk.call("serve", "--port", taken.getsockname()[1])

    assert (done.code, done.out) == (20, "")
    assert "processor: cannot listen on 127.0.0.1:" in done.err


def test_a_data_folder_that_cannot_be_is_told(desk: Desk) -> None:
    (desk.folder / "data").write_text("a file")

    done = desk.call("serve", "--port", "0")

    assert (done.code, done.out) == (20, "")
    assert done.err.startswith("processor: ")


def test_a_data_folder_without_room_for_its_locks_is_told(desk: Desk) -> None:
    (desk.folder / "data").mkdir()
    (desk.folder / "data" / "executors").write_text("a file")

    done = desk.call("serve", "--port", "0")

    assert (done.code, done.out) == (20, "")
    assert done.err.startswith("processor: ")
    assert "executors cannot be made" in done.err


def test_it_serves_where_its_log_cannot_be_written(desk: Desk) -> None:
    with Path("/dev/full").open("w") as full:
        process = subprocess.Popen(
            [COMMAND, "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=full, text=True
        )
    assert process.stdout is not None
    with process.stdout:
        try:
            port = int(process.stdout.readline().rpartition(":")[2])
            run = Served(process=process, port=port).run(a_step("return [{'x': 7}]"))
            process.send_signal(signal.SIGTERM)
            code = process.wait(20)
        finally:
            process.kill()

    assert (run["rows"], code) == ([{"x": 7}], 0)


def test_who_waits_for_a_run_that_the_stop_ends_is_answered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROCESSOR_LIMITS__DRAIN_SECONDS", "0.1")
    monkeypatch.setenv("PROCESSOR_LIMITS__READY", "0")  # so that a child is a run's
    with serving(desk) as (process, line), ThreadPoolExecutor(1) as caller:
        service = Served(process=process, port=int(line.rpartition(":")[2]))
        service.wait_until_idle()
        answer = caller.submit(service.run, a_step("await sleep(60)", id="long"))
        while not service.children():
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)

        run = answer.result(40)

    assert (run["state"], run["error"]["code"]) == ("failed", "killed")
