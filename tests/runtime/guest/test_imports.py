"""The import hook: whose imports it judges, and how."""

import builtins
import json
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from processor.runtime.guest.imports import ImportNotAllowed, restricted
from processor.statement import Allowlist

ALLOWLIST = Allowlist({"json", "xml", "listed_here", "math"})


@pytest.fixture
def listed_here() -> Iterator[types.ModuleType]:
    """A listed module that holds strangers."""
    module = types.ModuleType("listed_here")
    vars(module).update(math=sys.modules["math"], stranger=builtins, value=1)
    sys.modules["listed_here"] = module
    yield module
    del sys.modules["listed_here"]


def run(source: str) -> dict[str, Any]:
    scope: dict[str, Any] = {"__builtins__": restricted(ALLOWLIST), "__name__": "__main__"}
    exec(source, scope)
    return scope


def refused(source: str) -> ImportNotAllowed:
    with pytest.raises(ImportNotAllowed) as caught:
        run(source)
    return caught.value


def test_a_listed_module_is_imported() -> None:
    assert run("import json")["json"] is json


def test_an_unlisted_module_is_not() -> None:
    assert str(refused("import os")) == "import of `os` is not allowed"


def test_a_direct_call_is_judged_too() -> None:
    assert str(refused("__import__('os')")) == "import of `os` is not allowed"


def test_an_import_inside_exec_is_judged_too() -> None:
    assert str(refused("exec('import os')")) == "import of `os` is not allowed"


def test_an_import_inside_exec_with_globals_of_its_own_is_judged_too() -> None:
    assert str(refused("exec('import os', {})")) == "import of `os` is not allowed"


def test_a_submodule_is_not_listed_by_its_package() -> None:
    hint, _, listed = refused("import xml.etree").hint.partition("; ")

    assert (hint, listed[:12]) == ("write `from xml import etree`", "allowed are:")


def test_a_submodule_may_be_imported_from_its_package() -> None:
    assert run("from xml import etree")["etree"].__name__ == "xml.etree"


def test_a_listed_module_that_another_holds_may_be_imported_from_it(
    listed_here: types.ModuleType,
) -> None:
    assert run("from listed_here import math")["math"] is listed_here.math


def test_a_value_may_be_imported(listed_here: types.ModuleType) -> None:
    assert run("from listed_here import value")["value"] == listed_here.value


def test_a_stranger_that_a_listed_module_holds_may_not_be_imported(
    listed_here: types.ModuleType,
) -> None:
    assert listed_here.stranger is builtins
    assert str(refused("from listed_here import stranger")) == (
        "import of `builtins` is not allowed"
    )


def test_every_imported_name_is_judged(listed_here: types.ModuleType) -> None:
    assert listed_here.value == 1
    assert "builtins" in str(refused("from listed_here import value, stranger"))


def test_a_relative_import_is_told_as_it_was_written() -> None:
    assert str(refused("from ..json import x")) == "import of `..json` is not allowed"


def test_a_missing_name_is_pythons_own_error() -> None:
    with pytest.raises(ImportError, match="cannot import name 'nothing' from 'json'"):
        run("from json import nothing")


def test_what_a_listed_module_imports_for_itself_passes(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "listed_here.py").write_text("import shlex\nfound = shlex.__name__\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "listed_here", raising=False)

    scope = run("import listed_here")
    monkeypatch.delitem(sys.modules, "listed_here")

    assert scope["listed_here"].found == "shlex"


def test_what_compiled_code_imports_for_itself_passes() -> None:
    """It runs in the statement's own frame: `time.strptime` imports `_strptime` there."""
    strptime = sys.modules["time"].strptime
    scope: dict[str, Any] = {"__builtins__": restricted(ALLOWLIST), "strptime": strptime}

    exec("year = strptime('2024', '%Y').tm_year", scope)

    assert scope["year"] == 2024


@pytest.mark.parametrize(
    "call",
    [
        "__import__('os', globals())",
        "__import__('os', globals(), locals(), ('path',))",
        "__import__('os', globals(), locals(), ['path'])",
        "__import__('os', fromlist=[])",
        "__import__('os', None, None, ())",
    ],
)
def test_a_direct_call_is_judged_whatever_is_handed_in(call: str) -> None:
    assert str(refused(call)) == "import of `os` is not allowed"


def test_an_author_may_catch_it_as_an_import_error() -> None:
    assert run("try:\n    import os\nexcept ImportError as e:\n    got = str(e)")["got"]


def test_its_name_shows_no_module_of_ours() -> None:
    assert ImportNotAllowed.__module__ == "builtins"


def test_the_interpreters_own_import_is_left_as_it_was() -> None:
    before = builtins.__import__

    restricted(ALLOWLIST)

    assert builtins.__import__ is before


def test_two_statements_do_not_share_their_builtins() -> None:
    run("__builtins__['len'] = None")

    assert run("n = len([])")["n"] == 0
