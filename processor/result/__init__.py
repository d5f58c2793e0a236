"""Believing what came back: a report to the content of rows, or the step's error."""

from .returned import returned_content

__all__ = ["returned_content"]
