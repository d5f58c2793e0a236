"""
A statement's text to one that Python can parse, as wide to the byte, so that no column moves.

In code the braces of `${LocalVariable.Name}` become parentheses. Two things that the parser would
not keep apart get stand-ins, which are names that the text has nowhere: a variable's name that is
a keyword, and what looks like a reference in an f-string but is a text (`${{LocalVariable.Name}}`).
On the tree every stand-in gives way to what it stands for.
"""

import keyword
import re
import string
import tokenize
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Final

NAME: Final = "LocalVariable"
REFERENCE: Final = re.compile(r"\$\{\s*LocalVariable\.([^\W\d]\w*)\s*\}")

_KEYWORD: Final = re.compile(rf"(?<=\$\{{)(\s*LocalVariable\.)({'|'.join(keyword.kwlist)})\b")
_ESCAPED: Final = re.compile(r"(?<=\$\{\{)(\s*)LocalVariable(?=\.)")
_BEFORE_AN_OPERAND: Final = frozenset(keyword.kwlist) - {"True", "False", "None"}
_OPEN_A_BLOCK: Final = frozenset({"match", "case"})
_MOST_TRIED: Final = 2000
_LINES: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class Readable:
    """What the parser is given, and what each stand-in in it stands for."""

    text: str
    meant: Mapping[str, str] = field(default_factory=dict)


def readable(source: str) -> Readable:
    """
    Give the source with every reference in code as an expression of the same width.

    >>> readable("x = ${LocalVariable.N} + 1").text
    'x = ( LocalVariable.N) + 1'
    >>> readable("x = '${LocalVariable.N}'").text
    "x = '${LocalVariable.N}'"
    >>> readable("x = ${LocalVariable.class}")
    Readable(text='x = ( LocalVariable._aaaa)', meant={'_aaaa': 'class'})
    """
    if "${" not in source:
        return Readable(text=source)
    stand_ins = _StandIns(source)
    text = _KEYWORD.sub(lambda found: found[1] + stand_ins.of(found[2]), source)
    text = _ESCAPED.sub(lambda found: found[1] + stand_ins.of(NAME), text)
    return Readable(text=_parenthesised(text), meant=stand_ins.meant)


class _StandIns:
    """Names that a source has nowhere, each as long as what it stands for."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._chosen: dict[str, str] = {}

    @property
    def meant(self) -> dict[str, str]:
        return {stand_in: name for name, stand_in in self._chosen.items()}

    def of(self, name: str) -> str:
        """Give the name's stand-in; itself, where the source has every name that was tried."""
        if name not in self._chosen:
            taken = self._chosen.values()
            tried = islice(_names(len(name)), _MOST_TRIED)
            free = (each for each in tried if each not in self._source and each not in taken)
            self._chosen[name] = next(free, name)
        return self._chosen[name]


def _names(length: int) -> Iterator[str]:
    for letters in product("_" + string.ascii_letters, *[string.ascii_letters] * (length - 1)):
        name = "".join(letters)
        if not keyword.iskeyword(name):
            yield name


def _parenthesised(text: str) -> str:
    lines = _LINES.findall(text)
    for row, column in reversed(list(_dollars(lines))):
        line = lines[row - 1]
        reference = REFERENCE.match(line, column)
        if reference:
            lines[row - 1] = f"{line[:column]}( {reference[0][2:-1]}){line[reference.end() :]}"
    return "".join(lines)


def _dollars(lines: list[str]) -> Iterator[tuple[int, int]]:
    """
    Give where a `$` stands as a token of its own, and so neither in a string nor a comment.

    Not where an expression has ended before it: what follows in parentheses would call that.
    """
    ends = iter([line[:-1] + "\n" if line.endswith("\r") else line for line in lines])
    logical: list[tokenize.TokenInfo] = []
    with suppress(tokenize.TokenError, SyntaxError):  # the parser says it better
        for token in tokenize.generate_tokens(lambda: next(ends, "")):
            if token.type == tokenize.NEWLINE:
                yield from _operands(logical)
                logical = []
            elif token.type not in _NO_TOKENS and token.string.strip():
                logical.append(token)
    yield from _operands(logical)


def _operands(logical: list[tokenize.TokenInfo]) -> Iterator[tuple[int, int]]:
    """Give where each `$` of one logical line stands that may begin an operand."""
    opens = bool(logical) and logical[0].string in _OPEN_A_BLOCK and _has_colon(logical)
    for number, token in enumerate(logical):
        if token.string != "$":
            continue
        if number == 0 or (number == 1 and opens) or not _is_operand(logical[number - 1]):
            yield token.start


def _has_colon(logical: list[tokenize.TokenInfo]) -> bool:
    depth = 0
    for token in logical:
        depth += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))
        if token.string == ":" and depth == 0:
            return True
    return False


_NO_TOKENS: Final = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT})


def _is_operand(token: tokenize.TokenInfo) -> bool:
    """Whether an expression may end with this token."""
    if token.type == tokenize.NAME:
        return token.string not in _BEFORE_AN_OPERAND
    ends = token.string in (")", "]", "}", "...")
    return ends or token.type in (tokenize.NUMBER, tokenize.STRING, _FSTRING_END)


_FSTRING_END: Final = getattr(tokenize, "FSTRING_END", tokenize.STRING)
