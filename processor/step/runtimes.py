"""What executes statements, by the names that steps and manifests use."""

from typing import Literal, TypeAlias

RuntimeName: TypeAlias = Literal["forked", "wasm"]
"""What executes a statement: a process behind walls, or an instance of WebAssembly in one."""
