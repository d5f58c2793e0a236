"""What an author sees in the log."""

import io
import json
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.runtime.guest.journal import (
    LONGEST_BYTES,
    LONGEST_ENTRIES,
    LONGEST_MESSAGE,
    Journal,
    Log,
    Stream,
    capture,
)
from processor.runtime.guest.wire import ENTRY, PREFIX_BYTES, parse_prefix
from processor.statement import FILENAME


class Kept:
    """A journal that writes to a file in memory, and what came of it."""

    def __init__(self) -> None:
        self.descriptor = os.memfd_create("journal")
        self.journal = Journal(self.descriptor)

    def entries(self) -> list[dict[str, Any]]:
        with io.FileIO(os.dup(self.descriptor), "rb") as file:
            file.seek(0)
            stream = file.read()
        found = []
        while stream:
            kind, length = parse_prefix(stream[:PREFIX_BYTES])
            assert kind == ENTRY
            found.append(json.loads(stream[PREFIX_BYTES : PREFIX_BYTES + length]))
            stream = stream[PREFIX_BYTES + length :]
        return found

    def messages(self) -> list[str]:
        return [entry["message"] for entry in self.entries()]


@pytest.fixture
def kept() -> Iterator[Kept]:
    made = Kept()
    yield made
    os.close(made.descriptor)


@contextmanager
def captured(kept: Kept) -> Iterator[None]:
    """Send standard streams and warnings to the journal; they are ours again afterwards."""
    streams = sys.stdout, sys.stderr
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        try:
            capture(kept.journal)
            yield
        finally:
            sys.stdout, sys.stderr = streams


def run(source: str, **names: Any) -> None:
    exec(compile(source, FILENAME, "exec"), {"__name__": "__main__", **names})


@pytest.mark.parametrize("level", ["trace", "debug", "info", "warn", "error"])
def test_each_level_is_an_entry(kept: Kept, level: str) -> None:
    run(f"\nlog.{level}('é')", log=Log(kept.journal))

    assert kept.entries() == [{"level": level, "message": "é", "source": "log", "line": 2}]


@pytest.mark.parametrize("message", [None, 1, [1, "a"], ValueError("x"), ""])
def test_anything_is_logged_as_its_text(kept: Kept, message: object) -> None:
    Log(kept.journal).info(message)

    assert kept.messages() == [str(message)]


def test_the_line_is_where_the_statement_stands_below_a_library(kept: Kept) -> None:
    run("\n\nlist(map(log.info, ['a']))", log=Log(kept.journal))

    assert kept.entries()[0]["line"] == 3


def test_an_entry_from_outside_the_statement_has_no_line(kept: Kept) -> None:
    Log(kept.journal).info("a")

    assert kept.entries()[0]["line"] is None


def test_an_object_whose_text_cannot_be_made_raises_in_the_statement(kept: Kept) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    with pytest.raises(RuntimeError, match="no text"):
        Log(kept.journal).info(Broken())


def test_a_lone_surrogate_is_replaced(kept: Kept) -> None:
    Log(kept.journal).info("a\ud800")

    assert kept.messages() == ["a?"]


def test_a_long_message_is_cut_and_says_how_long_it_was(kept: Kept) -> None:
    Log(kept.journal).info("x" * (LONGEST_MESSAGE + 1))

    (message,) = kept.messages()
    assert message == "x" * LONGEST_MESSAGE + "… (65537 characters)"


def test_entries_beyond_the_budget_are_one_that_says_so(kept: Kept) -> None:
    log = Log(kept.journal)

    for number in range(LONGEST_ENTRIES + 5):
        log.info(number)

    entries = kept.entries()
    assert len(entries) == LONGEST_ENTRIES + 1
    assert entries[-2]["message"] == str(LONGEST_ENTRIES - 1)
    assert entries[-1] == {
        "level": "warn",
        "message": "the log is full (10000 entries, 1048576 bytes a run)",
        "source": "service",
        "line": None,
    }


@pytest.mark.parametrize("character", ["x", "é", "日", "😀"])
def test_bytes_beyond_the_budget_are_one_entry_that_says_so(kept: Kept, character: str) -> None:
    log = Log(kept.journal)
    size = len(character.encode())

    for _ in range(40):
        log.info(character * (LONGEST_MESSAGE // 2))

    *before, last = kept.messages()
    assert len(before) == LONGEST_BYTES // (LONGEST_MESSAGE // 2 * size)
    assert last.startswith("the log is full")


def test_print_is_an_entry_a_line(kept: Kept) -> None:
    with captured(kept):
        run("\nprint('a', 1)\nprint('b\\nc', end='')\nprint('d')")

    found = [(entry["message"], entry["line"]) for entry in kept.entries()]
    assert found == [("a 1", 2), ("b", 3), ("cd", 4)]
    assert {entry["source"] for entry in kept.entries()} == {"print"}
    assert {entry["level"] for entry in kept.entries()} == {"info"}


def test_standard_error_is_told_apart_from_print(kept: Kept) -> None:
    with captured(kept):
        sys.stderr.write("a\n")

    assert kept.entries()[0]["source"] == "stderr"


def test_an_unfinished_line_is_written_at_the_end(kept: Kept) -> None:
    stream = Stream(kept.journal, "print")
    stream.write("a\nb")

    stream.close_line()

    assert kept.messages() == ["a", "b"]


def test_a_finished_line_is_not_written_again(kept: Kept) -> None:
    stream = Stream(kept.journal, "print")
    stream.write("a\n")

    stream.close_line()

    assert kept.messages() == ["a"]


def test_a_line_that_never_ends_is_not_kept_for_ever(kept: Kept) -> None:
    stream = Stream(kept.journal, "print")

    for _ in range(3):
        stream.write("x" * LONGEST_MESSAGE)

    assert len(kept.messages()) == 1


@given(st.lists(st.text(max_size=6)))
def test_lines_are_the_same_however_they_are_written(parts: list[str]) -> None:
    kept = Kept()
    stream = Stream(kept.journal, "print")

    written = sum(map(stream.write, parts))
    stream.close_line()
    messages = kept.messages()
    os.close(kept.descriptor)

    text = "".join(parts)
    expected = text.encode("utf-8", "replace").decode().split("\n")
    assert messages == (expected if expected[-1] else expected[:-1])
    assert written == len(text)


def test_a_stream_takes_text(kept: Kept) -> None:
    assert Stream(kept.journal, "print").writable()


def test_a_warning_has_its_category_and_the_authors_line(kept: Kept) -> None:
    with captured(kept):
        run("import warnings\n\nwarnings.warn('é', FutureWarning)")

    assert kept.entries() == [
        {"level": "warn", "message": "FutureWarning: é", "source": "warning", "line": 3}
    ]


def test_a_warning_of_a_library_has_the_line_that_called_it(kept: Kept) -> None:
    def library() -> None:
        warnings.warn("old", UserWarning, stacklevel=1)

    with captured(kept):
        run("\nlibrary()", library=library)

    assert kept.entries()[0]["line"] == 2


def test_an_error_after_the_log_is_full_is_still_told_once() -> None:
    kept = Kept()
    for _ in range(LONGEST_ENTRIES + 1):
        kept.journal.write("info", "x", "log")

    kept.journal.write("error", "late", "log")
    kept.journal.write("error", "later", "log")

    levels = [(entry["level"], entry["source"]) for entry in kept.entries()[LONGEST_ENTRIES:]]
    assert levels == [("warn", "service"), ("error", "log")]
