"""What a module may do wrong, other than raise."""

from typing import ClassVar


class Wrong(Exception):
    """A module is no module, or its node's answer is none."""

    code: ClassVar[str]


class InvalidDefinition(Wrong):
    """The module cannot be defined; its cause is what its author's code raised, if it did."""

    code = "invalid_definition"


class UnknownPin(Wrong):
    """The node answered for a pin that its definition does not have, or not so."""

    code = "unknown_pin"


class WrongAnswer(Wrong):
    """The node answered with something that is no answer."""

    code = "node_error"
