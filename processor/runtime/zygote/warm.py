"""Getting warm: import what statements may use, and mend what the pins need mended (rule 32)."""

import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence


def warm(modules: Sequence[str]) -> None:
    """Import modules, prepare what they would do on first use, and freeze what was made."""
    os.makedirs(os.environ["MPLCONFIGDIR"], exist_ok=True)  # noqa: TID251 (made afresh by the host)
    for name in modules:
        importlib.import_module(name)
    for prepare in (_matplotlib, _jose, _platform):
        prepare()
    gc.collect()
    gc.freeze()


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
    for name in ("jose.backends.cryptography_backend", "jose.backends", "jose.jwe"):
        module = sys.modules.get(name)
        if module is not None:
            module.get_random_bytes = os.urandom  # type: ignore[attr-defined] # a module's own name


def _platform() -> None:
    """Ask once for what openai 0.28 would start a program to learn."""
    importlib.import_module("platform").uname()
