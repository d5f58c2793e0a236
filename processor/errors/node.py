"""What a module of nodes does wrong; each class says what happened."""

from .step import StatementError


class InvalidDefinition(StatementError):
    """A module defines no node, or one that is not as a node is defined."""

    code = "invalid_definition"
    advice = (
        "The message names the member. `POST /v1/nodes/definition` tries a definition without a "
        "run; docs/statements/modules.md lists what a node and its pins have."
    )
    exit_code = 10


class NodeError(StatementError):
    """A node answered with an error of its own, or with what is no answer."""

    code = "node_error"
    advice = (
        "The message is the node's own; `result` has the whole answer. Outputs that were set "
        "before the failure are in there."
    )


class UnknownPin(StatementError):
    """A node answered for a pin that its definition does not have, or not of that kind."""

    code = "unknown_pin"
    advice = (
        "Define the pin, or spell it as it is defined. `options.strict_pins: false` turns this "
        "into a warning in the log."
    )
    status = 306
