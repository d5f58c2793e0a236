"""Profile `current`, through HTTP: newer packages, more imports, type hints."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from processor import wiring
from processor.config import CHECKOUT, Settings
from tests.served import Served, a_step

TEXT = {"columns": [{"name": "x", "type": "Text", "nullable": False}]}


def run(service: Served, statement: str, **members: Any) -> Any:
    """Run a statement in profile `current`; its rows have one Text, `x`."""
    return service.run(a_step(statement, profile="current", output_schema=TEXT, **members))


def value(service: Served, statement: str) -> str:
    """Give the only cell of a statement that succeeds."""
    answer = run(service, statement)
    assert answer["state"] == "succeeded", answer["error"]
    (row,) = answer["rows"]
    text: str = row["x"]
    return text


def test_it_runs_in_its_own_environment(service: Served) -> None:
    answer = run(service, "return []")

    assert answer["environment"]["name"] == "current"


def test_rule_20_a_frame_of_its_pandas_is_rows(service: Served) -> None:
    statement = "import pandas as pd\nreturn pd.DataFrame({'x': [1, 2]})"

    run = service.run(a_step(statement, profile="current"))

    assert run["rows"] == [{"x": 1}, {"x": 2}], run["error"]


def test_rule_33_its_pandas_is_the_third(service: Served) -> None:
    assert value(service, "import pandas\nreturn [{'x': pandas.__version__}]")[:2] == "3."


def test_type_hints_are_allowed(service: Served) -> None:
    statement = """
number: int = 1
async def double(text: str, times: int = 2) -> str:
    return text * times
class Pair:
    left: str = "a"
return [{"x": await double(Pair.left)}]
"""

    assert value(service, statement) == "aa"


@pytest.mark.parametrize(
    ("imports", "expression"),
    [
        ("import re", "re.sub('a', 'x', 'a')"),
        ("from urllib.parse import quote", "quote('x')"),
        ("import urllib.parse", "urllib.parse.quote('x')"),
        ("import xml.etree.ElementTree as ET", "ET.fromstring('<x/>').tag"),
        ("import xml.etree.ElementTree", "xml.etree.ElementTree.fromstring('<x/>').tag"),
        ("from collections import abc", "abc.Iterable and 'x'"),
        ("import numpy.linalg", "numpy.linalg and 'x'"),
        ("from pandas.api.types import is_list_like", "'x' if is_list_like([]) else ''"),
        ("from jose.exceptions import JWTError", "JWTError and 'x'"),
        ("import bcrypt", "bcrypt.gensalt(4) and 'x'"),
    ],
)
def test_rule_16_what_it_lists_can_be_imported(
    service: Served, imports: str, expression: str
) -> None:
    assert value(service, f"{imports}\nreturn [{{'x': {expression}}}]") == "x"


@pytest.mark.parametrize(
    "statement",
    [
        "import os",
        "import sys",
        "import collections.abc",
        "from matplotlib import os",
        "import pandasx",
    ],
)
def test_rule_16_what_it_does_not_list_is_refused(service: Served, statement: str) -> None:
    assert run(service, f"{statement}\nreturn []")["error"]["code"] == "import_not_allowed"


def test_the_other_profile_stays_as_it_was(service: Served) -> None:
    hinted = service.run(a_step("x: int = 1\nreturn []"))
    imported = service.run(a_step("import re\nreturn []"))

    assert (hinted["error"]["code"], imported["error"]["code"]) == (
        "type_hint",
        "import_not_allowed",
    )


def test_the_environment_alone_brings_its_modules_and_no_type_hints(service: Served) -> None:
    imported = service.run(a_step("import re\nreturn []", environment="current"))
    hinted = service.run(a_step("x: int = 1\nreturn []", environment="current"))

    assert imported["state"] == "succeeded"
    assert hinted["error"]["code"] == "type_hint"


def test_rule_33_jwe_and_password_hashes_work_in_a_run(service: Served) -> None:
    statement = """
from jose import jwe
from passlib.hash import argon2, bcrypt
token = jwe.encrypt(b"x", b"0123456789abcdef", algorithm="A128KW", encryption="A128GCM")
assert argon2.verify("p", argon2.using(time_cost=1, memory_cost=1024).hash("p"))
assert bcrypt.verify("p", bcrypt.using(rounds=4).hash("p"))
return [{"x": jwe.decrypt(token, b"0123456789abcdef").decode()}]
"""

    assert value(service, statement) == "x"


# What an environment that nobody asked for costs: nothing


@asynccontextmanager
async def opened(folder: Path, *environments: str) -> AsyncIterator[wiring.Processor]:
    """Open what the service is made of, with no more environments than these."""
    built = folder / "environments"
    built.mkdir()
    for name in environments:
        (place,) = CHECKOUT.joinpath(".environments").glob(f"{name}-*[!k]")
        built.joinpath(place.name).symlink_to(place)
    settings = Settings(data_dir=str(folder / "data"), environments_dir=str(built))
    async with wiring.opened(settings, CHECKOUT, warms=lambda _module: False) as processor:
        yield processor


async def test_only_the_default_environment_is_warmed_at_start(tmp_path: Path) -> None:
    async with opened(tmp_path, "processor-3.2", "current", "node") as processor:
        await processor.warm_up()

        readiness = processor.readiness()

    assert readiness.ready
    assert readiness.details["zygotes"] == [
        {"environment": "processor-3.2", "warm": True},
        {"environment": "current", "warm": False},
        {"environment": "node", "warm": False},
    ]


async def test_a_missing_environment_that_is_not_the_default_one_is_told_and_no_more(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, "processor-3.2") as processor:
        readiness = processor.readiness()

    told = json.dumps(readiness.details["zygotes"])
    assert readiness.ready
    assert "`processor env build current` builds it" in told


async def test_without_the_default_environment_no_runs_are_taken(tmp_path: Path) -> None:
    async with opened(tmp_path, "current") as processor:
        assert not processor.readiness().ready
