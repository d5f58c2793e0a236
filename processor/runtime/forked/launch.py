"""How a zygote is started: executed in its environment's own interpreter, with nothing of ours."""

import json
import socket
import subprocess
from pathlib import Path
from typing import Final

import processor
from processor.environment import Environment

ENTRY_POINT: Final = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from processor.runtime.zygote.main import main; main()"
)
CA_BUNDLE_VARIABLES: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""What libraries read of it: some at their import, so the zygote has it already."""


def started(
    environment: Environment, ca_bundle: str
) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start a zygote; give its control socket and the process. Raises OSError."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        try:
            return ours, _executed(environment, theirs, ca_bundle)
        except BaseException:
            ours.close()
            raise


def _executed(
    environment: Environment, control: socket.socket, ca_bundle: str
) -> subprocess.Popen[bytes]:
    """Execute, never fork: nothing of the service's memory or environment goes along."""
    project = Path(processor.__file__).parent.parent
    arguments = [str(project), str(control.fileno()), json.dumps(environment.preload)]
    return subprocess.Popen(  # noqa: S603 (our own command, no shell)
        [str(environment.python), "-I", "-B", "-X", "utf8", "-c", ENTRY_POINT, *arguments],
        env={
            "HOME": "/tmp",  # noqa: S108 (a child's only writable place)
            "LANG": "C.UTF-8",
            "MALLOC_ARENA_MAX": "2",
            "MPLBACKEND": "Agg",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "TZ": "UTC",
            **(dict.fromkeys(CA_BUNDLE_VARIABLES, ca_bundle) if ca_bundle else {}),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=(control.fileno(),),
        cwd="/",
        start_new_session=True,
    )
