"""The environment of profile `current`, as `make setup` builds it."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from processor.environment import build, locate, packages
from processor.environment.resolve import preload
from processor.environment.wheelhouse import Wheelhouse
from processor.manifest import read_manifest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "pandas", "numpy", "pyyaml", "openai", "deepdiff", "python-jose", "libpass", "passlib",
    "bcrypt", "argon2-cffi", "httpx", "matplotlib",
}  # fmt: skip
"""What statements import of it, by the names of the distributions."""


@pytest.fixture(scope="module")
def house() -> Wheelhouse:
    """The checkout's own environment; built here where nobody has done it yet."""
    found = locate("current", environments_dir=ROOT / ".environments", locks_dir=ROOT / "locks")
    build(found, environ=os.environ)
    return found


def run(house: Wheelhouse, program: str, *flags: str, folder: Path) -> str:
    """Run a program in the environment's interpreter, and give what it printed."""
    done = subprocess.run(
        [house.python, "-I", *flags, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        env={"MPLBACKEND": "Agg", "MPLCONFIGDIR": str(folder)},
    )
    assert done.stderr == ""
    return done.stdout.strip()


def installed(house: Wheelhouse) -> dict[str, str]:
    return {each.name.lower(): each.version for each in packages(house)}


def test_it_holds_its_pins_exactly(house: Wheelhouse) -> None:
    pins = {
        "pandas": "3.1.1",
        "numpy": "2.4.6",
        "pyyaml": "6.0.3",
        "openai": "3.53.0",
        "deepdiff": "9.1.0",
        "python-jose": "3.5.0",
        "libpass": "1.9.4",
        "bcrypt": "5.0.0",
        "argon2-cffi": "25.1.0",
        "httpx": "0.28.1",
        "matplotlib": "3.11.2",
    }

    assert pins.items() <= installed(house).items()


def test_libpass_stands_in_passlibs_place(house: Wheelhouse) -> None:
    assert "passlib" not in installed(house)


def test_its_h11_has_the_fix_of_its_known_vulnerability(house: Wheelhouse) -> None:
    assert tuple(map(int, installed(house)["h11"].split("."))) >= (0, 16)


def test_it_holds_nothing_of_the_service(house: Wheelhouse) -> None:
    assert installed(house).keys().isdisjoint({"python-processor", "structlog", "msgspec", "uv"})


def test_no_wish_of_its_packages_is_unmet(house: Wheelhouse) -> None:
    from uv import find_uv_bin

    done = subprocess.run(
        [find_uv_bin(), "pip", "check", "--python", house.python],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "NO_COLOR": "1"},
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("package", ["pandas", "numpy", "matplotlib", "openai", "jose", "passlib"])
def test_its_modules_are_compiled(house: Wheelhouse, package: str) -> None:
    assert list(house.site_packages.glob(f"{package}/__pycache__/__init__.*.pyc"))


def test_what_a_warm_process_imports_is_there(house: Wheelhouse, tmp_path: Path) -> None:
    allowed = read_manifest(ROOT / "connector_manifest.json").allowed_imports["current"]
    imports = "; ".join(f"import {module}" for module in preload(frozenset(allowed)))

    assert run(house, imports, folder=tmp_path) == ""


def test_the_service_holds_none_of_its_packages() -> None:
    lock = ROOT.joinpath("locks/service.txt").read_text()
    own = {each.lower() for each in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}

    assert "aiohttp" in own
    assert own.isdisjoint(PACKAGES)


def test_the_service_asks_for_none_of_its_packages() -> None:
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["project"]
    asked = {re.split(r"[<>=\[]", each)[0].lower() for each in project["dependencies"]}

    assert asked.isdisjoint(PACKAGES)


ROUND_TRIP = """
from jose import jwe
{keys}
token = jwe.encrypt(b"secret", public, algorithm={algorithm!r}, encryption="A128GCM")
print(jwe.decrypt(token, private).decode())
"""
SHARED = "public = private = b'0123456789abcdef'"
RSA = """
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
private = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode()
public = key.public_key().public_bytes(
    s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo
).decode()
"""


@pytest.mark.parametrize(
    ("algorithm", "keys"), [("dir", SHARED), ("A128KW", SHARED), ("RSA-OAEP", RSA)]
)
def test_jwe_encrypts_and_decrypts(
    house: Wheelhouse, tmp_path: Path, algorithm: str, keys: str
) -> None:
    program = ROUND_TRIP.format(algorithm=algorithm, keys=keys)

    assert run(house, program, folder=tmp_path) == "secret"


def test_a_warm_process_leaves_its_random_bytes_alone(house: Wheelhouse, tmp_path: Path) -> None:
    program = f"""
import sys
sys.path.append({str(ROOT)!r})
from processor.runtime.zygote.warm import warm
warm(["jose", "jose.jwe"])
print(sys.modules["jose.jwe"].get_random_bytes.__module__)
"""

    assert run(house, program, folder=tmp_path) == "jose.backends.native"


@pytest.mark.parametrize("scheme", ["bcrypt.using(rounds=4)", "argon2.using(time_cost=1)"])
def test_a_password_hash_knows_its_password(house: Wheelhouse, tmp_path: Path, scheme: str) -> None:
    program = f"""
from passlib.hash import argon2, bcrypt
scheme = {scheme}
made = scheme.hash("right")
print(scheme.verify("right", made), scheme.verify("wrong", made))
"""

    assert run(house, program, "-W", "error", folder=tmp_path) == "True False"


@pytest.mark.parametrize("form", ["png", "svg"])
def test_matplotlib_draws_without_a_warning(house: Wheelhouse, tmp_path: Path, form: str) -> None:
    program = f"""
import io, warnings
import matplotlib.pyplot as plt
plt.plot([1, 2])  # the first drawing may tell that it lists the fonts
warnings.simplefilter("error")
plt.title("$x^2$")
plt.savefig(out := io.BytesIO(), format={form!r})
print(len(out.getvalue()) > 1000)
"""

    assert run(house, program, folder=tmp_path) == "True"
