"""The runner as an environment: what it is made of, and what is told while there is none."""

import fcntl
from pathlib import Path

import pytest

from processor.environment import InstalledEnvironments
from processor.errors import EnvironmentNotReady
from processor.runtime.wasm import RunnerEnvironments, with_runner
from processor.runtime.wasm.runner import PACKAGE, sources

from .host import ROOT


def environments(folder: Path) -> RunnerEnvironments:
    installed = InstalledEnvironments(
        environments_dir=folder,
        locks_dir=ROOT / "locks",
        allowed_imports={"wasm": ("json",)},
        warms=lambda _module: False,
    )
    return with_runner(installed)


def test_a_runner_that_is_not_built_says_what_builds_it(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentNotReady, match="`processor env build wasm` builds it"):
        environments(tmp_path).get("wasm")


def test_a_runner_that_is_being_built_is_worth_another_try(tmp_path: Path) -> None:
    found = environments(tmp_path)
    with found.runner.held.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(EnvironmentNotReady, match="is being built") as raised:
            found.get("wasm")

    assert raised.value.retry_after == 30


def test_a_build_that_failed_is_told_in_its_own_words(tmp_path: Path) -> None:
    found = environments(tmp_path)
    found.runner.failure.write_text("no such wheel")

    with pytest.raises(EnvironmentNotReady, match="its build failed: no such wheel"):
        found.get("wasm")


def test_other_environments_are_as_they_were(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentNotReady, match="environment current is not ready"):
        environments(tmp_path).get("current")


def test_a_runner_is_another_where_what_runs_inside_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = environments(tmp_path).runner.digest

    monkeypatch.setattr("processor.runtime.wasm.runner.RECIPE", 0)

    assert environments(tmp_path).runner.digest != before


def test_only_what_runs_inside_is_baked_in() -> None:
    names = {str(source.relative_to(PACKAGE)) for source in sources()}

    assert {"runtime/guest/main.py", "statement/module.py", "runtime/wasm/guest/entry.py"} < names
    assert not {name for name in names if name.startswith(("runtime/wasm/keeper", "service"))}
