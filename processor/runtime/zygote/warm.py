"""Getting warm: import what statements may use, and mend what the pins need mended (rule 32)."""

import asyncio
import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence
from tempfile import TemporaryDirectory
from types import ModuleType

from processor.runtime.guest.priming import prime

MAY_FAIL = "?"


def warm(modules: Sequence[str]) -> None:
    """Import modules, prepare what they would do on first use, and freeze what was made."""
    with TemporaryDirectory() as folder:
        os.environ["MPLCONFIGDIR"] = folder  # noqa: TID251 (it reads its fonts once, and keeps them)
        for name in modules:
            _import(name)
        for prepare in (_matplotlib, _jose, _passlib, _platform):
            prepare()
    prime().close()
    asyncio.set_event_loop(None)
    gc.collect()
    gc.freeze()


def _import(name: str) -> None:
    """Import a module; one with a `?` behind it may fail, as it then does in the run."""
    try:
        importlib.import_module(name.removesuffix(MAY_FAIL))
    except Exception:
        if not name.endswith(MAY_FAIL):
            raise


def _matplotlib() -> None:
    if "matplotlib.pyplot" not in sys.modules:
        return
    pyplot = sys.modules["matplotlib.pyplot"]
    figure = pyplot.figure()
    figure.add_subplot().set_title("$x$")
    figure.savefig(io.BytesIO(), format="png")  # reads the fonts, once
    pyplot.close("all")


def _jose() -> None:
    """Give JWE its random bytes back: cryptography 45 removed what python-jose 3.3.0 calls."""
    backends = sys.modules.get("jose.backends")
    if backends is None or _gives_random_bytes(backends):
        return
    for name in ("jose.backends.cryptography_backend", "jose.backends", "jose.jwe"):
        module = sys.modules.get(name)
        if module is not None:
            module.get_random_bytes = os.urandom  # type: ignore[attr-defined] # a module's own name


def _gives_random_bytes(backends: ModuleType) -> bool:
    try:
        return len(backends.get_random_bytes(1)) == 1
    except AttributeError:
        return False


def _passlib() -> None:
    """Choose backends now: a hash changes its class on first use, under a call that has begun."""
    for name in ("argon2", "bcrypt"):
        module = sys.modules.get(f"passlib.handlers.{name}")
        if module is not None:
            getattr(module, name).set_backend()


def _platform() -> None:
    """Ask once for what openai would start a program to learn, in every run."""
    importlib.import_module("platform").platform()
