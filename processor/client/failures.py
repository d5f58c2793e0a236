"""What goes wrong between a caller and the service, as types."""

from .answers import Problem


class ClientError(Exception):
    """Anything that a client raises."""


class Unreachable(ClientError):
    """No service answers at that address, or it hung up before it had answered."""


class RefusedRequest(ClientError):
    """The service refused a request, or failed with it; `problem` says all it told."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.detail}")
        self.problem = problem
