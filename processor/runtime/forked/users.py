"""Who children are: each a user that no other child of this service is meanwhile."""

from collections import deque

from processor.errors import ProcessorFault
from processor.runtime.jail import IDS


class Users:
    """The users that zygotes give to their children, shared by all of them, from 1 on."""

    def __init__(self, count: int = IDS.count) -> None:
        self._free = deque(range(1, count))

    def take(self) -> int:
        """Give the user that has been nobody for the longest; raises ProcessorFault."""
        if not self._free:
            raise ProcessorFault("every user that a run could be is one already")
        return self._free.popleft()

    @property
    def left(self) -> int:
        """How many are nobody's."""
        return len(self._free)

    def give_back(self, user: int) -> None:
        """Take a user back whose child has ended."""
        self._free.append(user)
