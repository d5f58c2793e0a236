"""Environments from requirements in a real service; its only wheels are in a folder."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.environment.custom.wheels import a_wheel
from tests.served import Answer, Served, served

HEADER = """\
# /// script
# dependencies = ["plain==2.0"]
# ///
import plain
plain.VERSION
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offline")
    wheels = folder / "wheels"
    for version in ("1.0", "2.0"):
        a_wheel(wheels, "plain", version)
    a_wheel(wheels, "fresh")
    a_wheel(wheels, "later")
    seen = "import sys, os; sys.pth_ran_in = os.getpid()\n"
    a_wheel(wheels, "selfish", files={"selfish.py": "", "selfish.pth": seen})
    (folder / "processor.toml").write_text(
        f'[custom]\nindex = "none"\nwheels_dir = "{wheels}"\n[limits]\nzygotes = 2\n'
    )
    return folder


@pytest.fixture(scope="module")
def offline(folder: Path) -> Iterator[Served]:
    with started(folder) as running:
        yield running


def started(folder: Path) -> Any:
    return served(folder / "data", config=folder / "processor.toml")


def run(service: Served, statement: str, wait: int | None = 45, **step: Any) -> Answer:
    members = {"profile": "node", "statement": statement, **step}
    headers = {} if wait is None else {"Prefer": f"wait={wait}"}
    return service.request("POST", "/v1/runs", {"step": members}, headers)


def put(service: Served, name: str, requirements: str) -> Answer:
    body = {"requirements": requirements}
    return service.request("PUT", f"/v1/environments/{name}", body)


def settled(service: Served, name: str) -> Any:
    while True:
        body = service.request("GET", f"/v1/environments/{name}").body
        if body["state"] not in ("building", "none"):
            return body
        time.sleep(0.05)


def test_a_step_that_wants_packages_is_told_to_come_back_until_they_are_there(
    offline: Served,
) -> None:
    first = run(offline, "import fresh\nfresh.VERSION", None, requirements="fresh")

    assert (first.status, first.body["code"]) == (503, "environment_not_ready")
    assert int(first.headers["retry-after"]) > 0
    while True:
        later = run(offline, "import fresh\nfresh.VERSION", None, requirements="fresh")
        if later.status != 503:
            break
        time.sleep(0.05)
    assert later.body["result"] == "1.0"


def test_a_step_may_wait_for_its_packages(offline: Served) -> None:
    answer = run(offline, "import plain\nplain.VERSION", requirements="plain>=2")

    assert answer.body["result"] == "2.0"


def test_a_statement_s_own_header_is_read_as_requirements(offline: Served) -> None:
    assert run(offline, HEADER).body["result"] == "2.0"


def test_what_a_step_wants_and_cannot_have_is_told_in_the_resolver_s_words(
    offline: Served,
) -> None:
    answer = run(offline, "1", requirements="plain==99")

    assert (answer.status, answer.body["code"]) == (503, "environment_not_ready")
    assert "plain==99" in answer.body["detail"]


def test_a_named_environment_is_chosen_by_its_name(offline: Served) -> None:
    put(offline, "wf-1", "plain==1.0")
    settled(offline, "wf-1")

    answer = run(offline, "import plain\nplain.VERSION", environment="wf-1")

    assert answer.body["result"] == "1.0"
    assert answer.body["environment"]["name"] == "wf-1"


def test_a_new_text_comes_into_service_at_once_and_a_broken_one_does_not(offline: Served) -> None:
    def version() -> Any:
        return run(offline, "import plain\nplain.VERSION", environment="wf-2").body["result"]

    put(offline, "wf-2", "plain==1.0")
    assert settled(offline, "wf-2")["state"] == "ready"
    assert version() == "1.0"
    put(offline, "wf-2", "plain==99")
    assert settled(offline, "wf-2")["broken"] == ["plain==99"]
    assert version() == "1.0"
    put(offline, "wf-2", "plain==2.0")
    assert settled(offline, "wf-2")["state"] == "ready"
    assert version() == "2.0"


def test_the_body_of_a_function_may_import_its_environment_s_packages_and_no_more(
    offline: Served,
) -> None:
    schema = {"columns": [{"name": "v", "type": "Text", "nullable": False}]}
    step: dict[str, Any] = {"requirements": "plain==1.0", "output_schema": schema}

    good = run(offline, "import plain\nreturn [{'v': plain.VERSION}]", profile="processor", **step)
    bad = run(offline, "import os\nreturn []", profile="processor", **step)

    assert good.body["rows"] == [{"v": "1.0"}]
    assert bad.body["error"]["code"] == "import_not_allowed"


def test_what_a_package_runs_by_itself_runs_in_the_run_s_own_process(offline: Served) -> None:
    statement = "import os, sys\nsys.pth_ran_in == os.getpid()"

    assert run(offline, statement, requirements="selfish").body["result"] is True


def test_requirements_and_the_name_of_an_environment_exclude_each_other(offline: Served) -> None:
    answer = run(offline, "1", requirements="plain", environment="wf-1")

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, "/step/environment")


@pytest.mark.parametrize("name", ["absent", "../../etc", "x" * 300])
def test_an_environment_that_nobody_put_is_refused(offline: Served, name: str) -> None:
    assert run(offline, "1", environment=name).body["code"] == "environment_not_ready"


def test_a_module_that_is_not_there_names_the_package_that_has_it(offline: Served) -> None:
    error = run(offline, "import yaml", requirements="plain").body["error"]

    assert "PyYAML" in error["hint"]


def test_many_environments_keep_few_processes(offline: Served) -> None:
    for name in ("many-1", "many-2", "many-3", "many-4"):
        put(offline, name, f"plain==1.0\nselfish  # {name}" if name[-1] in "12" else "plain==2.0")
        settled(offline, name)
        assert run(offline, "1", environment=name).body["result"] == 1

    assert len(offline.zygotes()) <= 2


def test_a_build_that_a_power_cut_ended_is_made_again(folder: Path) -> None:
    with started(folder) as service:
        put(service, "cut", "plain==1.0\nselfish")
        service.kill()
    with started(folder) as service:
        assert settled(service, "cut")["state"] == "ready"
        assert run(service, "import selfish\n1", environment="cut").body["result"] == 1
    assert [*(folder / "data" / "environments" / "work").iterdir()] == []


def test_a_stored_step_that_is_deferred_has_built_what_it_requires_by_whoever_performs_it(
    offline: Served,
) -> None:
    members = {"profile": "node", "statement": "import later\nlater.VERSION"}
    step = {"step": {**members, "requirements": "later"}}
    assert offline.request("PUT", "/v1/steps/later", step).status == 200

    accepted = offline.request("POST", "/v1/steps/later/runs", {}, {"Prefer": "respond-async"})
    ended = the_end(offline, accepted.headers["location"])

    assert (accepted.status, accepted.body["state"]) == (202, "queued")
    assert (ended["state"], ended["result"], ended["attempts"]) == ("succeeded", "1.0", 1)


def test_a_deferred_run_whose_requirements_cannot_be_built_fails_with_the_resolver_s_words(
    offline: Served,
) -> None:
    members = {"profile": "node", "statement": "1", "requirements": "is-nowhere"}
    later = {"Prefer": "respond-async"}
    accepted = offline.request("POST", "/v1/runs", {"step": members}, later)
    ended = the_end(offline, accepted.headers["location"])

    assert (ended["state"], ended["error"]["code"]) == ("failed", "environment_not_ready")
    assert "is-nowhere" in ended["error"]["message"]


def the_end(service: Served, location: str) -> Any:
    while True:
        body = service.request("GET", location).body
        if body["state"] not in ("queued", "running"):
            return body
        time.sleep(0.05)
