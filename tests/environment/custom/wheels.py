"""Small wheels in a folder, and environments that are built from nothing else."""

import base64
import hashlib
import os
import threading
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from processor.environment import State, custom
from processor.environment.custom import KnownEnvironments, Workshop
from processor.step import Requirements, read_requirements
from tests.build import until
from tests.fakes import FakeEnvironments


def a_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    files: Mapping[str, str] | None = None,
    requires: tuple[str, ...] = (),
) -> Path:
    """Write a wheel whose module, where no files are given, has its version as `VERSION`."""
    folder.mkdir(exist_ok=True)
    contents = dict(files or {f"{name}.py": f"VERSION = {version!r}\n"})
    info = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    contents[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}"
    )
    contents[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(
        f"{path},sha256={_digest(content)},{len(content.encode())}\n"
        for path, content in contents.items()
    )
    contents[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for inside, content in contents.items():
            # By a name alone: as of no time, so that the same files are the same wheel.
            wheel.writestr(zipfile.ZipInfo(inside), content)
    return path


def _digest(content: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).decode().rstrip("=")


def wanted(text: str) -> Requirements:
    return read_requirements(text, "/requirements")


def a_workshop(folder: Path, **changes: Any) -> Workshop:
    """Give a workshop whose only wheels are those in `folder / "wheels"`."""
    (folder / "wheels").mkdir(exist_ok=True)
    members: dict[str, Any] = {
        "places": custom.Places(folder=folder / "environments"),
        "index": custom.Index(address="none", wheels_dir=str(folder / "wheels")),
        "environ": {"PATH": os.environ["PATH"]},
        "within": timedelta(minutes=1),
        "most_bytes": 1 << 30,
        "trusted": frozenset({"good"}),
        "stop": threading.Event(),
    }
    return Workshop(**{**members, **changes})


@asynccontextmanager
async def opened(folder: Path, **changes: Any) -> AsyncIterator[KnownEnvironments]:
    terms = custom.Terms(keep=timedelta(days=1), allowed_imports=frozenset({"math"}))
    workshop = a_workshop(folder, **changes)
    async with custom.opened(FakeEnvironments(), {"small"}.__contains__, workshop, terms) as known:
        yield known


async def settled(known: KnownEnvironments, name: str) -> custom.Description:
    """Wait until an environment is built, or cannot be."""
    await until(lambda: known.describe(name).state is not State.BUILDING)
    return known.describe(name)
