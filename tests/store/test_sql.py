"""SQL as files."""

import pytest

from processor.store.sql import named, statements


def test_a_query_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="without a name"):
        named("SELECT 1;\n-- one --\nSELECT 1;")


def test_a_name_of_two_queries_is_refused() -> None:
    with pytest.raises(ValueError, match="one name"):
        named("-- one --\nSELECT 1;\n-- one --\nSELECT 2;")


def test_a_file_may_begin_with_comments() -> None:
    assert named("-- What this is.\n\n-- one --\n-- Give one\nSELECT 1;") == {"one": "SELECT 1;"}


def test_a_trigger_is_one_statement() -> None:
    trigger = "CREATE TRIGGER t BEFORE UPDATE ON a\nBEGIN\nSELECT 1;\nSELECT 2;\nEND;"

    assert statements(f"{trigger}\nSELECT 3;") == [trigger, "SELECT 3;"]


def test_a_statement_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="does not end"):
        statements("SELECT 1;\nSELECT 2")
