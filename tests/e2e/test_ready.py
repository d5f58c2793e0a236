"""A service with children that wait: what callers get, and what is left of them."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import zygote_of
from tests.served import Served, a_step, served

READY = 8


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Served]:
    """Give a service whose children wait."""
    with served(tmp_path, ready=READY) as service:
        _until(lambda: len(_told(service)) == 2)
        _until(lambda: all(each["waiting"] == each["wanted"] > 0 for each in _told(service)))
        yield service


def _told(service: Served) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = service.request("GET", "/readyz").body["ready"]
    return told


def _until(condition: Any) -> None:
    deadline = time.monotonic() + 50
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_statements_with_and_without_packages_give_their_rows(service: Served) -> None:
    pandas = "import pandas as pd\nreturn [{'x': int(pd.Series([1, 2]).sum())}]"
    for number in range(READY):
        assert service.run(a_step(f"return [{{'x': {number}}}]"))["rows"] == [{"x": number}]
        assert service.run(a_step(pandas))["rows"] == [{"x": 3}]


def test_a_child_that_waited_is_as_isolated_as_one_that_did_not(service: Served) -> None:
    waited = service.run(a_step("return []"))["isolation"]
    made = service.run(a_step("return []", limits={"open_files": 63}))["isolation"]

    facts = [{k: v for k, v in each.items() if k != "restrictions"} for each in (waited, made)]
    assert facts[0] == facts[1]
    assert len(waited["restrictions"]) == len(made["restrictions"])


def test_a_limit_of_a_step_holds_also_where_its_child_waited(service: Served) -> None:
    large = a_step("x = len(bytes(200 << 20))\nreturn [{'x': x}]")

    refused = service.run({**large, "limits": {"memory_bytes": 64 << 20}})

    assert refused["error"]["code"] == "memory_limit"
    assert service.run(large)["rows"] == [{"x": 200 << 20}]


def test_after_its_zygotes_were_killed_a_run_succeeds(service: Served) -> None:
    for zygote in service.zygotes():
        os.kill(zygote, signal.SIGKILL)
    _until(
        lambda: (
            not any(each["warm"] for each in service.request("GET", "/readyz").body["zygotes"][:1])
        )
    )

    assert service.run(a_step("return [{'x': 2}]"))["rows"] == [{"x": 2}]


def test_a_service_that_is_killed_leaves_none_waiting(service: Served) -> None:
    children = service.children()
    processes = [*service.zygotes(), *map(zygote_of, service.zygotes()), *children]
    assert len(children) >= 2

    service.kill()

    _until(lambda: not any(Path(f"/proc/{process}").exists() for process in processes))
