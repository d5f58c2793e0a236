"""What is wrong with a statement, without running it; what the service has learnt of texts."""

from .checker import Checker
from .sarif import sarif_log

__all__ = ["Checker", "sarif_log"]
