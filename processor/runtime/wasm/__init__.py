"""The WASM runtime, host side: keepers run statements in instances of a runner."""

from .asked import Gateway
from .build import build_runner
from .runner import LOCK, NAME, Runner, RunnerEnvironments, runner_at, with_runner
from .wasm import WasmRuntime

__all__ = [
    "LOCK",
    "NAME",
    "Gateway",
    "Runner",
    "RunnerEnvironments",
    "WasmRuntime",
    "build_runner",
    "runner_at",
    "with_runner",
]
