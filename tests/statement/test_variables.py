"""Local variables: `${LocalVariable.Name}` wherever it stands, and no way to change the parse."""

import ast
import asyncio
import keyword
import re
import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.statement import (
    Allowlist,
    Finding,
    RejectedStatement,
    Variables,
    compile_statement,
)
from processor.statement.compile import FUNCTION
from processor.statement.readable import readable
from processor.statement.variables import printed, resolve
from tests.strategies import json_values, texts

ALLOWLIST = Allowlist({"json"})
REFERENCE = "${LocalVariable.N}"
STAND_IN = "_" * len(REFERENCE)
"""A name as wide as the reference."""


def function(source: str, variables: dict[str, Any]) -> Callable[..., Any]:
    scope: dict[str, Any] = {"__name__": "__main__", "LocalVariable": Variables(variables)}
    exec(compile_statement(source, [], ALLOWLIST, variables=variables), scope)
    made: Callable[..., Any] = scope[FUNCTION]
    return made


def returned(source: str, **variables: Any) -> Any:
    return asyncio.run(function(source, variables)())


def found(source: str, **variables: Any) -> list[Finding]:
    with pytest.raises(RejectedStatement) as caught:
        compile_statement(source, [], ALLOWLIST, variables=variables)
    return list(caught.value.findings)


def resolved(source: str, **variables: Any) -> ast.Module:
    """Give the tree as it is compiled."""
    parseable = readable(source)
    tree = ast.parse(parseable.text)
    assert resolve(tree, parseable, variables) == []
    return tree


def shape(tree: ast.AST) -> list[tuple[str, tuple[Any, ...]]]:
    """Give each node of a tree with its place; what stands for the variable is one name."""
    nodes: list[tuple[str, tuple[Any, ...]]] = []
    todo = [tree]
    while todo:
        node = todo.pop()
        kind = type(node).__name__
        place = tuple(getattr(node, name, None) for name in node._attributes)
        if _stands_for_a_variable(node):
            nodes.append(("variable", ()))  # its own columns are those inside the parentheses
            continue
        nodes.append((kind, place))
        todo += ast.iter_child_nodes(node)
    return nodes


def _stands_for_a_variable(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="LocalVariable")):
            return True
        case ast.Name(id=name):
            return len(name) > 5 and set(name) == {"_"}
        case _:
            return False


CODE = [  # `@` is the variable, and `@@` decorates with it
    "x = @",
    "x = @ + 1\ny = 'ü'; z = @ * 2",
    "f(@, k=@, *@, **@)",
    "x = \\\n@",
    "x = [\n    1,  # one (of them)\n    @,\n]",
    "x = 5\n@.append(x)",
    "x = f(5)\n\n# and now\n@[0]",
    "class A:\n    a = @\n\n    def b(self):\n        return @\nx = A()",
    "@@\ndef f(x=@):\n    return @",
    "@@\nclass A(@): pass",
    "match @:\n    case 1:\n        pass",
    "match x:\n    case [1, *_] if @: pass",
    "if @: x = @\nelif @: pass\nelse: y = @",
    "while @: break",
    "for x in @: print(x, @)",
    "async def f():\n    async with @ as x:\n        await @\n",
    "x = {@: @ for y in @ if @}",
    "x = lambda y=@: @",
    "x = y[@:@, @]",
    "x = @ if @ else @",
    "x = not @ and -@ or (@)",
    "assert @, @",
    "raise @ from @",
    "return @",
    "x = 1;@; y = 2",
    "if x:\n\t@\nelse:@",
    "try:\n    pass\nexcept @:\n    pass",
    "x = @[@](@).y",
    "del x[@]",
    "x = 'a' % @",
    "é = @; ü = @",
    "x = 1\r\ny = @\r\n",
    "x = 1\ry = @\r",
]


@pytest.mark.parametrize("code", CODE)
def test_a_reference_in_code_is_a_name_to_the_parser(code: str) -> None:
    with_name = _put(code, STAND_IN)
    with_reference = _put(code, REFERENCE)

    assert shape(resolved(with_reference, N=1)) == shape(ast.parse(with_name))


def _put(code: str, name: str) -> str:
    return code.replace("@@", "\0").replace("@", name).replace("\0", f"@{name}")


KEYWORD = "${LocalVariable.class}"
_operands = st.sampled_from(
    [
        *(REFERENCE, KEYWORD, f"f'é{KEYWORD}'", f"b'{KEYWORD}'"),
        f"'{KEYWORD}' f'${{{{LocalVariable.N}}}}'",
        *("x", "1", "'${'", "f(y)", "[0]"),
    ]
)
_expressions: st.SearchStrategy[str] = st.recursive(
    _operands,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "if 1 else", "and"]), inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("f({}, k={})".format, inner, inner),
        st.builds("(lambda a={}: {})".format, inner, inner),
        st.builds("{{{}: {}}}".format, inner, inner),
        st.builds("'é', {}".format, inner).map("({})".format),
        st.builds("f(  # $ ${{LocalVariable.N}}\n {})".format, inner),
    ),
    max_leaves=5,
)
_lines = st.builds(
    "{}{}".format, st.sampled_from(["", "x = ", "return ", "x += ", "assert "]), _expressions
)


def _name_as_wide(reference: re.Match[str]) -> str:
    """Give a name in place of a reference; in an f-string, in its braces."""
    before, inner = reference.groups()
    return f"{before}${{{'_' * len(inner)}}}" if before else "_" * len(reference[0])


@given(st.lists(_lines, min_size=1, max_size=4).map("\n".join))
def test_no_reference_changes_the_tree_or_moves_a_column(source: str) -> None:
    plain = re.sub(r"(é?)\$\{(LocalVariable\.\w+)\}", _name_as_wide, source)

    assert shape(resolved(source, N=1, **{"class": 2})) == shape(ast.parse(plain))


@given(json_values)
def test_in_code_a_variable_is_its_typed_value(value: Any) -> None:
    assert returned(f"return {REFERENCE}", N=value) == value


@given(texts | st.text(string.punctuation + "\n\r\t nr", max_size=30))
def test_in_a_string_a_text_stands_exactly(text: str) -> None:
    for quote in ("'", '"', "'''", '"""'):
        for prefix in ("", "r", "u"):
            source = f"return {prefix}{quote}<{REFERENCE}>{quote}"
            assert returned(source, N=text) == f"<{text}>"


@given(texts | st.text(string.punctuation + "\n\r\t nr", max_size=30))
def test_in_an_f_string_a_text_stands_exactly(text: str) -> None:
    for quote in ("'", '"', "'''", '"""'):
        for prefix in ("f", "rf", "F"):
            source = f"return {prefix}{quote}<{REFERENCE}>{{1}}{quote}"
            assert returned(source, N=text) == f"<{text}>1"


@given(texts | st.text(string.punctuation + "\n\r\t nr", max_size=30))
def test_in_bytes_a_text_stands_as_its_utf_8(text: str) -> None:
    for quote in ("'", '"', "'''", '"""'):
        for prefix in ("b", "rb", "B"):
            source = f"return {prefix}{quote}<{REFERENCE}>{quote}"
            assert returned(source, N=text) == f"<{text}>".encode()


@given(st.binary(max_size=40))
def test_bytes_without_a_reference_stay_as_they_are(content: bytes) -> None:
    assert returned(f"return [{REFERENCE}, {content!r}]", N=1) == [1, content]


@pytest.mark.parametrize("name", keyword.kwlist)
def test_a_variable_may_be_named_as_a_keyword(name: str) -> None:
    code = """x = @; y = [@, '@', b'@', f'@']
return [x, *y, f"{'@'}", f"${LocalVariable.NAME:>3}", '{LocalVariable.NAME']"""
    source = code.replace("@", "${LocalVariable.NAME}").replace("NAME", name)

    values = returned(source, **{name: 7})

    assert values == [7, 7, "7", b"7", "7", "7", "  7", f"{{LocalVariable.{name}"]


def test_a_keyword_stays_one_where_it_names_no_variable() -> None:
    source = "x = '${LocalVariable.if} if' if ${LocalVariable.if} else 0\nreturn [x, f'{x=}']"

    assert returned(source, **{"if": 7}) == ["7 if", "x='7 if'"]


def test_what_stands_in_for_a_keyword_is_no_name_of_the_statement() -> None:
    taken = "_a = _b = 1; x = '_c'\n"

    assert returned(f"{taken}return [${{LocalVariable.if}}, _a, x]", **{"if": 7}) == [7, 1, "_c"]


def test_a_value_that_looks_like_a_stand_in_is_text() -> None:
    source = "return ['${LocalVariable.class}', '${LocalVariable.N}', f'${{LocalVariable.N}}']"
    names = set(readable(source).meant)

    for name in names:
        assert returned(source, **{"class": name, "N": name})[:2] == [name, name]


def test_a_text_that_has_every_stand_in_is_a_syntax_error() -> None:
    letters = string.ascii_letters + "_"
    every = " ".join(a + b for a in letters for b in string.ascii_letters)
    source = f"x = '{every}'\nreturn ${{LocalVariable.if}}"

    assert [finding.code for finding in found(source, **{"if": 7})] == ["syntax_error"]


_pieces = st.lists(
    st.tuples(
        st.sampled_from(["", "r", "f", "rf"]),
        st.sampled_from([REFERENCE, "${{LocalVariable.N}}", "${LocalVariable.class}", "é", " $"]),
    ),
    min_size=1,
    max_size=5,
)


@given(_pieces, texts)
def test_strings_glued_to_each_other_say_what_each_says_alone(
    pieces: list[tuple[str, str]], value: str
) -> None:
    strings = [f"{prefix}'<{text}>'" for prefix, text in pieces]
    variables = {"N": value, "class": 5}

    alone = [returned(f"return {each}", **variables) for each in strings]

    assert returned(f"return {' '.join(strings)}", **variables) == "".join(alone)


def test_every_code_point_stands_exactly() -> None:
    everything = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))

    assert returned(f"return ['{REFERENCE}', f'{REFERENCE}']", N=everything) == [everything] * 2


@pytest.mark.parametrize(
    "value",
    [
        "'; import os; '",
        "\\",
        "{x}",
        "}",
        "{{",
        "${LocalVariable.N}",
        "${LocalVariable.Other}",
        "$",
        '"""',
        "\n",
        "\\1\\g<0>",
        "#",
    ],
)
def test_a_value_that_looks_like_code_is_text(value: str) -> None:
    assert returned(f"return ['{REFERENCE}', f'{REFERENCE}', {REFERENCE}]", N=value) == [value] * 3


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "null"), (999, "999"), (1.5, "1.5"), (True, "True"), ("EU", "EU"), ([1], "[1]")],
)
def test_a_value_prints_the_same_in_every_kind_of_string(value: object, text: str) -> None:
    assert printed(value) == text
    assert returned(f"return ['{REFERENCE}', f'{REFERENCE}']", N=value) == [text] * 2


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (r'f"n: ${LocalVariable.N} "', "n: 7 "),
        (r'f"${LocalVariable.N}${LocalVariable.N}"', "77"),
        (r'f"cost $${LocalVariable.N}"', "cost $7"),
        (r'f"${ LocalVariable.N }"', "7"),
        (r'"${ LocalVariable.N }"', "7"),
        (r'f"{LocalVariable.N}"', "7"),
        (r'f"${LocalVariable.N:03d}"', "007"),
        (r'f"${LocalVariable.N!r}"', "7"),
        (r'f"{1:${LocalVariable.N}}"', "      1"),
        (r'f"${LocalVariable.N:{LocalVariable.N}}"', "      7"),
        (r"""f"{f'${LocalVariable.N}'}" """, "7"),
        (r"""f"{'${LocalVariable.N}'}" """, "7"),
        (r"""f"{'a' + '${LocalVariable.N}'}" """, "a7"),
        (r'"a ${LocalVariable.N} " f"${LocalVariable.N} {1}"', "a 7 7 1"),
        (r'f"${{LocalVariable.N}} ${LocalVariable.N}"', "${LocalVariable.N} 7"),
        (r'f"${LocalVariable.N + 1}"', "$8"),
        (r'f"$ {LocalVariable.N}"', "$ 7"),
        (r'"$ {LocalVariable.N}"', "$ {LocalVariable.N}"),
        (r'"${localVariable.N}"', "${localVariable.N}"),
        (r'"\x24{LocalVariable.N}"', "7"),
        ("'''a\n${LocalVariable.N}\n'''", "a\n7\n"),
        ("f'''a\n${LocalVariable.N}\n'''", "a\n7\n"),
        ("'a' \\\n '${LocalVariable.N}'", "a7"),
        ('b"${LocalVariable.N}"', b"7"),
        ('rb"${LocalVariable.N}\\n" b"${ LocalVariable.N }"', b"7\\n7"),
        (r'b"\xff${LocalVariable.N}\x80"', b"\xff7\x80"),
        ('b"${{LocalVariable.N}}"', b"${{LocalVariable.N}}"),
        (r'"${LocalVariable.N} " f"${{LocalVariable.N}}"', "7 ${LocalVariable.N}"),
        (
            r'f"${{LocalVariable.N}}" "${LocalVariable.N}" f"${LocalVariable.N}"',
            "${LocalVariable.N}77",
        ),
        (r'f"${{ LocalVariable.N }}" r"${LocalVariable.N}\d"', r"${ LocalVariable.N }7\d"),
        (r"""f"${{LocalVariable.N}} {'${LocalVariable.N}'}" """, "${LocalVariable.N} 7"),
        (r'"${{LocalVariable.N}}"', "${{LocalVariable.N}}"),
        ("LocalVariable['N']", 7),
        ("LocalVariable.N", 7),
        ("-${LocalVariable.N} ** 2", -49),
        ("${LocalVariable.N}.bit_length()", 3),
        ("getattr(LocalVariable, 'N')", 7),
    ],
)
def test_a_reference_is_found_wherever_it_stands(source: str, value: object) -> None:
    assert returned(f"return {source}", N=7) == value


@pytest.mark.parametrize(
    "source",
    [
        "# ${LocalVariable.Nope}\nreturn 1",
        "return 1  # it's ${LocalVariable.N} and '''",
        "x = 1 \\\n + 0 # ${LocalVariable.N}\nreturn x",
    ],
)
def test_a_comment_is_left_alone(source: str) -> None:
    assert returned(source, N=7) == 1


def test_null_in_an_f_string_is_a_text_whatever_its_format() -> None:
    source = "return [f'${LocalVariable.N!r}', f'${LocalVariable.N:>6}', f'${LocalVariable.N}']"

    assert returned(source, N=None) == ["null", "  null", "null"]


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\nmatch x:\n    case LocalVariable.N: return 1\n    case 1: return 2",
        "match 7:\n    case ${LocalVariable.N}: return 1",
        "match ${LocalVariable.N}:\n    case 7:\n        return 1",
        "match '7':\n    case '${LocalVariable.N}': return 1",
        "match {'7': 1}:\n    case {'${LocalVariable.N}': x}: return x",
        "match ${LocalVariable.N}, 1:\n    case 7, x:\n        return x",
        "case = [1]\nmatch = {7: case}\nreturn match[${LocalVariable.N}][0]",
    ],
)
def test_a_pattern_may_refer_to_a_variable(source: str) -> None:
    expected = 2 if "return 2" in source else 1

    assert returned(source, N=7) == expected


@pytest.mark.parametrize(
    "source",
    [
        "return x ${LocalVariable.N}",
        "return f() ${LocalVariable.N}",
        "return [] ${LocalVariable.N}",
        "return 'a' ${LocalVariable.N}",
        "return 5 ${LocalVariable.N}",
        "return None ${LocalVariable.N}",
        "return ... ${LocalVariable.N}",
        "return ${LocalVariable.N} ${LocalVariable.N}",
        "return ${LocalVariable.N}5",
        "print ${LocalVariable.N}",
        "match = print\nmatch ${LocalVariable.N}",
        "(print\n${LocalVariable.N})",
        "(print  # why\n${LocalVariable.N})",
        "x = $",
        "x = ${LocalVariable}",
        "x = ${Other.N}",
        "x = ${LocalVariable.N",
    ],
)
def test_a_reference_calls_nothing_that_stands_before_it(source: str) -> None:
    assert [finding.code for finding in found(source, N=7)] == ["syntax_error"]


@pytest.mark.parametrize(
    "name", ["__class__", "__dict__", "_values", "__getitem__", "__N", "_", "ü", "__init__", "self"]
)
def test_a_variable_may_have_any_name(name: str) -> None:
    reference = f"${{LocalVariable.{name}}}"
    source = f"class A:\n    a = {reference}\n    def b(self): return f'{reference}'"
    source += f"\nreturn [A.a, A().b(), {reference}, '{reference}', LocalVariable['{name}']]"

    assert returned(source, **{name: 7}) == [7, "7", 7, "7", 7]


def test_a_name_that_is_no_identifier_is_a_key() -> None:
    assert returned("return LocalVariable['a b']", **{"a b": 7}) == 7


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("x = ${LocalVariable.Nope}", (1, 6, 24)),
        ("é = LocalVariable.Nope", (1, 4, 22)),
        ("x = LocalVariable['Nope']", (1, 4, 25)),
        ("\n\nx = 'é ${LocalVariable.Nope}'", (3, 4, 29)),
        ("x = f'é ${LocalVariable.Nope}'", (1, 10, 28)),
    ],
)
def test_an_unknown_name_is_found_before_anything_runs(
    source: str, place: tuple[int, int, int]
) -> None:
    (finding,) = found(source, N=1, A=2)

    assert finding.code == "unknown_variable"
    assert finding.message == "there is no local variable `Nope`"
    assert finding.hint == "the step has: A, N"
    assert (finding.line, finding.column, finding.end_column) == place


def test_every_unknown_name_is_found_at_once_in_their_order() -> None:
    source = "x = ${LocalVariable.A}\ny = '${LocalVariable.B} ${LocalVariable.C}'\nimport os"

    assert [finding.message for finding in found(source)] == [
        "there is no local variable `A`",
        "there is no local variable `B`",
        "there is no local variable `C`",
        "import of `os` is not allowed",
    ]


@pytest.mark.parametrize("wrong", ["x = (${LocalVariable.N} +", "é = ${LocalVariable.N} )"])
def test_a_syntax_error_has_the_author_s_column(wrong: str) -> None:
    plain = wrong.replace(REFERENCE, STAND_IN)

    (finding,), (other,) = found(wrong, N=1), found(plain)

    assert finding == other


@pytest.mark.parametrize(
    "change",
    [
        "${LocalVariable.N} = 1",
        "LocalVariable.N = 1",
        "LocalVariable.N += 1",
        "LocalVariable['N'] = 1",
        "del LocalVariable.N",
        "del LocalVariable['N']",
        "for LocalVariable.N in [1]: pass",
    ],
)
def test_a_variable_cannot_be_changed(change: str) -> None:
    source = f"try:\n    {change}\nexcept (AttributeError, TypeError): pass\nelse: return 'changed'"

    assert returned(f"{source}\nreturn {REFERENCE}", N=7) == 7


@pytest.mark.parametrize("ask", ["getattr(LocalVariable, 'a')", "LocalVariable[str('a')]"])
def test_an_unknown_name_that_only_the_run_sees_is_no_variable(ask: str) -> None:
    with pytest.raises((AttributeError, KeyError), match="a"):
        returned(f"return {ask}", N=7)


def test_who_takes_the_name_for_himself_has_it() -> None:
    assert returned("LocalVariable = {'N': 5}\nreturn LocalVariable['N']", N=7) == 5


@pytest.mark.parametrize("count", [300, 700])
def test_a_long_expression_compiles_as_it_does_without_a_reference(count: int) -> None:
    terms = " + ".join(["'${LocalVariable.N}'", *(["'a'"] * count)])

    assert returned(f"return {terms}", N="b") == "b" + "a" * count


def test_a_long_chain_of_elifs_compiles_as_it_does_without_a_reference() -> None:
    chain = "".join(f"elif x == {number}: pass\n" for number in range(700))

    assert returned(f"x = {REFERENCE}\nif x == -1: pass\n{chain}return x", N=7) == 7


def test_a_statement_without_references_is_the_same_text() -> None:
    source = "x = '$'\n"

    assert readable(source).text is source
