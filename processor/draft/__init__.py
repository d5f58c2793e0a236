"""The first draft of a step: a folder of files that runs as it is, made from sample rows."""

from .draft import DEMO, Draft, drafted, files_of
from .written import written_step

__all__ = ["DEMO", "Draft", "drafted", "files_of", "written_step"]
