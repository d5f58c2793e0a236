"""The forked runtime, host side: one zygote an environment, one child a run."""

from .forked import ISOLATION, ForkedRuntime

__all__ = ["ISOLATION", "ForkedRuntime"]
