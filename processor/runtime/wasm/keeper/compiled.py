"""The component compiled ahead: from WebAssembly to code that this kind of machine executes."""

import json
import platform
import sys
from pathlib import Path

from wasmtime import Engine
from wasmtime.component import Component

from .component import ComponentEngine, settings


def main() -> None:
    """Compile the component named first to the second, and write what it says of itself."""
    component, compiled, about = map(Path, sys.argv[1:4])
    config = settings(counts_fuel=False)
    # Named, so that no code is made for this very processor: an image runs on others too.
    config.target = f"{platform.machine()}-unknown-linux-gnu"
    compiled.write_bytes(Component(Engine(config), component.read_bytes()).serialize())
    engine = ComponentEngine(str(compiled), counts_fuel=False, memory_bytes=lambda: 0)
    about.write_text(json.dumps(engine.prepare()))
