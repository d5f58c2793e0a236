"""What a check finds beyond what stops a run: warnings, `except*`, and edits that mend."""

import ast
import sys
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.statement import Allowlist, Finding, applied, check_statement
from processor.statement.check import except_star
from processor.statement.text import Text
from tests.strategies import statement_lines

ALLOWLIST = Allowlist({"json", "xml", "time"})
NAMES = ["INPUT_DATA", "DATA_CHECKPOINT", "INPUTS", "sleep", "log"]


def found(source: str, **options: object) -> list[Finding]:
    return check_statement(source, NAMES, ALLOWLIST, **options)  # type: ignore[arg-type]


def codes(source: str) -> list[str]:
    return [finding.code for finding in found(source)]


def mended(source: str) -> str:
    return applied(source, [edit for finding in found(source) for edit in finding.edits])


# Falling off the end

ENDS = [
    "return []",
    "raise ValueError",
    "assert False, 'unreachable'",
    "while True:\n  pass",
    "while 1:\n  if a:\n    return []",
    "if a:\n  return []\nelse:\n  return [1]",
    "if a:\n  return []\nelif b:\n  raise E\nelse:\n  return []",
    "if True:\n  return []",
    "if not False:\n  return []",
    "with a:\n  return []",
    "with a()(), b[0]():\n  return []",
    "async with a, b:\n  return []",
    "try:\n  return []\nexcept E:\n  return []",
    "try:\n  x = 1\nexcept E:\n  raise\nelse:\n  return []",
    "try:\n  x = 1\nfinally:\n  return []",
    "for x in y:\n  pass\nelse:\n  return []",
    "match a:\n  case 1:\n    return []\n  case _:\n    return []",
    "match a:\n  case 1 | _:\n    return []",
    "match a:\n  case x:\n    return []",
    "match a:\n  case (1 as b) | (_ as b):\n    return []",
    "yield {}",
    "for x in y:\n  yield x",
    "while True:\n  for x in y:\n    break",
    "while True:\n  while a:\n    continue\n  return []",
]
FALLS_OFF = [
    "",
    "# nothing",
    "x = 1",
    "if a:\n  return []",
    "if a:\n  return []\nelif b:\n  return []",
    "if False:\n  return []\nelse:\n  x = 1",
    "while a:\n  return []",
    "while True:\n  if a:\n    break",
    "for x in y:\n  return []",
    "for x in y:\n  break\nelse:\n  return []",
    "async for x in y:\n  return []",
    "with suppress(E):\n  return []",
    "with contextlib.suppress(E):\n  return []",
    "try:\n  return []\nexcept E:\n  pass",
    "try:\n  x = 1\nfinally:\n  y = 1",
    "match a:\n  case 1:\n    return []",
    "match a:\n  case _ if b:\n    return []",
    "match a:\n  case [_, *_]:\n    return []",
    "match a:\n  case _:\n    pass",
    "def f():\n  return []",
    "def f():\n  yield 1",
    "x = lambda: (yield)",
    "class K:\n  def f(self):\n    return []",
    "assert a",
    "return",
    "return None",
    "if a:\n  return\nreturn []",
]


@pytest.mark.parametrize("source", ENDS)
def test_a_statement_whose_paths_all_end_is_not_warned_of(source: str) -> None:
    assert codes(source) == []


@pytest.mark.parametrize("source", FALLS_OFF)
def test_a_path_that_gives_no_list_is_warned_of(source: str) -> None:
    (finding,) = found(source)

    assert (finding.code, finding.severity) == ("missing_return", "warning")


def test_a_long_chain_of_elif_is_followed_to_its_end() -> None:
    text = "if a:\n  return []\n" + "elif b:\n  return []\n" * 200

    assert codes(f"{text}else:\n  return []") == []
    assert codes(text) == ["missing_return"]


def test_the_first_line_of_the_last_statement_is_marked() -> None:
    (finding,) = found("x = 'é'\nif x:  \n  return [\n]\n")

    place = (finding.line, finding.column, finding.end_line, finding.end_column)
    assert place == (2, 0, 2, 5)


# Never awaited


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("sleep(1)\nreturn []", "await sleep(1)\nreturn []"),
        ("'é'; sleep(1)\nreturn []", "'é'; await sleep(1)\nreturn []"),
        ("(sleep(1))\nreturn []", "(await sleep(1))\nreturn []"),
        (
            "async def f():\n  sleep(1)\nf()\nreturn []",
            "async def f():\n  await sleep(1)\nawait f()\nreturn []",
        ),
        (
            "try:\n  if 1:\n    sleep(1)\nexcept E:\n  sleep(2)\nreturn []",
            "try:\n  if 1:\n    await sleep(1)\nexcept E:\n  await sleep(2)\nreturn []",
        ),
        (
            "match a:\n  case 1:\n    sleep(1)\nreturn []",
            "match a:\n  case 1:\n    await sleep(1)\nreturn []",
        ),
    ],
)
def test_a_call_that_nobody_awaits_is_mended(source: str, after: str) -> None:
    assert set(codes(source)) == {"never_awaited"}
    assert mended(source) == after
    assert codes(after) == []


@pytest.mark.parametrize(
    "source", ["def f():\n  sleep(1)\nreturn []", "class K:\n  sleep(1)\nreturn []"]
)
def test_where_await_cannot_stand_there_is_no_edit(source: str) -> None:
    (finding,) = found(source)

    assert (finding.code, finding.edits) == ("never_awaited", ())
    assert str(finding.hint).endswith(", in a function that is `async def`")


@pytest.mark.parametrize(
    "source",
    [
        "await sleep(1)",
        "x = sleep(1)",
        "from time import sleep\nsleep(1)",
        "def sleep(x): pass\nsleep(1)",
        "sleep = print\nsleep(1)",
        "def f(sleep):\n  sleep(1)",
        "for sleep in y:\n  sleep(1)",
        "try:\n  x\nexcept E as sleep:\n  sleep(1)",
        "match a:\n  case [*sleep]:\n    sleep(1)",
        "match a:\n  case {**sleep}:\n    sleep(1)",
        "@timed\nasync def f(): pass\nf()",
        "async def f():\n  yield 1\nf()",
        "class K:\n  async def print(self): pass\nprint(1)",
        "a.sleep(1)",
    ],
)
def test_what_may_be_something_else_is_not_warned_of(source: str) -> None:
    assert codes(f"{source}\nreturn []") == []


def test_a_coroutine_function_may_hold_a_generator() -> None:
    source = "async def f():\n  def g():\n    yield 1\nf()\nreturn []"

    assert codes(source) == ["never_awaited"]


# except*

STAR = "try:\n  x = 1\nexcept* é as e:\n  pass\nreturn []"


@pytest.mark.parametrize(
    ("python", "refused"),
    [
        ((3, 11, 0), True),
        ((3, 11, 99), True),
        ((3, 12, 8), True),
        ((3, 12, 9), False),
        ((3, 13, 1), True),
        ((3, 13, 2), False),
        ((3, 14, 0), False),
    ],
)
def test_except_star_is_refused_where_the_interpreter_is_wrong(
    python: tuple[int, int, int], refused: bool
) -> None:
    text = Text(tree=ast.parse(STAR), source=STAR, allowlist=ALLOWLIST, python=python)

    assert [finding.code for finding in except_star(text)] == ["except_star"] * refused


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="later interpreters may have the fix")
def test_except_star_is_marked_with_its_type() -> None:
    (finding,) = found(STAR)

    place = (finding.severity, finding.line, finding.column, finding.end_line, finding.end_column)
    assert place == ("error", 3, 0, 3, 9)


# Everything at once


def test_what_the_compiler_finds_comes_beside_the_rules() -> None:
    assert codes("x: int = 1\nimport os\nnonlocal y\nsleep(1)") == [
        "type_hint",
        "import_not_allowed",
        "syntax_error",
        "missing_return",
        "never_awaited",
    ]


def test_a_text_that_does_not_parse_has_one_finding() -> None:
    assert codes("x: int = 1\nimport (") == ["syntax_error"]


def test_local_variables_are_judged_where_their_names_are_known() -> None:
    source = "return [${LocalVariable.A}, '${LocalVariable.B}']"

    assert found(source) == []
    assert [f.message for f in found(source, variables=["A"])] == ["there is no local variable `B`"]


@pytest.mark.parametrize("source", ["\0", "x = '\ud800'", "x" + "\x0c", "\ufeff\ufeffx"])
def test_a_text_that_is_none_is_told(source: str) -> None:
    assert all(finding.line == 1 for finding in found(source))


def test_a_warning_of_the_parser_is_no_finding_and_no_error() -> None:
    assert codes(r"return ['\d', 1 is 1]") == []


def test_columns_on_a_long_line_of_other_letters_are_right() -> None:
    source = "'é😀';x: ä = 1;" * 3 + "return []"
    line = source.split("\n", maxsplit=1)[0]

    assert [line[f.column : f.end_column] for f in found(source)] == ["ä"] * 3


# Edits


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("x: int = 1", "x = 1"),
        ("x : int=1", "x=1"),
        ("(x): int = 1", "(x) = 1"),
        ("x: (int) = (1)", "x = (1)"),
        ("x: ((int)\n) = 1", "x = 1"),
        ("x: (\n  int\n) = 1", "x = 1"),
        ("x: dict[\n  str, int] = {}", "x = {}"),
        ("x: \\\n  int = 1", "x = 1"),
        ("x: int", "pass"),
        ("(x): int; y = 1", "pass; y = 1"),
        ("a.b: int = 1", "a.b = 1"),
        ("a[0:1]: int = 1", "a[0:1] = 1"),
        ("x: int = y: int = 1", "x: int = y: int = 1"),
        ("x: 'é😀' = 'é'; y: 'é' = 1", "x = 'é'; y = 1"),
        ("def f(a: int = 1, *b: str, c: x, **d: y) -> z: pass", "def f(a = 1, *b, c, **d): pass"),
        ("def f(*a: *T): pass", "def f(*a): pass"),
        ("def f(a: (int)): pass", "def f(a): pass"),
        ("async def f(\n a: b,  # c: d\n) -> (\n b\n): pass", "async def f(\n a,  # c: d\n): pass"),
        ("def f()->int:pass", "def f():pass"),
        ("def f(a  # why\n  : int): pass", "def f(a  # why\n  : int): pass"),
        ("def f() -> (  # why\n  int): pass", "def f() -> (  # why\n  int): pass"),
        ("x: (  # why\n  int) = 1", "x: (  # why\n  int) = 1"),
        ("x: int = 1\r\ny: int = 2\rz: int = 3", "x = 1\r\ny = 2\rz = 3"),
        ("x: lambda a: a = 1", "x = 1"),
        ("x: {1: 2} = 1", "x = 1"),
        ("import xml.etree as e", "from xml import etree as e"),
        ("import xml.etree as etree", "from xml import etree"),
        ("import xml.etree", "import xml.etree"),
        ("import xml.etree as e, os", "import xml.etree as e, os"),
        ("import xml.etree.ElementTree as e", "import xml.etree.ElementTree as e"),
        ("from xml.etree import ElementTree", "from xml.etree import ElementTree"),
    ],
)  # fmt: skip
def test_edits_mend_what_can_be_mended_by_rote(source: str, after: str) -> None:
    assert mended(source) == after


class _Bare(ast.NodeTransformer):
    """Takes the annotations out of a tree."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Pass()
        value = self.visit(node.value)
        return ast.Assign(targets=[self.visit(node.target)], value=value, lineno=0)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)


_hints = st.sampled_from(["int", "'é'", "(int)", "a[\n  1, 2]", "lambda: 1", "(\n int\n)"])
_spaces = st.sampled_from(["", " ", "  "])


@st.composite
def hinted(draw: st.DrawFn) -> str:
    """Give a statement with hints wherever one may stand."""
    lines = draw(statement_lines)
    out: list[str] = []
    for line in lines:
        indent = line[: len(line) - len(line.lstrip())]
        hint, space = draw(_hints), draw(_spaces)
        out += draw(
            st.sampled_from(
                [
                    [],
                    [f"{indent}é{space}:{space}{hint}{space}= 1"],
                    [f"{indent}(x){space}:{hint}"],
                    [f"{indent}def g(é{space}:{space}{hint}=1,*a:{hint}){space}->{hint}: pass"],
                    [f"{indent}é = '😀'; y:{hint}={space}2"],
                ]
            )
        )
        out.append(line)
    source = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(out)
    with suppress(SyntaxError):  # a line before an `except`, or in the midst of a string
        ast.parse(source)
        return source
    return "x: int = 1"


@given(hinted())
@settings(deadline=None)
def test_without_its_type_hints_a_text_is_the_same_tree_but_for_them(source: str) -> None:
    bare = mended(source)

    assert "type_hint" not in codes(bare)
    assert ast.dump(ast.parse(bare)) == ast.dump(_Bare().visit(ast.parse(source)))
