"""`processor work` beside a service that only takes runs in."""

import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from tests.served import Served, a_step, served, started, working

LATER = {"Prefer": "respond-async"}
COUNT = a_step("return [{'x': (DATA_CHECKPOINT or 0) + 1}]", id="count", checkpoint_column="x")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def state(service: Served, location: str) -> str:
    return str(service.request("GET", location).body["state"])


def test_a_service_that_only_takes_runs_in_leaves_them_to_a_worker(tmp_path: Path) -> None:
    with served(tmp_path, "--role", "api") as service:
        location = service.request("POST", "/v1/runs", {"step": COUNT}, LATER).headers["location"]
        assert service.run(a_step("return [{'x': 1}]"))["state"] == "succeeded"
        assert state(service, location) == "queued"

        with working(tmp_path):
            until(lambda: state(service, location) == "succeeded")


def test_a_worker_tells_of_its_health_and_metrics_and_takes_no_runs_in(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = tmp_path / "processor.toml"
    config.write_text(f"health_port = {port}\n")

    with started("--config", config, "work", "--data-dir", tmp_path) as (process, _):
        worker = Served(process=process, port=port)
        assert worker.request("GET", "/readyz").body["status"] == "ready"
        with worker.stream("GET", "/metrics", None, {}) as answer:
            assert b"processor_queue_age_seconds 0.0" in answer.read()
        assert worker.request("POST", "/v1/runs", {"step": COUNT}).status == 404


def test_a_worker_that_is_killed_leaves_its_run_to_another(tmp_path: Path) -> None:
    step = {**COUNT, "statement": "await sleep(1)\nreturn [{'x': 7}]"}
    with served(tmp_path, "--role", "api") as service:
        location = service.request("POST", "/v1/runs", {"step": step}, LATER).headers["location"]
        with working(tmp_path) as first:
            until(lambda: state(service, location) == "running")
            first.kill()
            first.wait(10)

        with working(tmp_path):
            until(lambda: state(service, location) == "succeeded")
        assert service.request("GET", location).body["attempts"] == 2


def test_a_worker_ends_well_when_it_is_told_to(tmp_path: Path) -> None:
    with working(tmp_path) as process:
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    assert process.returncode == 0
