"""The component compiled ahead: from WebAssembly to code that this kind of machine executes."""

import json
import platform
import sys
from pathlib import Path

from wasmtime import Engine
from wasmtime.component import Component

from .component import ComponentEngine, settings


def main() -> None:
    """
    Compile the component named first, and write what it says of itself.

    Twice: with fuel, which is exact and costs a quarter of the speed, and without.
    """
    component, compiled, with_fuel, about = map(Path, sys.argv[1:5])
    compile_to(compiled, component, counts_fuel=False)
    compile_to(with_fuel, component, counts_fuel=True)
    engine = ComponentEngine(str(compiled), counts_fuel=False, memory_bytes=lambda: 0)
    about.write_text(json.dumps(engine.prepare()))


def compile_to(place: Path, component: Path, *, counts_fuel: bool) -> None:
    """Compile a component to one file."""
    config = settings(counts_fuel=counts_fuel)
    # Named, so that no code is made for this very processor: an image runs on others too.
    config.target = f"{platform.machine()}-unknown-linux-gnu"
    place.write_bytes(Component(Engine(config), component.read_bytes()).serialize())
