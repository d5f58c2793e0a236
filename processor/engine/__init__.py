"""When and where a run happens: at once and here, or later and somewhere."""

from .inline import InlineEngine
from .queue import Queue
from .retention import forget_old_runs
from .worker import Worker

__all__ = ["InlineEngine", "Queue", "Worker", "forget_old_runs"]
