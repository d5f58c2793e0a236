"""What a service writes about itself: JSON by the line, with its trace, and nothing of authors."""

import json
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.served import COMMAND, Served, a_step

SECRET = "word-of-4711"
TRACE = "0af7651916cd43dd8448eb211c80319c"
LATER = {"Prefer": "respond-async"}
SLOW = a_step("await sleep(2)\nreturn [{'x': 1}]", id="slow")


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a service that was told a secret everywhere, and stopped in a run."""
    folder = tmp_path_factory.mktemp("logged")
    config = folder / "processor.toml"
    config.write_text('log_format = "json"\nlimits.ready = 0\n')
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [COMMAND, "--config", config, "serve", "--port", "0", "--data-dir", folder / "data"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout is not None
    service = Served(process=process, port=int(process.stdout.readline().rpartition(":")[2]))
    _tell_secrets(service)
    _stop_in_a_run(service)
    process.stdout.close()
    return folder


@pytest.fixture(scope="module")
def lines(stopped: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (stopped / "log").read_text().splitlines()]


def _tell_secrets(service: Served) -> None:
    parent = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "Idempotency-Key": SECRET}
    step = a_step(f"print('{SECRET}')\nlog.error('{SECRET}')\nraise ValueError('{SECRET}')")
    inputs = {"INPUT_DATA": [{"a": SECRET}], "variables": {"Word": SECRET}}
    service.request("POST", "/v1/runs", {"step": step, "inputs": inputs}, parent)
    service.request("POST", "/v1/runs", {"step": {"statement": SECRET, SECRET: 1}})
    service.request("GET", f"/v1/runs/{SECRET}?state={SECRET}", headers={"X-Word": SECRET})
    service.request("POST", "/v1/check", {"statement": f"'{SECRET}' +"})


def _stop_in_a_run(service: Served) -> None:
    location = service.request("POST", "/v1/runs", {"step": SLOW}, LATER).headers["location"]
    while service.request("GET", location).body["state"] == "queued":
        time.sleep(0.05)
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(40) == 0


def test_every_line_says_what_happened_when_and_how_bad_it_is(lines: list[dict[str, Any]]) -> None:
    assert lines
    assert all({"event", "timestamp", "level"} <= line.keys() for line in lines)


def test_no_line_has_anything_of_an_author_s_or_a_caller_s(lines: list[dict[str, Any]]) -> None:
    assert [line for line in lines if SECRET in json.dumps(line)] == []


def test_a_request_is_logged_with_its_trace_and_its_pattern(lines: list[dict[str, Any]]) -> None:
    answered = [line for line in lines if line["event"] == "request_answered"]

    assert all(len(line["trace_id"]) == 32 for line in answered)
    assert [line["route"] for line in answered if line["trace_id"] == TRACE] == ["/v1/runs"]


def test_a_run_that_is_under_way_when_the_service_stops_ends_by_itself(stopped: Path) -> None:
    with closing(sqlite3.connect(stopped / "data/processor.db")) as store:
        states = store.execute("SELECT state FROM run WHERE step_id = 'slow'").fetchall()

    assert states == [("succeeded",)]
