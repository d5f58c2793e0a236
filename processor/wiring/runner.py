"""Building the runner of WebAssembly while others are served."""

import asyncio
import os
import signal
import sys

from processor.config import environment_for_tools
from processor.errors import ProcessorFault
from processor.runtime.wasm import NAME


async def built_apart() -> None:
    """Build the runner in a process of its own, which ends with our waiting for it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "processor", "env", "build", NAME),
        env=environment_for_tools(),
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        raise
    if code:
        raise ProcessorFault(f"`processor env build {NAME}` ended with {code}")
