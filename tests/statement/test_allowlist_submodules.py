"""An entry `a.*`: it lists `a` and every module below it, and nothing beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.statement import Allowlist
from tests.strategies import module_names


@given(module_names, module_names)
def test_every_module_below_is_listed(listed: str, below: str) -> None:
    assert f"{listed}.{below}" in Allowlist({f"{listed}.*"})


@given(module_names)
def test_the_module_itself_is_listed(listed: str) -> None:
    assert listed in Allowlist({f"{listed}.*"})


@given(module_names, module_names)
def test_nothing_else_is_listed(listed: str, name: str) -> None:
    parts = name.split(".")

    at_or_below = parts[: len(listed.split("."))] == listed.split(".")

    assert (name in Allowlist({f"{listed}.*"})) == at_or_below


@given(st.sets(module_names), module_names, module_names)
def test_an_entry_takes_nothing_from_the_others(names: set[str], listed: str, name: str) -> None:
    assert (name in Allowlist({*names, f"{listed}.*"})) == (
        name in Allowlist(names) or name in Allowlist({f"{listed}.*"})
    )


@pytest.mark.parametrize("name", ["xmlrpc", "xml_", "Xml", "", ".", ".xml", "..x"])
def test_a_name_that_only_looks_alike_is_not_listed(name: str) -> None:
    assert name not in Allowlist({"xml.*"})


def test_a_stranger_inside_a_listed_package_may_not_be_imported() -> None:
    assert not Allowlist({"openai.*"}).admits("openai", "os", "os")


def test_a_module_of_a_listed_package_may_be_imported_from_another() -> None:
    assert Allowlist({"pandas", "numpy.*"}).admits("pandas", "linalg", "numpy.linalg")


def test_the_hint_for_a_slip_names_the_package_without_its_star() -> None:
    hint = Allowlist({"matplotlib.*"}).hint("matplotlb")

    assert hint == "did you mean `import matplotlib`?; allowed are: matplotlib.*"


def test_the_hint_for_anything_else_has_the_entries_as_they_are_written() -> None:
    assert Allowlist({"math", "json.*"}).hint("os") == "allowed are: json.*, math"
