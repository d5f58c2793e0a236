"""The command line, called from a folder where nothing is set but what the test sets."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from processor.cli import main
from tests.build import COLUMN_X
from tests.served import COMMAND


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The folder that commands are called from."""

    folder: Path

    def call(self, *arguments: object, environ: Mapping[str, str] | None = None) -> Done:
        """Call the command in this process, which spares its imports; it starts its own zygote."""
        given = CliRunner().invoke(
            main, [*map(str, arguments)], env=environ, prog_name="processor", catch_exceptions=False
        )
        return Done(code=given.exit_code, out=given.stdout, err=given.stderr)

    def process(self, *arguments: object) -> Done:
        """Call the command as a process of its own."""
        done = subprocess.run(
            [COMMAND, *map(str, arguments)],
            cwd=self.folder,
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    def write(self, name: str, content: object) -> None:
        """Write a file: bytes and text as they are, anything else as JSON."""
        text = content if isinstance(content, str | bytes) else json.dumps(content)
        (self.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())

    def run(
        self,
        statement: str,
        *options: object,
        step: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Done:
        """Call `processor run` for a step whose rows have one Integer, `x`."""
        self.write("step.py", statement)
        self.write("step.json", {"output_schema": COLUMN_X, **(step or {})})
        return self.call("run", "step.py", "--step", "step.json", *options, environ=environ)
