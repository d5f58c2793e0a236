"""An exception, told in the author's own lines."""

import json
import linecache
from collections.abc import Iterator
from typing import Any

import pytest

from processor.runtime.guest.raised import (
    LONGEST_MESSAGE,
    LONGEST_TRACEBACK,
    describe,
    remember_lines,
)
from processor.statement import FILENAME


@pytest.fixture(autouse=True)
def no_lines_left_behind() -> Iterator[None]:
    yield
    linecache.cache.pop(FILENAME, None)


def described(source: str, **names: object) -> dict[str, Any]:
    remember_lines(source, FILENAME)
    text = source.removeprefix("\ufeff")
    try:
        exec(compile(text, FILENAME, "exec"), {"__name__": "__main__", **names})
    except BaseException as error:  # noqa: BLE001 (whatever a statement raises is told)
        return describe(error)
    raise AssertionError("it did not raise")


def trace(source: str, **names: object) -> str:
    told: str = described(source, **names)["traceback"]
    return told


def place(source: str) -> tuple[int, int, int, int]:
    told = described(source)
    return told["line"], told["column"], told["end_line"], told["end_column"]


def test_an_exception_is_told_by_its_type_and_message() -> None:
    told = described("raise ValueError('é')")

    assert (told["type"], told["message"]) == ("ValueError", "é")


def test_its_place_is_the_authors() -> None:
    assert place("x = 1\ny = (x / 0)") == (2, 5, 2, 10)


def test_columns_count_code_points() -> None:
    assert place("é = '😀'; 1 / 0") == (1, 9, 1, 14)


def test_a_place_of_several_lines_ends_on_its_last() -> None:
    assert place("int(\n  'é', base='é'\n)") == (1, 0, 3, 1)


def test_the_place_is_the_innermost_of_the_author() -> None:
    assert described("def f():\n    json.loads('{')\nf()", json=json)["line"] == 2


def test_only_the_authors_frames_are_told() -> None:
    told = trace("def f():\n    json.loads('{')\nf()", json=json)

    assert told.count("File ") == 2
    assert "json/decoder" not in told
    assert __file__ not in told


def test_a_traceback_is_pythons_own_with_carets() -> None:
    assert trace("x = 0\ny = 1 / x + 2") == (
        "Traceback (most recent call last):\n"
        '  File "<statement>", line 2, in <module>\n'
        "    y = 1 / x + 2\n"
        "        ~~^~~\n"
        "ZeroDivisionError: division by zero\n"
    )


def test_carets_stand_below_their_text_after_other_scripts() -> None:
    *_, line, carets, _ = trace("é = 'é'; 1 / 0; 2").splitlines()

    assert line[carets.index("~") : carets.rindex("~") + 1] == "1 / 0"


@pytest.mark.parametrize("separator", ["\x0c", "\u2028", "\x85", "\x1c", "\x0b"])
def test_the_shown_line_is_the_right_one_after_a_separator_that_ends_no_line(
    separator: str,
) -> None:
    assert "    1 / 0  # here\n" in trace(f"x = '{separator}'\n1 / 0  # here\n# not here")


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_the_shown_line_is_the_right_one_with_every_line_end(end: str) -> None:
    assert "    1 / 0  # here\n" in trace(end.join(["x = 1", "", "1 / 0  # here", "# not here"]))


def test_the_shown_line_is_the_right_one_below_a_byte_order_mark() -> None:
    assert "    1 / 0\n    ~~^~~\n" in trace("\ufeff1 / 0")


def test_a_cause_is_told_with_the_authors_frames_only() -> None:
    source = "try:\n    json.loads('{')\nexcept ValueError as e:\n    raise KeyError('k') from e"
    told = trace(source, json=json)

    assert "The above exception was the direct cause" in told
    assert "json/decoder" not in told
    assert [line for line in told.splitlines() if "File" in line] == [
        '  File "<statement>", line 2, in <module>',
        '  File "<statement>", line 4, in <module>',
    ]


def test_a_context_is_told_with_the_authors_frames_only() -> None:
    told = trace("try:\n    json.loads('{')\nexcept ValueError:\n    1 / 0", json=json)

    assert "During handling of the above exception" in told
    assert "json/decoder" not in told


def test_exceptions_that_cause_each_other_are_told_once() -> None:
    source = "a = ValueError('a'); b = ValueError('b')\na.__cause__ = b; b.__cause__ = a\nraise a"

    assert trace(source).count("ValueError: a") == 1


def test_the_exceptions_of_a_group_are_told_with_the_authors_frames_only() -> None:
    source = (
        "found = []\n"
        "for text in '{', '[':\n"
        "    try:\n        json.loads(text)\n"
        "    except ValueError as e:\n        found.append(e)\n"
        "raise ExceptionGroup('two', [found[0], ExceptionGroup('one', [found[1]])])"
    )
    told = trace(source, json=json)

    assert described(source, json=json)["type"] == "ExceptionGroup"
    assert told.count("JSONDecodeError") == 2
    assert told.count("File ") == told.count('File "<statement>"') == 3


def test_an_exception_without_a_frame_of_the_author_has_no_place() -> None:
    told = describe(ValueError("x"))

    assert "line" not in told
    assert told["traceback"] == "ValueError: x\n"


@pytest.mark.parametrize("raised", ["RuntimeError('x')", "KeyboardInterrupt()", "SystemExit(1)"])
def test_a_message_that_cannot_be_made_is_told_as_such(raised: str) -> None:
    source = f"class Broken(Exception):\n    def __str__(self): raise {raised}\nraise Broken"
    told = described(source)

    name = raised.partition("(")[0]
    assert told["message"] == f"<its message could not be made: {name}>"
    assert "Broken: <exception str() failed>" in told["traceback"]


def test_a_message_that_is_no_text_is_told_as_such() -> None:
    told = described("class Broken(Exception):\n    def __str__(self): return 1\nraise Broken")

    assert told["message"] == "<its message could not be made: TypeError>"


def test_a_long_message_is_cut() -> None:
    assert len(described("raise ValueError('x' * 10**6)")["message"]) == LONGEST_MESSAGE


def test_a_long_traceback_keeps_its_end() -> None:
    told = described("raise ValueError('x' * 10**6 + 'end')")

    assert len(told["traceback"]) == LONGEST_TRACEBACK
    assert told["traceback"].endswith("end\n")


def test_an_endless_recursion_is_told_shortly() -> None:
    told = described("def f(): f()\nf()")

    assert told["type"] == "RecursionError"
    assert "[Previous line repeated " in told["traceback"]
    assert len(told["traceback"]) < 1_000


@pytest.mark.parametrize("raised", ["SystemExit(3)", "KeyboardInterrupt()", "GeneratorExit()"])
def test_what_is_no_exception_is_told_too(raised: str) -> None:
    assert described(f"raise {raised}")["type"] == raised.partition("(")[0]
