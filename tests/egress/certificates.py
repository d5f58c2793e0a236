"""Certificates of tests: an authority that nobody else trusts, and what it says of two hosts."""

import os
import subprocess
from pathlib import Path

from processor.environment import build, locate

ROOT = Path(__file__).parents[2]
CERTIFICATES = """
import sys, datetime as d
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization as s
from cryptography.hazmat.primitives.asymmetric import ec
def certificate(name, issuer, signer, key, *extensions):
    now = d.datetime.now(d.timezone.utc)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(issuer)
    made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - d.timedelta(1)).not_valid_after(now + d.timedelta(1))
    for extension in extensions: made = made.add_extension(extension, critical=False)
    return made.sign(signer, hashes.SHA256()).public_bytes(s.Encoding.PEM)
called = lambda text: x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
ca, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
own = x509.SubjectKeyIdentifier.from_public_key(ca.public_key())
root = certificate(called("test"), called("test"), ca, ca, x509.BasicConstraints(True, None), own)
names = x509.SubjectAlternativeName([x509.DNSName(name) for name in ("allowed.test", "api.test")])
by = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.public_key())
leaf = certificate(called("allowed.test"), called("test"), ca, key, names, by)
private = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
open(sys.argv[1] + "/ca.pem", "wb").write(root)
open(sys.argv[1] + "/server.pem", "wb").write(private + leaf)
"""


def interpreter() -> Path:
    """Give the interpreter of an environment that can make certificates."""
    places = {"environments_dir": ROOT / ".environments", "locks_dir": ROOT / "locks"}
    house = locate("processor-3.2", **places)
    build(house, environ=os.environ)
    return house.python


def certificates_in(folder: Path, python: Path) -> Path:
    """Write `ca.pem`, and `server.pem` of allowed.test and api.test, to a folder."""
    subprocess.run([python, "-I", "-c", CERTIFICATES, folder], check=True, timeout=50)
    return folder
