"""What the platform asks for: a step, its inputs, and the order to run it once."""

from .decode import decode_order, step_id
from .decode_check import decode_check
from .decode_simulation import decode_simulation
from .inputs import ABSENT, Absent, Inputs
from .pointers import decoded, refused
from .profile import Profile
from .spec import (
    CheckOrder,
    Limits,
    OnRowError,
    Order,
    Processing,
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
    "Inputs",
    "Limits",
    "OnRowError",
    "Order",
    "Processing",
    "Profile",
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
    "refused",
    "step_id",
]
