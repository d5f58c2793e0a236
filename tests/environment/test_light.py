"""Which statements need no package: told by the words of their text, which is never parsed."""

import pytest

from processor.environment import is_light, light
from tests.build import an_environment

ENVIRONMENT = an_environment(
    allowed_imports=frozenset({"json", "pandas", "passlib.hash", "openai.*"}),
    preload=("json", "zoneinfo", "pandas", "passlib.hash", "passlib.handlers.pbkdf2", "openai"),
)


def test_a_light_environment_imports_the_standard_library_only() -> None:
    assert light(ENVIRONMENT).preload == ("json", "zoneinfo")


def test_a_light_environment_is_not_taken_for_the_full_one() -> None:
    assert light(ENVIRONMENT).digest != ENVIRONMENT.digest
    assert light(ENVIRONMENT).python == ENVIRONMENT.python


@pytest.mark.parametrize(
    "statement",
    [
        "return []",
        "import json\nreturn json.loads('[]')",
        "spandas = 1\nreturn [{'a': spandas}]",
        "executed = retrieval = 1\nreturn []",
        "return [{'größe': 'naïve €'}]",
    ],
)
def test_without_a_package_s_name_a_statement_is_light(statement: str) -> None:
    assert is_light(statement, ENVIRONMENT)


@pytest.mark.parametrize(
    "statement",
    [
        "import pandas",
        "import json, \\\n  pandas as pd",
        "from passlib.hash import argon2",
        "import openai.types",
        "import \uff50\uff41\uff4e\uff44\uff41\uff53",
        "import \U0001d4c5andas",
        "m = __import__('pan' + 'das')",
        "m = __builtins__['__imp' + 'ort__']('pan' + 'das')",
        "exec('import pan' + 'das')",
        "m = eval(text)",
        "# not with pandas",
    ],
)
def test_with_the_name_of_a_package_or_a_way_around_it_a_statement_is_not(statement: str) -> None:
    assert not is_light(statement, ENVIRONMENT)


def test_a_text_of_very_many_different_letters_is_not_looked_into() -> None:
    assert not is_light("".join(map(chr, range(0x4E00, 0x5E00))), ENVIRONMENT)
    assert is_light("".join(map(chr, range(0x4E00, 0x4F00))), ENVIRONMENT)
