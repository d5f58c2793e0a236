"""From the name of an environment to the environment, or why there is none yet."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from processor.errors import EnvironmentNotReady

from .environment import Environment
from .wheelhouse import State, Wheelhouse, locate, state

COMPANIONS: Mapping[str, tuple[str, ...]] = {
    "datetime": ("_strptime", "zoneinfo"),
    "argon2.*": ("passlib.handlers.argon2",),
    "bcrypt.*": ("passlib.handlers.bcrypt",),
    "httpx": ("encodings.idna", "anyio._backends._asyncio", "httpcore"),
    "jose": ("jose.jwt", "jose.jws", "jose.jwe"),
    "matplotlib.pyplot": ("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg"),
    "openai.*": (
        "httpcore2",
        "openai.resources.chat",
        "openai.resources.embeddings",
        "openai.resources.responses",
    ),
    "pandas": (
        "pandas.core.methods.to_dict",
        "pandas.core.resample",
        "pandas.io.formats.csvs",
        "pandas.io.formats.string",
    ),
    "passlib.hash": ("passlib.handlers.pbkdf2",),
    "xml": ("xml.etree.ElementTree",),
}
"""What an allowed module imports only when it is used: late in a run, and behind the walls."""

WITHOUT_ALLOWLIST: Final = (
    "_strptime", "asyncio", "base64", "bisect", "calendar", "collections", "copy", "csv",
    "dataclasses", "datetime", "decimal", "difflib", "email.utils", "enum", "fractions",
    "functools", "hashlib", "heapq", "hmac", "html", "inspect", "io", "itertools", "json",
    "logging", "math", "operator", "pathlib", "pprint", "random", "re", "secrets", "site",
    "statistics", "string", "tempfile", "textwrap", "time", "traceback", "typing", "unicodedata",
    "urllib.parse", "uuid", "xml.etree.ElementTree", "zlib", "zoneinfo",
)  # fmt: skip
"""What a warm process imports for statements that may import whatever is there."""

TREE: Final = ".*"
"""The end of an entry that allows a module with all that is below it."""


def resolve(
    name: str, *, environments_dir: Path, locks_dir: Path, allowed_imports: frozenset[str]
) -> Environment:
    """Give the built environment of that name, which grants these imports."""
    house = locate(name, environments_dir=environments_dir, locks_dir=locks_dir)
    match state(house):
        case State.READY, _:
            return environment(house, allowed_imports)
        case State.BUILDING, _:
            raise EnvironmentNotReady(f"environment {name} is being built", retry_after=30)
        case _, reason:
            why = f"its build failed: {reason}" if reason else "it has not been built"
            advice = f"`processor env build {name}` builds it"
            raise EnvironmentNotReady(f"environment {name} is not ready, {why}; {advice}")


def environment(house: Wheelhouse, allowed_imports: frozenset[str]) -> Environment:
    """Describe a built environment as a value."""
    return Environment(
        name=house.name,
        digest=house.digest,
        python=house.python,
        python_version=house.python_version,
        allowed_imports=allowed_imports,
        preload=preload(allowed_imports) or WITHOUT_ALLOWLIST,
    )


def preload(allowed_imports: frozenset[str]) -> tuple[str, ...]:
    """
    List what a warm process imports, so that no run pays for it: each module, its companions.

    >>> preload(frozenset({"xml", "math"}))
    ('math', 'xml', 'xml.etree.ElementTree')
    """
    listed = (
        module
        for allowed in sorted(allowed_imports)
        for module in (allowed.removesuffix(TREE), *COMPANIONS.get(allowed, ()))
    )
    return tuple(dict.fromkeys(listed))
