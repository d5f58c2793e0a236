from typing import Any

import pytest

from processor.runtime.guest.hints import hint_of


def hint_for(source: str, **names: Any) -> str | None:
    with pytest.raises((ImportError, NameError, AttributeError, ZeroDivisionError)) as raised:
        exec(source, names)
    return hint_of(raised.value)


@pytest.mark.parametrize("name", ["queries", "components", "actions", "tj_globals"])
def test_a_name_of_app_level_python_is_told_apart(name: str) -> None:
    assert f"`{name}` exists in app-level Python only" in (hint_for(f"{name}.x") or "")


def test_micropip_leads_to_the_requirements() -> None:
    assert "requirements" in (hint_for("import micropip") or "")


def test_a_module_that_another_package_provides_names_that_package() -> None:
    hint = hint_for("import sklearn.metrics") or ""

    assert "`sklearn`" in hint
    assert "scikit-learn" in hint


def test_a_module_of_no_known_package_suggests_its_own_name() -> None:
    assert "often one called nowhere_to_be_found" in (hint_for("import nowhere_to_be_found") or "")


def test_an_envelope_is_read_by_key() -> None:
    assert hint_for("orders.data", orders={"data": []}) == (
        'an earlier node\'s result is a dict: write `["data"]`'
    )


@pytest.mark.parametrize("source", ["missing", "1 / 0", "[].data", "{}.pop2", "import os.nothing"])
def test_another_mistake_has_no_hint_of_ours_or_one_about_packages(source: str) -> None:
    hint = hint_for(source)

    assert hint is None or "requirements" in hint
