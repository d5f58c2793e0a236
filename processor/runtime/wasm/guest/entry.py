"""
The component that is pre-initialised: what is done here while it is built, no run pays for.

Its heap is kept as it is after this module was imported, and every run starts from a copy.
"""

import gc
import importlib
import json
import os
import random
import sys
from collections.abc import Iterator
from typing import Any, Final

from processor.runtime.guest import wire
from processor.runtime.guest.main import serve

from . import library, loop

WARM: Final = (
    "asyncio", "base64", "bisect", "calendar", "collections.abc", "colorsys", "contextlib",
    "copy", "csv", "dataclasses", "datetime", "decimal", "difflib", "email.utils",
    "encodings.ascii", "encodings.cp1252", "encodings.idna", "encodings.latin_1",
    "encodings.utf_16", "enum", "fractions", "functools", "graphlib", "gzip", "hashlib", "heapq",
    "hmac", "html", "http", "inspect", "io", "itertools", "json", "linecache", "logging", "math",
    "operator", "pathlib", "pprint", "random", "re", "secrets", "shlex", "statistics", "string",
    "struct", "tempfile", "textwrap", "time", "traceback", "types", "typing", "unicodedata",
    "urllib.parse", "uuid", "warnings", "xml.dom.minidom", "xml.etree.ElementTree", "zlib",
    "zoneinfo", "_strptime", "processor.runtime.guest.module",
    "processor.runtime.guest.module.sdk",
)  # fmt: skip
"""What is imported ahead: what nodes use, and what those modules import when they are used."""


REHEARSED: Final = {
    "dialect": "module",
    "define": False,
    "nullable": [],
    "packages": "",
    "setup": "",
    "limits": {},
    "options": {
        "network": False,
        "permissions": None,
        "strict_pins": False,
        "node_name": None,
    },
    "statement": """
from flow_like_wasm_sdk import *


def get_definition():
    return NodeDefinition("n", "N", "", "").add_pin(PinDefinition.output_exec())


def run(ctx):
    ctx.info(f"{ctx.get_input('a')!r}")
    ctx.set_output("b", [1.5, "é", None, {"c": True}])
    return ctx.success()
""",
}
"""The header of a run that is made while the runner is built."""


class WitWorld:
    """The world of runner.wit."""

    def about(self) -> str:
        """Give what is in here."""
        return json.dumps({"python_version": sys.version.split()[0]})

    def rehearse(self) -> None:
        """Run once what every run does: what that writes to is this instance's own from then on."""
        _rehearse(REHEARSED, b'{"inputs": {"a": 1}}')

    def serve(self, header: str, inputs: list[str]) -> None:
        """Run, define or check one statement; what becomes of it is told in frames."""
        from wit_world import (  # type: ignore[import-not-found] # made with the component
            ask,
            tell,
        )

        frames: Iterator[tuple[bytes, str]] = iter(
            [(wire.HEADER, header), *((wire.INPUT, content) for content in inputs)]
        )

        def read(_expected: bytes) -> bytes:
            return next(frames)[1].encode()

        def write(kind: bytes, content: bytes) -> None:
            tell(kind.decode(), content.decode("utf-8", "replace"))

        def asked(name: str, content: dict[str, Any]) -> Any:
            return json.loads(ask(name, json.dumps(content)))

        serve(read, write, asked)


def _seed(a: object = None, version: int = 2) -> None:
    """Seed from 16 bytes rather than 2,500: each of them crosses from the host one by one."""
    fresh = int.from_bytes(os.urandom(16), "little")
    _seed_with(fresh if a is None else a, version)  # type: ignore[arg-type] # whatever random takes


_seed_with = random.seed


def _rehearse(header: dict[str, Any], *inputs: bytes) -> None:
    """Run once what every run does, so that none pays for what is only made when it is used."""
    frames = iter([json.dumps(header).encode(), *inputs])
    streams = sys.stdout, sys.stderr
    serve(lambda _kind: next(frames), lambda _kind, _content: None)
    sys.stdout, sys.stderr = streams
    sys.modules.pop("node", None)


def _prepare() -> None:
    library.install()
    for module in WARM:
        importlib.import_module(module)
    loop.install()
    _rehearse(REHEARSED, b'{"inputs": {"a": 1}}')
    _rehearse({**REHEARSED, "define": True})
    _rehearse({**REHEARSED, "check": True})
    random.seed = _seed
    sys.path.clear()
    sys.path_importer_cache.clear()
    gc.collect()
    gc.freeze()


if sys.platform == "wasi":
    _prepare()
