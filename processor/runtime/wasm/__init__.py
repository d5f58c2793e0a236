"""The WASM runtime, host side: keepers run statements in instances of a runner."""

from .asked import Gateway
from .baked import Baked
from .build import build_runner
from .older import remove_older
from .runner import LOCK, NAME, Runner, RunnerEnvironments, runner_at, with_runner
from .wasm import WasmRuntime

__all__ = [
    "LOCK",
    "NAME",
    "Baked",
    "Gateway",
    "Runner",
    "RunnerEnvironments",
    "WasmRuntime",
    "build_runner",
    "remove_older",
    "runner_at",
    "with_runner",
]
