"""What the platform asks for: a step, its inputs, and the order to run it once."""

from .decode import decode_order, step_id
from .decode_check import decode_check
from .decode_definition import decode_definition
from .inputs import ABSENT, Absent, Inputs
from .pointers import decoded, refused
from .profile import Profile
from .requirements import Requirements, read_requirements
from .spec import (
    CheckOrder,
    DefinitionOrder,
    Dialect,
    Limits,
    NodeOptions,
    OnRowError,
    Order,
    Processing,
    ResultRule,
    RuntimeName,
    SchemaName,
    SchemaSource,
    Step,
    StepId,
    TypeHints,
)

__all__ = [
    "ABSENT",
    "Absent",
    "CheckOrder",
    "DefinitionOrder",
    "Dialect",
    "Inputs",
    "Limits",
    "NodeOptions",
    "OnRowError",
    "Order",
    "Processing",
    "Profile",
    "Requirements",
    "ResultRule",
    "RuntimeName",
    "SchemaName",
    "SchemaSource",
    "Step",
    "StepId",
    "TypeHints",
    "decode_check",
    "decode_definition",
    "decode_order",
    "decoded",
    "read_requirements",
    "refused",
    "step_id",
]
