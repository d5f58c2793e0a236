"""Packages of steps in WebAssembly: baked into a runner for each lock, in the background."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.environment.custom.wheels import a_wheel
from tests.runtime.wasm.host import NODE, ROOT
from tests.served import COLUMN_X, Answer, Served, served

PURE = "shouting==1.0"
FILES = {
    "shouting/__init__.py": (
        "from importlib import metadata, resources\n"
        "from . import inner\n"
        "VERSION = metadata.version('shouting')\n"
        "WORD = resources.files('shouting').joinpath('word.txt').read_text()\n"
        "PLACE = __file__\n"
    ),
    "shouting/inner.py": "import sys\nRAN_AT = len(sys.modules)\n",
    "shouting/word.txt": "é",
    "json.py": "raise SystemExit('this is not the json that anybody wants')\n",
    "processor/runtime/guest/main.py": "raise SystemExit('nor this our guest')\n",
}
STATEMENT = NODE + (
    "import json\n"
    "import shouting\n"
    "def run(context):\n"
    "    seen = [shouting.VERSION, shouting.WORD, shouting.PLACE, json.dumps(None)]\n"
    "    return {'outputs': {'out': seen}}\n"
)


@pytest.fixture(scope="module")
def baking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Bake runners from a folder of wheels, and leave them for the next time: they take a while."""
    folder = tmp_path_factory.mktemp("baking")
    wheels = folder / "wheels"
    a_wheel(wheels, "shouting", files=FILES)
    a_wheel(wheels, "native", files={"native/__init__.py": "", "native/fast.so": "ELF"})
    (folder / "processor.toml").write_text(
        f'[custom]\nindex = "none"\nwheels_dir = "{wheels}"\n'
        f'dir = "{ROOT / ".environments" / "of-tests"}"\n'
    )
    with served(folder / "data", config=folder / "processor.toml") as running:
        yield running


def asked(service: Served, statement: str, wait: int = 0, **step: Any) -> Answer:
    members = {"profile": "wasm-node", "statement": statement, **step}
    headers = {"Prefer": f"wait={wait}"} if wait else {}
    return service.request("POST", "/v1/runs", {"step": members}, headers)


def run(service: Served, statement: str, **step: Any) -> Any:
    while (answer := asked(service, statement, 45, **step)).status == 503:
        assert int(answer.headers["retry-after"]) > 0, answer
    assert answer.status == 200, answer
    return answer.body


@pytest.mark.timeout(300)  # a runner is built where no earlier run has left it
def test_a_node_imports_a_package_with_its_files_and_its_version(baking: Served) -> None:
    ran = run(baking, STATEMENT, requirements=PURE)

    assert ran["result"] is not None, ran["error"]
    place = "/library/shouting/__init__.py"
    assert ran["result"]["outputs"]["out"] == ["1.0", "é", place, "null"]


@pytest.mark.timeout(300)
def test_a_body_may_import_what_its_requirements_bring(baking: Served) -> None:
    step = {"profile": "processor", "runtime": "wasm", "output_schema": COLUMN_X}

    ran = run(baking, "import shouting\nreturn [{'x': 1}]", requirements=PURE, **step)

    assert ran["rows"] == [{"x": 1}], ran["error"]


@pytest.mark.timeout(300)
def test_a_definition_is_told_with_the_packages_that_its_module_imports(baking: Served) -> None:
    run(baking, STATEMENT, requirements=PURE)

    answer = baking.request(
        "POST", "/v1/nodes/definition", {"statement": STATEMENT, "requirements": PURE}
    )

    assert answer.status == 200, answer
    assert [node["name"] for node in answer.body["nodes"]] == ["n"]


def test_without_the_requirements_there_is_no_such_package(baking: Served) -> None:
    ran = asked(baking, STATEMENT).body

    assert "No module named 'shouting'" in ran["error"]["message"]


@pytest.mark.parametrize("package", ["native", "absent"])
def test_what_cannot_be_baked_is_refused_with_what_to_do(baking: Served, package: str) -> None:
    answer = asked(baking, STATEMENT, 45, requirements=package)

    assert (answer.status, answer.body["code"]) == (503, "environment_not_ready")
    assert package in answer.body["detail"]
    assert ("set `runtime` to `forked`" in answer.body["detail"]) is (package == "native")
