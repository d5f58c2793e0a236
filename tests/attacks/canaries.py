"""What no statement may get at, set out where one that breaks out would find it."""

import asyncio
import ipaddress
import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from processor.egress import Outside
from processor.egress.addresses import Address
from processor.egress.outside import connect

NAMES: Final[Mapping[str, str]] = {
    "allowed.test": "93.184.216.34",
    "inner.test": "127.0.0.1",
    "localhost": "127.0.0.1",
    "metadata.test": "169.254.169.254",
    "metadata.google.internal": "169.254.169.254",
}
HOSTS: Final = ("allowed.test", "inner.test", "metadata.test", "127.0.0.1", "localhost.test")
"""Which a step lists: that a listed name leads inside is for the proxy to see."""


def token(kind: str) -> str:
    return f"CANARY-{kind}-{os.urandom(12).hex()}"


@dataclass(kw_only=True)
class Canaries:
    """Secrets by what holds them, where they are, and who came for them since last asked."""

    secrets: Mapping[str, str]
    file: Path
    port: int
    name: str
    came: list[str] = field(default_factory=list)

    def places(self) -> dict[str, object]:
        """Give where they are, by the word that an attack has for it."""
        return {
            "FILE": self.file,
            "FOLDER": self.file.parent,
            "PORT": self.port,
            "ABSTRACT": self.name,
            "PROCESS": os.getpid(),
        }

    def leaked_in(self, answer: bytes) -> list[str]:
        """Give whose secrets are in an answer."""
        return [kind for kind, secret in self.secrets.items() if secret.encode() in answer]

    def visitors(self) -> list[str]:
        came, self.came = self.came, []
        return came


@asynccontextmanager
async def set_out(folder: Path, environment_secret: str) -> AsyncIterator[Canaries]:
    """Set canaries out: in the environment, from before and from now, in a file, behind sockets."""
    secrets = {kind: token(kind) for kind in ("set-later", "file", "loopback", "local")}
    os.environ["SECRET_SET_LATER"] = secrets["set-later"]
    file = folder / "tenant-b" / "rows.json"
    file.parent.mkdir()
    file.write_text(f'[{{"secret": "{secrets["file"]}"}}]')
    file.chmod(0o666)
    canaries = Canaries(
        secrets={"environment": environment_secret, **secrets},
        file=file,
        port=0,
        name=f"canary-{os.urandom(8).hex()}",
    )
    local = socket.socket(socket.AF_UNIX)
    local.bind(f"\0{canaries.name}")
    async with (
        await asyncio.start_server(_host("loopback", canaries), "127.0.0.1", 0) as tcp,
        await asyncio.start_unix_server(_host("local", canaries), sock=local),
    ):
        canaries.port = tcp.sockets[0].getsockname()[1]
        yield canaries


def _host(kind: str, canaries: Canaries):  # type: ignore[no-untyped-def] # as asyncio wants it
    async def host(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        canaries.came.append(kind)
        body = canaries.secrets[kind].encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        writer.close()

    return host


def outside() -> Outside:
    """Give an outside whose names may lead inside, and from which loopback could be reached."""
    return Outside(resolve=_resolve, connect=_connect)


def _resolve(name: str) -> "asyncio.Future[Sequence[Address]]":
    found: asyncio.Future[Sequence[Address]] = asyncio.get_running_loop().create_future()
    if name in NAMES:
        found.set_result([ipaddress.ip_address(NAMES[name])])
    else:
        found.set_exception(OSError("no such name"))
    return found


async def _connect(address: Address, port: int) -> socket.socket:
    if not address.is_loopback:  # traffic of tests stays here
        raise ConnectionRefusedError(111, "Connection refused")
    return await connect(address, port)
