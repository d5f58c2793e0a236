"""From a name to an environment, or why there is none."""

from pathlib import Path

import pytest

from processor.environment import Environment
from processor.environment.resolve import preload, resolve
from processor.errors import EnvironmentNotReady


def resolve_in(folder: Path) -> Environment:
    return resolve(
        "small", environments_dir=folder, locks_dir=folder, allowed_imports=frozenset({"math"})
    )


def test_an_environment_that_is_not_built_is_not_ready_and_says_what_builds_it(
    tmp_path: Path,
) -> None:
    tmp_path.joinpath("small.txt").touch()

    with pytest.raises(EnvironmentNotReady, match="`processor env build small`"):
        resolve_in(tmp_path)


def test_a_warm_process_imports_what_the_allowlist_names() -> None:
    allowed = frozenset({"json", "math", "passlib.hash"})

    assert allowed <= set(preload(allowed))


def test_a_warm_process_imports_the_submodule_that_the_page_shows() -> None:
    assert "xml.etree.ElementTree" in preload(frozenset({"xml"}))


def test_a_warm_process_imports_no_companion_of_a_module_that_is_not_allowed() -> None:
    assert preload(frozenset({"math"})) == ("math",)


def test_the_order_of_imports_is_the_same_each_time() -> None:
    assert preload(frozenset({"b", "a", "c"})) == ("a", "b", "c")
