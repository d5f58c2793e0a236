"""Layouts: what a root shows, and that nothing in it leads out of it."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.runtime.jail.layout import (
    FACTS,
    LIBRARIES,
    Bind,
    Link,
    below,
    followed,
    shown,
)
from processor.runtime.jail.root import readlink

LINKS = {
    "/lib": "usr/lib",
    "/opt/python": "/opt/python-3.11",
    "/data": "/srv/data",
    "/srv/data/now": "../data/then/.",
    "/loop": "/loop",
}


def paths(*binds: Bind) -> list[str]:
    return [each.path for each in followed(binds, LINKS.get)]


def test_an_interpreter_an_environment_and_our_own_code_are_shown_and_nothing_else_of_ours() -> (
    None
):
    found = shown(
        interpreter="/py/bin/python3.11", environment="/data/env", package="/app/processor"
    )

    required = [bind.path for bind in found if not bind.optional and bind not in LIBRARIES]
    assert required == [
        "/py/bin/python3.11",
        "/py/lib",
        "/data/env",
        "/app/processor/__init__.py",
        "/app/processor/runtime",
        "/app/processor/statement",
    ]
    assert set(found) - {Bind(path) for path in required} == {*LIBRARIES, *FACTS}


def test_neither_home_nor_etc_nor_proc_is_shown_by_itself() -> None:
    found = {bind.path for bind in (*LIBRARIES, *FACTS)}

    assert found.isdisjoint(
        {"/", "/etc", "/etc/passwd", "/home", "/proc", "/root", "/sys", "/usr", "/var"}
    )


def test_parents_come_first() -> None:
    assert paths(Bind("/b/c/d"), Bind("/b-c"), Bind("/a/z"), Bind("/b/a")) == [
        "/a/z",
        "/b/a",
        "/b/c/d",
        "/b-c",
    ]


def test_what_is_below_another_comes_with_it() -> None:
    assert paths(Bind("/usr/lib/python3"), Bind("/usr/lib"), Bind("/usr/lib64")) == [
        "/usr/lib",
        "/usr/lib64",
    ]


def test_a_link_stays_a_link_and_what_it_leads_to_is_shown() -> None:
    assert followed([Bind("/lib")], LINKS.get) == (
        Link("/lib", "usr/lib"),
        Bind("/usr/lib"),
    )


def test_a_link_in_the_middle_of_a_path_is_followed_too() -> None:
    assert followed([Bind("/opt/python/lib")], LINKS.get) == (
        Link("/opt/python", "/opt/python-3.11"),
        Bind("/opt/python-3.11/lib"),
    )


def test_a_link_that_leads_to_a_link_is_followed_to_the_end() -> None:
    assert followed([Bind("/data/now/x")], LINKS.get) == (
        Link("/data", "/srv/data"),
        Link("/srv/data/now", "../data/then/."),
        Bind("/srv/data/then/x"),
    )


def test_links_that_lead_nowhere_are_an_error() -> None:
    with pytest.raises(RecursionError, match="more than 40 links on the way to /loop"):
        paths(Bind("/loop"))


@pytest.mark.parametrize("binds", [(True, False), (False, True)])
def test_what_is_needed_once_is_needed(binds: tuple[bool, bool]) -> None:
    twice = [Bind("/usr/lib", optional=optional) for optional in binds]

    assert followed(twice, LINKS.get) == (Bind("/usr/lib"),)


def test_what_is_optional_stays_so_through_a_link() -> None:
    assert followed([Bind("/lib", optional=True)], LINKS.get)[1] == Bind("/usr/lib", optional=True)


def test_binds_below_a_folder_are_listed_and_links_are_not() -> None:
    layout = (Bind("/tmp"), Bind("/tmp/a"), Link("/tmp/b", "a"), Bind("/tmpfile"))

    assert below("/tmp", layout) == ("/tmp/a",)


names = st.sampled_from(["a", "b", "c"])
relative = st.lists(names, min_size=1, max_size=3).map("/".join)


@given(links=st.dictionaries(relative, relative, max_size=3), wanted=relative)
def test_a_path_leads_inside_to_where_it_led_outside(links: dict[str, str], wanted: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        outside = Path(folder).resolve()
        for link, to in links.items():
            place = outside / link
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.symlink_to(outside / to)
            except OSError:  # a link or a loop is in the way
                continue
        path = f"{outside}/{wanted}"
        try:
            real = os.path.realpath(path, strict=True)
        except OSError:  # it leads nowhere
            return

        found = followed([Bind(path)], readlink)

        assert [each for each in found if isinstance(each, Bind)] == [Bind(real)]
        for each in found:  # no link is reached through another
            parent = str(Path(each.path).parent)
            assert os.path.realpath(parent) == parent
