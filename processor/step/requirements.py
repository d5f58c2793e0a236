"""
The text of a requirements file, or the header of a statement, to the packages that are wanted.

Hostile input: bounded, and held to names, versions, markers and hashes. What would lead a build
elsewhere (options, addresses, paths, other files) is refused with its line.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from processor.errors import Detail, TooLarge

from .pointers import refused
from .runtimes import RuntimeName

LONGEST_TEXT: Final = 64 << 10
LONGEST_LINE: Final = 8 << 10
MOST_LINES: Final = 500

_COMMENT: Final = re.compile(r"(^|\s)#.*$")
_HASH: Final = re.compile(r"\s--hash=(sha256:[0-9a-f]{64})(?=\s|$)")
_HEADER_BEGINS: Final = "# /// script"
_HEADER_ENDS: Final = "# ///"
_HEADERS_ARE_WITHIN: Final = 64 << 10
"""A header stands at the top; of a longer statement the rest is not looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """One requirement: what the resolver is told, and the hashes that its author accepts."""

    line: str
    name: str
    """In the canonical spelling of package names."""
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirements:
    """What a step wants to find beside the standard library."""

    wanted: tuple[Wanted, ...]
    python: str = ""
    """Versions of Python that the author accepts; empty where any will do."""
    runtime: RuntimeName = "forked"
    """Which runtime is to find them."""

    @property
    def digest(self) -> str:
        """Give what tells these requirements from others."""
        lines = [f"{each.line} {' '.join(each.hashes)}" for each in self.wanted]
        kind = [] if self.runtime == "forked" else [self.runtime]
        return hashlib.sha256("\n".join([self.python, *lines, *kind]).encode()).hexdigest()

    def together_with(self, other: "Requirements") -> "Requirements":
        """Give both, as one must satisfy them."""
        python = ",".join(filter(None, (self.python, other.python)))
        return Requirements(wanted=_unique((*self.wanted, *other.wanted)), python=python)


def read_requirements(text: str, pointer: str) -> Requirements:
    """
    Read the text of a requirements file; raises InvalidRequest, TooLarge at the pointer.

    >>> [each.line for each in read_requirements("b\\nA == 1.*  # why\\n", "/x").wanted]
    ['a==1.*', 'b']
    """
    if len(text) > LONGEST_TEXT:
        message = f"requirements have at most {LONGEST_TEXT:,} characters, these {len(text):,}"
        raise TooLarge(message, details=(Detail(pointer, message),))
    lines = [*_lines(text)]
    if len(lines) > MOST_LINES:
        raise refused(pointer, f"at most {MOST_LINES} requirements, and these are {len(lines)}")
    return Requirements(wanted=_unique(tuple(_wanted(line, at, pointer) for at, line in lines)))


def read_header(statement: str, pointer: str) -> Requirements | None:
    """Read a statement's own header (PEP 723), where it has one; raises InvalidRequest."""
    lines = [line.rstrip() for line in statement[:_HEADERS_ARE_WITHIN].splitlines()]
    if lines.count(_HEADER_BEGINS) > 1:
        raise refused(pointer, f"the statement has more than one header `{_HEADER_BEGINS}`")
    content = _commented(lines)
    if content is None:
        return None
    try:
        header = tomllib.loads(content)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise refused(pointer, f"its header `# /// script` is no TOML: {error}") from None
    listed, python = header.get("dependencies", []), header.get("requires-python", "")
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise refused(pointer, "`dependencies` of its header is a list of texts")
    if any("\n" in each or "\r" in each for each in listed):
        raise refused(pointer, "a dependency of its header is one line")
    requirements = read_requirements("\n".join(listed), pointer)
    return Requirements(wanted=requirements.wanted, python=_python(python, pointer))


def _commented(lines: list[str]) -> str | None:
    """Give what stands between the marks of a header, all of it comments; None without one."""
    if _HEADER_BEGINS not in lines:
        return None
    content: list[str] = []
    for line in lines[lines.index(_HEADER_BEGINS) + 1 :]:
        if line == _HEADER_ENDS:
            return "\n".join(content)
        if line != "#" and not line.startswith("# "):
            break
        content.append(line[2:])
    return None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Give what stands in each line with its number; `\\` at an end goes on in the next."""
    first, kept = 1, ""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        first = number if not kept else first
        if line.endswith("\\"):
            kept += line[:-1] + " "
            continue
        whole = _COMMENT.sub("", kept + line).strip()
        kept = ""
        if whole:
            yield first, whole
    if kept.strip():
        yield first, kept.strip()


def _wanted(line: str, number: int, pointer: str) -> Wanted:
    where = f"line {number}"
    if len(line) > LONGEST_LINE:
        raise refused(pointer, f"{where} has more than {LONGEST_LINE:,} characters")
    if line.startswith("-"):
        option = line.split(maxsplit=1)[0].partition("=")[0]
        raise refused(pointer, f"{where}: the option {option:.40} is not read; {_ONLY}")
    hashes = tuple(sorted(set(_HASH.findall(line))))
    try:
        asked = Requirement(_HASH.sub("", line))
    except (InvalidRequirement, RecursionError) as error:
        reason = str(error).splitlines()[0]
        raise refused(pointer, f"{where}, {line[:80]!r}: {reason}; {_ONLY}") from None
    if asked.url:
        raise refused(pointer, f"{where}: {asked.name} names an address; {_ONLY}")
    asked.name = canonicalize_name(asked.name)
    return Wanted(line=str(asked), name=asked.name, hashes=hashes)


_ONLY: Final = "a requirement is a package of the index, such as `pydash==8.0.3`"


def _unique(wanted: tuple[Wanted, ...]) -> tuple[Wanted, ...]:
    return tuple(sorted(set(wanted), key=lambda each: (each.name, each.line, each.hashes)))


def _python(text: object, pointer: str) -> str:
    try:
        return str(SpecifierSet(text)) if isinstance(text, str) else _no_text()
    except InvalidSpecifier as error:
        raise refused(pointer, f"`requires-python` of its header: {error}") from None


def _no_text() -> str:
    raise InvalidSpecifier("give a text, such as `>=3.11`")
