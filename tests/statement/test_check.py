"""The rules, each finding at its place."""

import pytest

from processor.statement import Allowlist, Finding, RejectedStatement, compile_statement, lines_of

ALLOWLIST = Allowlist({"json", "math", "xml", "passlib.hash"})


def found(source: str) -> tuple[Finding, ...]:
    with pytest.raises(RejectedStatement) as caught:
        compile_statement(source, ["INPUT_DATA"], ALLOWLIST)
    return caught.value.findings


def marked(source: str) -> list[str]:
    """Give what each finding marks; every one is on a line of its own."""
    lines = lines_of(source)
    return [
        lines[finding.line - 1][finding.column : finding.end_column] for finding in found(source)
    ]


@pytest.mark.parametrize(
    ("source", "hint", "message"),
    [
        ("x: int = 1", "int", "type hint on `x` is not allowed"),
        ("x: int", "int", "type hint on `x` is not allowed"),
        ("x.y: int = 1", "int", "type hint on `x.y` is not allowed"),
        ("x[0]: list[int] = 1", "list[int]", "type hint on `x[0]` is not allowed"),
        ("def f(a: str): pass", "str", "type hint on parameter `a` is not allowed"),
        ("def f(a: str = '', /): pass", "str", "type hint on parameter `a` is not allowed"),
        ("def f(*, a: str): pass", "str", "type hint on parameter `a` is not allowed"),
        ("def f(*a: str): pass", "str", "type hint on parameter `a` is not allowed"),
        ("def f(**a: str): pass", "str", "type hint on parameter `a` is not allowed"),
        ("def f() -> str: pass", "str", "type hint on what `f` returns is not allowed"),
        ("async def f() -> str: pass", "str", "type hint on what `f` returns is not allowed"),
        ("class K:\n    x: int = 1", "int", "type hint on `x` is not allowed"),
        ("é = 'ééé'; x: 'ü' = 1", "'ü'", "type hint on `x` is not allowed"),
        ("𠀋 = '😀'; x: 'ü' = 1", "'ü'", "type hint on `x` is not allowed"),
        ("\tx = 1\n\ty: int = 2".replace("\tx", "if 1:\n\tx", 1), "int", "type hint on `y` is"),
    ],
)
def test_a_type_hint_is_found_where_it_stands(source: str, hint: str, message: str) -> None:
    (finding,) = found(source)

    assert finding.code == "type_hint"
    assert finding.severity == "error"
    assert finding.message.startswith(message)
    assert marked(source) == [hint]


def test_a_type_hint_of_several_lines_is_marked_to_its_end() -> None:
    (finding,) = found("x: dict[\n    str,\n    'é'] = {}")

    assert (finding.line, finding.column) == (1, 3)
    assert (finding.end_line, finding.end_column) == (3, 8)


def test_every_type_hint_is_found_at_once_and_in_order() -> None:
    source = "def f(a: A, *b: B) -> C:\n    d: D = 1\nasync def g(e: E): pass\nx: F = 1"

    assert marked(source) == list("ABCDEF")


def test_a_type_hint_says_what_to_do() -> None:
    (finding,) = found("x: int = 1")

    assert (
        finding.hint == "remove the type hint; this Python Processor runs statements without them"
    )


@pytest.mark.parametrize(
    ("source", "marks", "message"),
    [
        ("import os", "os", "import of `os` is not allowed"),
        ("import os as json", "os as json", "import of `os` is not allowed"),
        ("import json, os, math", "os", "import of `os` is not allowed"),
        ("import xml.etree", "xml.etree", "import of `xml.etree` is not allowed"),
        ("import passlib", "passlib", "import of `passlib` is not allowed"),
        ("from os import path", "from os import path", "import of `os` is not allowed"),
        ("from . import x", "from . import x", "import of `.` is not allowed"),
        ("from .json import x", "from .json import x", "import of `.json` is not allowed"),
        ("from ..a.b import x", "from ..a.b import x", "import of `..a.b` is not allowed"),
        ("'é'; import os", "os", "import of `os` is not allowed"),
        ("def f():\n    class K:\n        import os", "os", "import of `os` is not allowed"),
        ("try:\n    import os\nexcept ImportError: pass", "os", "import of `os` is not allowed"),
    ],
)
def test_an_import_is_found_where_it_stands(source: str, marks: str, message: str) -> None:
    (finding,) = found(source)

    assert (finding.code, finding.message) == ("import_not_allowed", message)
    assert marked(source) == [marks]


@pytest.mark.parametrize(
    "source",
    [
        "import json",
        "import json as j, math",
        "from xml import etree",
        "import passlib.hash",
        "from passlib.hash import bcrypt",
        "def f():\n    import json",
    ],
)
def test_a_listed_import_is_allowed(source: str) -> None:
    compile_statement(source, [], ALLOWLIST)


def test_an_import_says_what_to_do() -> None:
    (finding,) = found("from xml.etree import ElementTree")

    assert finding.hint is not None
    hint, _, listed = finding.hint.partition("; ")
    assert (hint, listed[:12]) == ("write `from xml import etree`", "allowed are:")


def test_findings_of_every_rule_come_in_the_order_of_the_text() -> None:
    findings = found("import os\nx: int = 1; import sys\ndef f() -> int:\n    import re")

    assert [(finding.line, finding.code) for finding in findings] == [
        (1, "import_not_allowed"),
        (2, "type_hint"),
        (2, "import_not_allowed"),
        (3, "type_hint"),
        (4, "import_not_allowed"),
    ]


def test_the_rejection_is_worded_by_its_first_finding() -> None:
    with pytest.raises(RejectedStatement, match=r"^import of `os` is not allowed$"):
        compile_statement("import os\nx: int = 1", [], ALLOWLIST)
