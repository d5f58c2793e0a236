"""Dialect `module`: a file that defines nodes, and runs one of them."""

from .host import Ask, nobody
from .run import answer_of, definitions_of

__all__ = ["Ask", "answer_of", "definitions_of", "nobody"]
