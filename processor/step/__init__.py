"""What the platform asks for: a step, its inputs, and the order to run it once."""

from .decode import decode_order, step_id
from .decode_check import decode_check
from .decode_simulation import decode_simulation
from .inputs import ABSENT, Absent, Inputs
from .pointers import decoded, refused
from .profile import Profile
from .requirements import Requirements, read_requirements
from .spec import (
    CheckOrder,
    Dialect,
    Limits,
    OnRowError,
    Order,
    Processing,
    ResultRule,
    SchemaName,
    SchemaSource,
    SimulationOrder,
    Step,
    StepId,
    TypeHints,
)

__all__ = [
    "ABSENT",
    "Absent",
    "CheckOrder",
    "Dialect",
    "Inputs",
    "Limits",
    "OnRowError",
    "Order",
    "Processing",
    "Profile",
    "Requirements",
    "ResultRule",
    "SchemaName",
    "SchemaSource",
    "SimulationOrder",
    "Step",
    "StepId",
    "TypeHints",
    "decode_check",
    "decode_order",
    "decode_simulation",
    "decoded",
    "read_requirements",
    "refused",
    "step_id",
]
