"""The forked runtime, host side: one zygote an environment, one child a run."""

from .forked import ForkedRuntime, terms_of
from .proof import Proof

__all__ = ["ForkedRuntime", "Proof", "terms_of"]
