"""
Which statements need none of an environment's packages: those run in a smaller process.

Told by whether the text holds a package's name, anywhere: nothing of it is parsed. Who hides a name
from this, pieces it together and imports that, gets the module as well, only later.
"""

import re
import sys
import unicodedata
from dataclasses import replace
from functools import lru_cache
from typing import Final

from .environment import Environment

DYNAMIC: Final = ("__import__", "importlib", "__builtins__", "exec", "eval")
"""By which a module is imported whose name the text need not hold."""
MOST_REMEMBERED: Final = 64
"""Environments whose words are remembered."""
MOST_LETTERS: Final = 1000
"""Different characters beyond ASCII that are looked at, one after the other."""


@lru_cache(maxsize=MOST_REMEMBERED)
def light(environment: Environment) -> Environment:
    """Give the environment with nothing but the standard library imported ahead."""
    return replace(
        environment,
        name=f"{environment.name} (light)",
        digest=f"{environment.digest} light",
        preload=tuple(module for module in environment.preload if _is_standard(module)),
    )


def is_light(statement: str, environment: Environment) -> bool:
    """Whether a statement runs as well where no package was imported ahead."""
    words = _words(environment.preload, environment.allowed_imports)
    return not any(_has_word(statement, word) for word in words) and _is_plain(statement)


@lru_cache(maxsize=MOST_REMEMBERED)
def _words(preload: tuple[str, ...], allowed_imports: frozenset[str]) -> tuple[str, ...]:
    """Give the words of which a light statement has none: the same for every run."""
    packages = {_root(each) for each in (*preload, *allowed_imports) if not _is_standard(each)}
    return (*packages, *DYNAMIC)


def _has_word(statement: str, word: str) -> bool:
    return word in statement and re.search(rf"\b{re.escape(word)}\b", statement) is not None


def _is_plain(statement: str) -> bool:
    """Whether no character beyond ASCII stands for one within, as it may in a Python name."""
    if statement.isascii():
        return True
    letters = {letter for letter in set(statement) if not letter.isascii()}
    return len(letters) <= MOST_LETTERS and not any(
        each.isascii() and each.isalnum()
        for letter in letters
        for each in unicodedata.normalize("NFKC", letter)
    )


def _is_standard(module: str) -> bool:
    return _root(module) in sys.stdlib_module_names


def _root(module: str) -> str:
    return module.removesuffix("?").partition(".")[0]
