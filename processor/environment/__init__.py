"""What a statement may use: environments, built ahead of time and chosen by name."""

from .environment import Environment

__all__ = ["Environment"]
