"""The files of a drafted step that are the same for every one."""

from typing import Final

RUFF: Final = """\
# A statement is the body of a function: it may return and await at the top.
builtins = ["INPUT_DATA", "DATA_CHECKPOINT", "INPUTS", "LocalVariable", "log", "sleep"]
target-version = "py311"

[lint]
ignore = ["F704", "F706"]
"""

PRELUDE: Final = '''\
"""What a statement sees without importing it; editors read this file."""

from collections.abc import Mapping
from typing import Any

INPUT_DATA: list[dict[str, Any]]
DATA_CHECKPOINT: Any
INPUTS: Mapping[str, list[dict[str, Any]] | None]
LocalVariable: Any

class _Log:
    def trace(self, message: object) -> None: ...
    def debug(self, message: object) -> None: ...
    def info(self, message: object) -> None: ...
    def warn(self, message: object) -> None: ...
    def error(self, message: object) -> None: ...

log: _Log

async def sleep(seconds: float) -> None: ...
'''

EDITOR: Final = """\
{
  "python.analysis.ignore": ["**/step.py"],
  "files.exclude": {"__builtins__.pyi": true}
}
"""

TASKS: Final = """\
{
  "version": "2.0.0",
  "tasks": [
    {
      "label": "processor check",
      "type": "shell",
      "command": "processor check ${file}",
      "problemMatcher": {
        "owner": "processor",
        "fileLocation": ["autoDetect", "${workspaceFolder}"],
        "pattern": {
          "regexp": "^  --> (.*):(\\\\d+):(\\\\d+): (.*)$",
          "file": 1, "line": 2, "column": 3, "message": 4
        }
      }
    },
    {"label": "processor run", "type": "shell", "command": "processor run ${fileDirname}"},
    {"label": "processor watch", "type": "shell", "command": "processor watch ${fileDirname}"}
  ]
}
"""

README: Final = """\
# {name}

`step.py` is the statement, `step.json` the rest of the step, `input.*` a sample of its rows.

| command | what it does |
| --- | --- |
| `processor run .` | runs the statement over the sample |
| `processor watch .` | runs it again whenever a file changes |
| `processor check step.py` | finds mistakes without a run; with `--fix` mends what it can |
| `processor simulate .` | runs cycles until no rows come, and tells which rows get lost |
| `processor test . --update` | writes down what it gives; without `--update` compares |
"""
