"""When and where a run happens: at once and here, or later and somewhere."""

from .housekeeping import Duty, keep_house
from .inline import InlineEngine
from .queue import Queue
from .worker import Worker

__all__ = ["Duty", "InlineEngine", "Queue", "Worker", "keep_house"]
