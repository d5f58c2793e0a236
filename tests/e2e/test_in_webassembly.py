"""Scripts in WebAssembly: what passes in processes passes there, but for what is listed."""

from typing import Any

import pytest

from tests.e2e.test_nodes import CASES, _check
from tests.served import Served

WITHOUT_PACKAGES = [case for case in CASES if "requirements" not in case["inputs"]]


def run(service: Served, statement: str, inputs: Any = None, **step: Any) -> Any:
    given = inputs or {"state": {}}
    members = {"profile": "node", "statement": statement, "runtime": "wasm", **step}
    if "timeout_ms" in given:
        members["limits"] = {"wall_seconds": given["timeout_ms"] / 1000}
    if "setup_script" in given:
        members["setup"] = given["setup_script"]
    return service.run(members, {"globals": given["state"]})


@pytest.mark.parametrize("case", [pytest.param(c, id=c["title"]) for c in WITHOUT_PACKAGES])
def test_a_case_passes_in_webassembly(service: Served, case: dict[str, Any]) -> None:
    for earlier in case["inputs"].get("run_before", ()):
        run(service, earlier, case["inputs"])

    ran = run(service, case["code"], case["inputs"])

    _check(ran, case["expected"])


DIFFERENCES: dict[str, tuple[str, Any, Any]] = {
    "the version of Python": ("list(sys.version_info[:2])", [3, 11], [3, 14]),
    "newer syntax": ("tried('try: pass\\nexcept A, B: pass')", "SyntaxError", "fine"),
    "a file": ("tried('open(\"/tmp/x\", \"w\")')", "fine", "FileNotFoundError"),
    "a thread": (
        "tried('import threading; threading.Thread(target=print).start()')", "fine", "RuntimeError"
    ),
    **{
        f"module {name}": (f"tried('import {name}')", "fine", "ModuleNotFoundError")
        for name in ("bz2", "ctypes", "lzma", "multiprocessing", "sqlite3", "ssl", "venv")
    },
}  # fmt: skip
"""What a script sees in a process, and what in WebAssembly: docs/statements/modules.md."""
SEEN = "import sys\ndef tried(text):\n" + (
    "    try: exec(compile(text, 'x', 'exec'), {})\n"
    "    except BaseException as error: return type(error).__name__\n"
    "    return 'fine'\n"
)


@pytest.mark.parametrize("runtime", ["forked", "wasm"])
def test_what_differs_is_what_is_listed(service: Served, runtime: str) -> None:
    looks = ", ".join(f"{name!r}: {look}" for name, (look, _, _) in DIFFERENCES.items())

    ran = run(service, f"{SEEN}{{{looks}}}", runtime=runtime)

    wanted = {name: each[1 + (runtime == "wasm")] for name, each in DIFFERENCES.items()}
    assert ran["result"] == wanted, ran["error"]
