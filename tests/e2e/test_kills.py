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

import pytest

from tests.processes import children_of, zygote_of
from tests.served import Served, a_step, served, working

COUNT = a_step(
    "await sleep(0.02)\nreturn [{'x': (DATA_CHECKPOINT or 0) + 1}]",
    id="count",
    checkpoint_column="x",
)


def _until(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
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
        _until(lambda: len(service.keepers()) == 1)  # the walls were tried long before
        _until(lambda: bool(service.children()))
        zygotes = service.zygotes()
        forking = list(map(zygote_of, zygotes))
        forked = [child for zygote in forking for child in children_of(zygote)]
        assert forked
        started = (*zygotes, *forking, *forked, *service.keepers())

        service.kill()
        thread.join(20)

        gone = [Path(f"/proc/{process}") for process in started]
        _until(lambda: not any(process.exists() for process in gone))


def test_a_deferred_run_that_its_service_took_down_is_run_again_by_the_next_one(
    tmp_path: Path,
) -> None:
    body = {"step": {**COUNT, "statement": "await sleep(0.5)\nreturn [{'x': 7}]"}}
    with served(tmp_path) as service:
        accepted = service.request("POST", "/v1/runs", body, {"Prefer": "respond-async"})
        assert accepted.status == 202
        _until(lambda: bool(service.children()))
        service.kill()
    with served(tmp_path) as service:
        location = accepted.headers["location"]
        _until(lambda: service.request("GET", location).body["state"] == "succeeded")

        assert service.request("GET", location).body["attempts"] == 2
        assert [move["value"] for move in _history(service, "count")] == [7]


def test_of_many_deferred_runs_none_is_lost_and_none_counts_twice(tmp_path: Path) -> None:
    accepted: list[str] = []
    for _ in range(3):
        with served(tmp_path) as service:
            accepted += [
                service.request(
                    "POST", "/v1/runs", {"step": COUNT}, {"Prefer": "respond-async"}
                ).body["id"]
                for _ in range(10)
            ]
            _until(lambda: len(_history_or_none(service)) > len(accepted) // 2)  # noqa: B023
            service.kill()
    with served(tmp_path) as service:
        _until(lambda: len(_history_or_none(service)) == 30)
        values = [move["value"] for move in _history(service, "count")]
        owners = [move["run_id"] for move in _history(service, "count")]

    assert values == list(range(30, 0, -1))
    assert sorted(owners) == sorted(accepted)


@pytest.mark.timeout(180)
def test_a_worker_that_stands_still_loses_its_run_and_what_it_brings_later_does_not_count(
    tmp_path: Path,
) -> None:
    step = {**COUNT, "statement": "await sleep(1)\nreturn [{'x': (DATA_CHECKPOINT or 0) + 1}]"}
    later = {"Prefer": "respond-async"}
    with served(tmp_path, "--role", "api") as service, working(tmp_path) as frozen:
        accepted = [
            service.request("POST", "/v1/runs", {"step": step}, later).body["id"] for _ in range(4)
        ]
        _until(lambda: service.request("GET", f"/v1/runs/{accepted[0]}").body["attempts"] == 1)
        frozen.send_signal(signal.SIGSTOP)
        with working(tmp_path):
            _until(lambda: len(_history_or_none(service)) == 3, seconds=60)
            frozen.send_signal(signal.SIGCONT)
            _until(lambda: len(_history_or_none(service)) == 4, seconds=60)

        moves = _history(service, "count")
        runs = [service.request("GET", f"/v1/runs/{run_id}").body for run_id in accepted]

    assert [move["value"] for move in moves] == [4, 3, 2, 1]
    assert sorted(move["run_id"] for move in moves) == sorted(accepted)
    assert [run["state"] for run in runs] == ["succeeded"] * 4
    assert runs[0]["attempts"] == 2


def _history_or_none(service: Served) -> list[Any]:
    answer = service.request("GET", "/v1/checkpoints/count/history?limit=1000")
    items: list[Any] = answer.body.get("items", [])
    return items


def test_cancelling_a_run_ends_its_process(tmp_path: Path) -> None:
    with served(tmp_path) as service:
        body = {"step": a_step("while True: pass", id="long")}
        accepted = service.request("POST", "/v1/runs", body, {"Prefer": "respond-async"}).body
        _until(lambda: _is_busy(service))

        service.request("POST", f"/v1/runs/{accepted['id']}/cancel")
        _until(lambda: not service.children())

        # Its process ends before its end is written down.
        _until(lambda: service.request("GET", f"/v1/runs/{accepted['id']}").body["status"])
        run = service.request("GET", f"/v1/runs/{accepted['id']}").body
        assert (run["state"], run["status"]["code"]) == ("cancelled", 303)


def test_a_run_of_another_service_on_the_same_folder_is_cancelled(tmp_path: Path) -> None:
    with served(tmp_path) as service, served(tmp_path) as other:
        body = {"step": a_step("while True: pass", id="long")}
        accepted = service.request("POST", "/v1/runs", body, {"Prefer": "wait=0"}).body
        _until(lambda: _is_busy(service))

        other.request("POST", f"/v1/runs/{accepted['id']}/cancel")

        _until(lambda: not service.children())
        _until(lambda: other.request("GET", f"/v1/runs/{accepted['id']}").body["status"])
        assert other.request("GET", f"/v1/runs/{accepted['id']}").body["state"] == "cancelled"


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
