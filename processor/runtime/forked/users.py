"""Who children are: each a user that no other child of this service is meanwhile."""

from collections import deque

from processor.errors import ProcessorFault
from processor.runtime.jail import own_ids


class Users:
    """The users that zygotes give to their children, shared by all of them, from 1 on."""

    def __init__(self, count: int | None = None) -> None:
        """Have so many, one of them the zygotes'; by default as many as there are."""
        self.count = own_ids().count if count is None else count
        self._free = deque(range(1, self.count))

    def take(self) -> int:
        """Give the user that has been nobody for the longest; raises ProcessorFault."""
        if not self._free:
            raise ProcessorFault("every user that a run could be is one already")
        return self._free.popleft()

    @property
    def left(self) -> int:
        """How many are nobody's."""
        return len(self._free)

    @property
    def scarce(self) -> bool:
        """Whether at most half are nobody's, which children that wait leave to those that run."""
        return self.left <= self.count // 2

    def give_back(self, user: int) -> None:
        """Take a user back whose child has ended."""
        self._free.append(user)
