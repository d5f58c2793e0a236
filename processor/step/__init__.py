"""What the platform asks for: a step, its inputs, and the order to run it once."""

from .decode import decode_order, decoded, refused, step_id
from .inputs import ABSENT, Absent, Inputs
from .profile import Profile
from .spec import Limits, Order, SchemaName, SchemaSource, Step, StepId, TypeHints

__all__ = [
    "ABSENT",
    "Absent",
    "Inputs",
    "Limits",
    "Order",
    "Profile",
    "SchemaName",
    "SchemaSource",
    "Step",
    "StepId",
    "TypeHints",
    "decode_order",
    "decoded",
    "refused",
    "step_id",
]
