"""When and where a run happens."""

from .inline import InlineEngine

__all__ = ["InlineEngine"]
