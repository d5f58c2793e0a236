"""The first draft of a step: a folder of files that runs as it is, made from sample rows."""

from .draft import DEMO, Draft, drafted, files_of

__all__ = ["DEMO", "Draft", "drafted", "files_of"]
