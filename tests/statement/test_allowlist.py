"""What is listed, and what that lists beside itself: nothing."""

from hypothesis import given
from hypothesis import strategies as st

from processor.statement import Allowlist
from tests.strategies import module_names


@given(st.sets(module_names), module_names)
def test_only_a_whole_name_is_listed(names: set[str], name: str) -> None:
    assert (name in Allowlist(names)) == (name in names)


@given(module_names, module_names)
def test_no_name_lists_another(listed: str, other: str) -> None:
    assert (other in Allowlist({listed})) == (other == listed)


def test_a_name_is_listed_as_it_is_written() -> None:
    assert "JSON" not in Allowlist({"json"})


@given(module_names, module_names)
def test_a_submodule_of_the_module_may_be_imported_from_it(module: str, name: str) -> None:
    assert Allowlist({module}).admits(module, name, f"{module}.{name}")


def test_a_module_under_another_name_of_its_own_package_may_be_imported() -> None:
    assert Allowlist({"jose"}).admits("jose", "keys", "jose.backends.keys")


def test_a_stranger_inside_a_listed_module_may_not_be_imported() -> None:
    assert not Allowlist({"openai"}).admits("openai", "os", "os")


def test_a_stranger_with_the_same_beginning_may_not_be_imported() -> None:
    assert not Allowlist({"json"}).admits("json", "x", "jsonpickle.x")


def test_a_listed_module_may_be_imported_from_another() -> None:
    assert Allowlist({"openai", "json"}).admits("openai", "json", "json")


def test_the_hint_for_a_submodule_is_to_import_it_from_its_package() -> None:
    hint = Allowlist({"xml"}).hint("xml.etree")

    assert hint == "write `from xml import etree`; allowed are: xml"


def test_the_hint_for_a_module_far_below_starts_at_the_listed_one() -> None:
    hint = Allowlist({"xml"}).hint("xml.etree.ElementTree")

    assert hint == "write `from xml import etree`; allowed are: xml"


def test_the_hint_starts_at_the_nearest_listed_package() -> None:
    hint = Allowlist({"a", "a.b"}).hint("a.b.c.d")

    assert hint == "write `from a.b import c`; allowed are: a, a.b"


def test_the_hint_for_a_slip_is_the_nearest_spelling() -> None:
    hint = Allowlist({"matplotlib", "json"}).hint("matplotlb")

    assert hint == "did you mean `import matplotlib`?; allowed are: json, matplotlib"


def test_the_hint_for_anything_else_is_all_that_is_listed() -> None:
    assert Allowlist({"math", "json"}).hint("os") == "allowed are: json, math"


def test_the_hint_for_a_relative_import_is_all_that_is_listed() -> None:
    assert Allowlist({"math", "json"}).hint("..x.y") == "allowed are: json, math"
