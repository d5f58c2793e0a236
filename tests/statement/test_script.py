from textwrap import dedent

import pytest

from processor.statement import (
    SETUP_FILENAME,
    Finding,
    RejectedStatement,
    check_script,
    compile_script,
)


def value_of(source: str, **names: object) -> object:
    script = compile_script(dedent(source))
    exec(script.body, names)
    return None if script.last is None else eval(script.last, names)


def rejected(source: str, *filename: str) -> Finding:
    with pytest.raises(RejectedStatement) as raised:
        compile_script(source, *filename)
    return raised.value.findings[0]


def test_the_last_expression_has_a_value() -> None:
    assert value_of("x = 20\nx + 1") == 21


def test_a_last_line_that_is_no_expression_has_none() -> None:
    assert value_of("x = 20") is None


def test_a_lone_text_is_an_expression_and_no_docstring() -> None:
    assert value_of("'a'") == "a"


def test_an_expression_may_span_lines() -> None:
    assert value_of("[\n    1,\n    2,\n]") == [1, 2]


def test_functions_see_each_other_and_what_is_given() -> None:
    source = """
    def even(n):
        return n == 0 or odd(n - 1)
    def odd(n):
        return n != 0 and even(n - 1)
    [even(n) for n in given]
    """

    assert value_of(source, given=[3, 4]) == [False, True]


def test_a_byte_order_mark_is_skipped() -> None:
    assert value_of("\ufeff1") == 1


@pytest.mark.parametrize("source", ["", "   \n\t\n  ", "# nothing"])
def test_a_text_without_a_statement_compiles(source: str) -> None:
    assert value_of(source) is None


def test_an_error_is_at_the_author_s_line_and_column() -> None:
    found = rejected("a = 1\nb = = 2")

    assert (found.code, found.line, found.column) == ("syntax_error", 2, 4)


def test_an_error_in_the_setup_says_so() -> None:
    found = rejected("a = = 1", SETUP_FILENAME)

    assert found.message == "in the setup script: invalid syntax"


@pytest.mark.parametrize(
    ("source", "hint"), [("return 1", "set `result`"), ("await go()", "asyncio.run")]
)
def test_what_only_functions_may_do_has_a_hint(source: str, hint: str) -> None:
    assert hint in (rejected(source).hint or "")


@pytest.mark.parametrize("source", ["(" * 100_000, "x = " + "-" * 100_000 + "1", "\0", "'\ud800'"])
def test_what_cannot_be_compiled_is_rejected_and_not_our_fault(source: str) -> None:
    assert rejected(source).code == "syntax_error"


def test_a_check_finds_what_is_wrong_in_both_texts() -> None:
    found = check_script("x = (", "\ny = = 1")

    assert [(each.message, each.line) for each in found] == [
        ("in the setup script: invalid syntax (line 2)", 1),
        ("'(' was never closed", 1),
    ]


def test_a_check_finds_nothing_in_a_script_that_compiles() -> None:
    assert check_script("import os\nx: int = 1\nx", "import sys") == []
