"""Where attacks are tried: as root and as nobody, on a machine and in a container's bounds."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from processor.environment import Environment, InstalledEnvironments, build, locate
from processor.manifest import read_manifest
from processor.runtime.jail import landlock
from tests.attacks.canaries import token
from tests.attacks.judge import Place
from tests.reachable import ROOT, RUNTIME, copy_environment, copy_package, interpreter
from tests.runtime.jail.jails import need, unable

USERS = ("root", "ordinary")
FREE, CONTAINED = "free", "contained"
LEVELS = {
    ("root", FREE): 3,
    ("ordinary", FREE): 3,
    ("root", CONTAINED): 2,
    ("ordinary", CONTAINED): 1,
}
"""By who runs the service, and where."""
NEEDED = (*RUNTIME, "jsonschema_rs", "ulid")
LONGEST_SECONDS = 900


@dataclass(frozen=True, kw_only=True)
class Places:
    """A copy of everything, and what is seen in each place: all are gone to at the same time."""

    folder: Path
    environment: Environment
    _seen: dict[tuple[str, str], Future[Place]] = field(default_factory=dict)

    def get(self, users: str, place: str) -> Place:
        """Give what is seen in a place."""
        _require(users, place)
        if not self._seen:
            threads = ThreadPoolExecutor(len(LEVELS))
            self._seen.update({each: threads.submit(self._go, *each) for each in LEVELS})
            threads.shutdown(wait=False)
        return self._seen[users, place].result()

    def close(self) -> None:
        """Wait for those who are still there."""
        wait(self._seen.values())

    def _go(self, users: str, place: str) -> Place:
        launcher = [sys.executable, str(ROOT / "tests" / "contained.py"), users, place]
        with TemporaryDirectory() as name:
            Path(name).chmod(0o777)
            done = subprocess.run(
                [*launcher, interpreter(), "-m", "tests.attacks.place"],
                input=json.dumps(
                    {"environment": _plain(self.environment), "folder": name}
                ).encode(),
                capture_output=True,
                check=False,
                timeout=LONGEST_SECONDS,
                cwd="/",
                env={
                    "PYTHONPATH": str(self.folder),
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "SERVICE_SECRET": token("environment"),
                    "TMPDIR": name,
                },
            )
        assert done.returncode == 0, done.stderr.decode()[-4000:]
        return msgspec.json.decode(done.stdout, type=Place)


def _require(users: str, place: str) -> None:
    if os.getuid() != 0 and users == "root":
        unable("the tests do not run as root")
    if place == FREE:
        need(users)
    elif landlock.abi() < landlock.LEAST_ABI:
        unable("there is no Landlock here")


def _plain(environment: Environment) -> dict[str, Any]:
    plain = asdict(environment)
    return {
        **plain,
        "python": str(plain["python"]),
        "allowed_imports": sorted(plain["allowed_imports"]),
    }


def copied(folder: Path) -> Places:
    """Copy all that any user needs to a folder of their own, the environment built before."""
    copy_package(folder, NEEDED)
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    found = locate(
        "processor-3.2", environments_dir=ROOT / ".environments", locks_dir=ROOT / "locks"
    )
    build(found, environ=os.environ)
    copy_environment(found.folder, folder / "environment")
    environments = InstalledEnvironments(
        environments_dir=ROOT / ".environments",
        locks_dir=ROOT / "locks",
        allowed_imports=read_manifest(ROOT / "connector_manifest.json").allowed_imports,
        warms=lambda _module: True,
    )
    environment = environments.get("processor-3.2")
    python = folder / "environment" / "bin" / "python"
    return Places(folder=folder, environment=replace(environment, python=python))
