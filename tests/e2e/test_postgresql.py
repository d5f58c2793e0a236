"""A real service on a real database server, which goes away and comes back."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.database import Server
from tests.served import Served, a_step, served

COUNT = a_step("return [{'x': (DATA_CHECKPOINT or 0) + 1}]", id="count", checkpoint_column="x")


@pytest.fixture(scope="module")
def on_postgresql(
    database_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("service")
    with served(folder, "--store", database_server.database()) as service:
        yield service


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def test_a_deferred_run_moves_the_checkpoint_that_the_next_run_starts_from(
    on_postgresql: Served,
) -> None:
    step = {**COUNT, "id": "deferred"}
    answer = on_postgresql.request("POST", "/v1/runs", {"step": step}, {"Prefer": "respond-async"})
    assert answer.status == 202
    at = answer.headers["location"]
    until(lambda: on_postgresql.request("GET", at).body["state"] == "succeeded")

    run = on_postgresql.run(step)

    assert run["checkpoint"] == {"before": 1, "after": 2, "committed": True, "version": 2}


def test_while_the_database_is_away_requests_are_answered_with_503_and_afterwards_as_before(
    on_postgresql: Served, database_server: Server
) -> None:
    on_postgresql.run(COUNT)
    database_server.stop("immediate")
    try:
        refused = on_postgresql.request("POST", "/v1/runs", {"step": COUNT})
        until(lambda: on_postgresql.request("GET", "/readyz").status == 503)
        ready = on_postgresql.request("GET", "/readyz").body
    finally:
        database_server.start()
    until(lambda: on_postgresql.request("GET", "/readyz").status == 200)
    run = on_postgresql.run(COUNT)

    assert (refused.status, refused.body["code"]) == (503, "store_unavailable")
    assert (refused.headers["retry-after"], refused.body["retryable"]) == ("5", True)
    assert ready["store"] == "cannot be reached"
    assert run["checkpoint"]["version"] == 2
