"""Whatever is killed, no committed checkpoint is lost and none is recorded twice."""

import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.processes import children_of, zygote_of
from tests.served import Served, a_step, served

COUNT = a_step(
    "await sleep(0.02)\nreturn [{'x': (DATA_CHECKPOINT or 0) + 1}]",
    id="count",
    checkpoint_column="x",
)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def _in_background(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def _history(service: Served, step_id: str) -> list[dict[str, Any]]:
    answer = service.request("GET", f"/v1/checkpoints/{step_id}/history?limit=1000")
    items: list[dict[str, Any]] = answer.body["items"]
    return items


def test_killing_the_service_loses_no_committed_checkpoint_and_records_none_twice(
    tmp_path: Path,
) -> None:
    answered: dict[str, int] = {}
    for round_number in range(3):
        with served(tmp_path) as service:

            def caller(name: str, service: Served = service) -> None:
                try:
                    for number in range(1000):
                        key = f"{name}-{number}"
                        headers = {"Idempotency-Key": key}
                        answer = service.request("POST", "/v1/runs", {"step": COUNT}, headers)
                        answered[key] = answer.body["checkpoint"]["after"]
                except (OSError, http.client.HTTPException, json.JSONDecodeError):
                    return  # the service was killed

            before = len(answered)
            callers = [
                _in_background(lambda name=f"{round_number}-{n}": caller(name))  # type: ignore[misc]
                for n in range(4)
            ]
            _until(lambda before=before: len(answered) > before + 10)  # type: ignore[misc]
            service.kill()
            for thread in callers:
                thread.join()
    with served(tmp_path) as service:
        moves = _history(service, "count")
        values = [move["value"] for move in moves]

        assert values == list(range(len(values), 0, -1))
        assert [move["version"] for move in moves] == values
        assert set(answered.values()) <= set(values)
        assert len(set(answered.values())) == len(answered)


def test_a_repeated_key_gets_the_answer_that_a_killed_service_still_owed(tmp_path: Path) -> None:
    body = {"step": {**COUNT, "statement": "await sleep(0.5)\nreturn [{'x': 7}]"}}
    headers = {"Idempotency-Key": "owed"}
    with served(tmp_path) as service:

        def call() -> None:
            try:
                service.request("POST", "/v1/runs", body, headers)
            except (OSError, http.client.HTTPException):
                return

        thread = _in_background(call)
        _until(lambda: bool(service.children()))
        service.kill()
        thread.join()
    with served(tmp_path) as service:
        again = service.request("POST", "/v1/runs", body, headers).body

        assert again["state"] == "succeeded"
        assert again["attempts"] == 2
        assert [move["value"] for move in _history(service, "count")] == [7]


def _is_busy(service: Served) -> bool:
    """Whether a child has used so much of a processor that its statement must be running."""
    for zygote in service.zygotes():
        for child in children_of(zygote_of(zygote)):
            used = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11]
            if int(used) >= 20:  # hundredths of a second
                return True
    return False


def test_killing_the_zygote_ends_its_runs_as_killed_and_the_next_run_succeeds(
    tmp_path: Path,
) -> None:
    ended: list[Any] = []
    with served(tmp_path) as service:
        service.run(a_step("return [{'x': 1}]"))
        _until(lambda: not service.children())
        waiting = a_step("while True: pass", id="long", checkpoint_column="x")
        thread = _in_background(lambda: ended.append(service.run(waiting)))
        _until(lambda: _is_busy(service))

        for zygote in service.zygotes():
            os.kill(zygote, signal.SIGKILL)
        thread.join(20)

        assert ended[0]["state"] == "failed"
        assert ended[0]["error"]["code"] == "killed"
        assert ended[0]["error"]["retryable"] is True
        assert service.run(a_step("return [{'x': 2}]"))["rows"] == [{"x": 2}]


def test_a_stopped_service_ends_its_children(tmp_path: Path) -> None:
    with served(tmp_path) as service:
        thread = _in_background(lambda: _ignore_disconnect(service))
        _until(lambda: bool(service.children()))
        _until(lambda: len(service.keepers()) == 1)
        zygotes = service.zygotes()
        forking = list(map(zygote_of, zygotes))
        forked = [child for zygote in forking for child in children_of(zygote)]
        assert forked
        started = (*zygotes, *forking, *forked, *service.keepers())

        service.kill()
        thread.join(20)

        gone = [Path(f"/proc/{process}") for process in started]
        _until(lambda: not any(process.exists() for process in gone))


def _ignore_disconnect(service: Served) -> None:
    try:
        service.run(a_step("await sleep(20)\nreturn []"))
    except (OSError, http.client.HTTPException):
        return


def test_killing_the_service_amid_a_stream_leaves_each_row_once_under_the_same_key(
    tmp_path: Path,
) -> None:
    statement = "for x in range(9):\n    yield {'x': x}\n    await sleep(0.15)"
    body = {"step": a_step(statement, id="stream", checkpoint_column="x")}
    headers = {"Idempotency-Key": "k", "Accept": "application/x-ndjson", "Prefer": "stream"}
    with served(tmp_path) as service, service.stream("POST", "/v1/runs", body, headers) as cut:
        early = [json.loads(cut.readline()) for _ in range(2)]
        service.kill()
    with served(tmp_path) as service, service.stream("POST", "/v1/runs", body, headers) as whole:
        *rows, last = map(json.loads, whole)

    assert early == rows[:2]
    assert rows == [{"row": {"x": x}} for x in range(9)]
    assert (last["run"]["state"], last["run"]["attempts"]) == ("succeeded", 2)
    assert last["run"]["checkpoint"]["after"] == 8
