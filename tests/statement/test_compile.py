"""From text to code: nothing of it is changed, moved, or lost."""

import ast
import asyncio
import inspect
import textwrap
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.statement import FILENAME, Allowlist, Finding, RejectedStatement, compile_statement
from processor.statement.compile import FUNCTION
from tests.strategies import statement_lines, texts

ALLOWLIST = Allowlist({"json"})


def function(source: str, *names: str) -> Callable[..., Any]:
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec(compile_statement(source, names, ALLOWLIST), scope)
    made: Callable[..., Any] = scope[FUNCTION]
    return made


def returned(source: str, **names: object) -> Any:
    return asyncio.run(function(source, *names)(**names))


def finding(source: str) -> Finding:
    with pytest.raises(RejectedStatement) as caught:
        compile_statement(source, ["INPUT_DATA"], ALLOWLIST)
    (only,) = caught.value.findings
    return only


def raised_line(source: str) -> int | None:
    try:
        returned(source)
    except ZeroDivisionError as error:
        return traceback.extract_tb(error.__traceback__)[-1].lineno
    raise AssertionError("it did not raise")


def outcome(call: Callable[[], Any]) -> tuple[str, str]:
    try:
        return "returned", repr(call())
    except Exception as error:  # noqa: BLE001 (whatever it is, both must have it)
        return type(error).__name__, str(error)


def test_a_body_returns_its_value() -> None:
    assert returned("return [1]") == [1]


def test_a_body_may_await() -> None:
    async def seven() -> int:
        return 7

    assert returned("return await seven()", seven=seven) == 7


def test_a_body_without_a_return_gives_none() -> None:
    assert returned("x = 1") is None


@pytest.mark.parametrize(
    "source", ["", "# nothing", "\n\n", "  # nothing\n", "\ufeff", "\ufeff# é"]
)
def test_a_body_without_a_statement_is_one_that_does_nothing(source: str) -> None:
    assert returned(source) is None


@pytest.mark.parametrize(
    "use",
    [
        "if not X: X = 0\nreturn X",
        "X += 1; X -= 1\nreturn X or 0",
        "def f():\n    nonlocal X\n    X = 0\nf()\nreturn X",
        "for X in [0]: pass\nreturn X",
        "X = [X for X in [0]][0]\nreturn X",
        "del X\nX = 0\nreturn X",
    ],
)
def test_a_name_that_is_handed_in_may_be_assigned_to(use: str) -> None:
    assert returned(use, X=0) == 0


def test_names_are_handed_in_in_their_order() -> None:
    assert list(inspect.signature(function("", "b", "a")).parameters) == ["b", "a"]


def test_a_body_with_yield_is_an_async_generator() -> None:
    assert inspect.isasyncgenfunction(function("yield {}"))


def test_code_is_compiled_without_our_own_future_imports() -> None:
    code = compile_statement("", [], ALLOWLIST)

    assert code.co_flags & 0x1000000 == 0  # annotations


@given(statement_lines)
def test_a_body_gives_what_the_same_code_gives_in_a_plain_function(lines: list[str]) -> None:
    body = "\n".join(lines)
    scope: dict[str, Any] = {"__name__": "__main__"}
    plain = ast.parse("async def statement(a, b, c): pass")
    first = plain.body[0]
    assert isinstance(first, ast.AsyncFunctionDef)
    first.body = ast.parse(body).body
    exec(compile(plain, FILENAME, "exec"), scope)

    ours = outcome(lambda: returned(body, a=1, b="b", c=[]))

    assert ours == outcome(lambda: asyncio.run(scope["statement"](a=1, b="b", c=[])))


@given(st.lists(st.sampled_from(["", "# é", "x = 1", "\x0c", "'''a\n  b'''", "(1,\n2)"])))
def test_every_line_is_the_authors_own(before: list[str]) -> None:
    text = "".join(f"{part}\n" for part in before)

    assert raised_line(f"{text}1 / 0") == text.count("\n") + 1


@given(texts.filter(str.isascii) | st.just("é😀"), st.integers(0, 5))
def test_every_column_is_the_authors_own(word: str, blocks: int) -> None:
    lines = [f"{'    ' * depth}if 1:" for depth in range(blocks)]
    source = "\n".join([*lines, f"{'    ' * blocks}{word!r}; 1 / 0"])
    parsed = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.BinOp)]
    places = function(source).__code__.co_positions()

    expected = (blocks + 1, blocks + 1, parsed[0].col_offset, parsed[0].end_col_offset)

    assert expected in list(places)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\\'")))
def test_a_string_of_several_lines_is_intact(text: str) -> None:
    assert returned(f"if 1:\n    return '''{text}\n  a\nb'''") == f"{text}\n  a\nb"


def test_a_string_of_several_lines_may_stand_left_of_its_block() -> None:
    assert returned("if 1:\n    x = '''\nleft\n'''\n    return x") == "\nleft\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_counts_one(end: str) -> None:
    assert raised_line(f"x = 1{end}{end}1 / 0{end}") == 3


def test_a_line_end_inside_a_string_is_read_as_python_reads_it() -> None:
    assert returned("return '''a\r\nb\rc'''") == "a\nb\nc"


def test_a_byte_order_mark_moves_no_column() -> None:
    assert finding("\ufeffx: int = 1").column == 3


def test_only_one_byte_order_mark_is_skipped() -> None:
    assert finding("\ufeff\ufeffx = 1").code == "syntax_error"


def test_a_form_feed_starts_no_line() -> None:
    assert raised_line("x = 1\n\x0c\n1 / 0") == 3


def test_tabs_may_indent() -> None:
    assert returned("if 1:\n\tif 1:\n\t\treturn 1") == 1


def test_tabs_and_spaces_that_contradict_each_other_are_found() -> None:
    assert "inconsistent use of tabs" in finding("if 1:\n        x = 1\n\ty = 1").message


def test_an_indented_body_is_not_one() -> None:
    assert (finding("  return 1").message, finding("  return 1").line) == ("unexpected indent", 1)


def test_a_body_cannot_leave_its_function() -> None:
    assert returned("return 1\ndef statement(): return 2") == 1


@pytest.mark.parametrize("source", ["x = 1\0", "\0", "x = '\0'"])
def test_a_null_byte_is_a_finding(source: str) -> None:
    assert "null bytes" in finding(source).message


def test_a_lone_surrogate_is_a_finding() -> None:
    assert "surrogates not allowed" in finding("x = '\ud800'").message


@pytest.mark.parametrize(
    "source",
    [
        "(" * 5_000 + ")" * 5_000,
        "-" * 100_000 + "1",
        "x" + ".a" * 100_000,
        "x = " + "+".join(["1"] * 100_000),
        "x = " + "[" * 90 + "]" * 90 + "+ not" * 50_000,
        "x" + "[0]" * 100_000 + ": int",
        "\n".join(" " * depth + "if 1:" for depth in range(200)),
        "lambda: " * 50_000 + "1",
    ],
)
def test_a_nesting_that_is_too_deep_is_a_finding(source: str) -> None:
    assert finding(source).code == "syntax_error"


def test_a_nesting_that_python_only_fails_to_compile_is_worded_for_its_author() -> None:
    too_deep = finding("x = " + "+".join(["1"] * 100_000))

    assert too_deep.message == "the statement is nested too deeply for Python to compile"


def test_yield_beside_a_returned_value_is_pythons_own_error() -> None:
    assert finding("yield {}\nreturn []").message == "'return' with value in async generator"


@pytest.mark.parametrize(
    ("source", "message", "place"),
    [
        ("a b", "invalid syntax", (1, 2, 1, 3)),
        ("é = 1; a b", "invalid syntax", (1, 9, 1, 10)),
        ("x = 1\nbreak", "'break' outside loop", (2, 0, 2, 5)),
        ("é = '😀'; break", "'break' outside loop", (1, 9, 1, 14)),
        ("é = 1; nonlocal q", "no binding for nonlocal 'q' found", (1, 7, 1, 17)),
        ("def f(é, é): pass", "duplicate argument 'é' in function definition", (1, 9, 1, 10)),
        ("é = 1; return (\n'é', 5); yield", "'return' with value in", (1, 7, 2, 7)),
        ("'é'\n'é'; (", "'(' was never closed", (2, 5, 2, 5)),
        ("x = '''\né", "unterminated triple-quoted string", (1, 4, 1, 4)),
    ],
)
def test_a_syntax_error_is_where_the_author_sees_it(
    source: str, message: str, place: tuple[int, int, int, int]
) -> None:
    found = finding(source)

    assert found.message.startswith(message)
    assert (found.line, found.column, found.end_line, found.end_column) == place


@given(st.text(max_size=40))
def test_no_text_is_more_than_a_finding(source: str) -> None:
    try:
        compile_statement(source, ["INPUT_DATA"], ALLOWLIST)
    except RejectedStatement as rejected:
        for found in rejected.findings:
            assert 1 <= found.line <= found.end_line
            assert found.column >= 0
            assert found.end_column >= 0
    except SyntaxWarning:
        pass  # an error in tests only


def test_a_marker_of_encoding_changes_nothing() -> None:
    assert returned("# -*- coding: latin-1 -*-\nreturn 'é'") == "é"


def test_a_class_of_the_body_sees_the_bodys_names() -> None:
    source = textwrap.dedent("""
        x = 1
        class K:
            y = [x + z for z in (X, X)]
        return K.y
    """)

    assert returned(source, X=2) == [3, 3]
