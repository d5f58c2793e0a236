"""What the platform asks for: a step, its inputs, and the order to run it once."""

from .decode import decode_order, step_id
from .decode_callback import callback_of
from .decode_check import decode_check
from .decode_definition import decode_definition
from .decode_queueing import queueing_of
from .decode_simulation import decode_simulation
from .decode_stored import decode_step, order_document, step_of
from .inputs import ABSENT, Absent, Inputs
from .node_package import NodePackage
from .pointers import decoded, refused
from .profile import Profile
from .requirements import Requirements, read_requirements
from .runtimes import RuntimeName
from .spec import (
    CheckOrder,
    DefinitionOrder,
    Dialect,
    JoinPolicy,
    Late,
    Limits,
    NodeOptions,
    OnDeadline,
    OnRowError,
    Order,
    Processing,
    Queueing,
    ResultRule,
    RetryOn,
    SchemaName,
    SchemaSource,
    SimulationOrder,
    Step,
    StepId,
    TypeHints,
)
from .stored import StoredStep, StoredSteps

__all__ = [
    "ABSENT",
    "Absent",
    "CheckOrder",
    "DefinitionOrder",
    "Dialect",
    "Inputs",
    "JoinPolicy",
    "Late",
    "Limits",
    "NodeOptions",
    "NodePackage",
    "OnDeadline",
    "OnRowError",
    "Order",
    "Processing",
    "Profile",
    "Queueing",
    "Requirements",
    "ResultRule",
    "RetryOn",
    "RuntimeName",
    "SchemaName",
    "SchemaSource",
    "SimulationOrder",
    "Step",
    "StepId",
    "StoredStep",
    "StoredSteps",
    "TypeHints",
    "callback_of",
    "decode_check",
    "decode_definition",
    "decode_order",
    "decode_simulation",
    "decode_step",
    "decoded",
    "order_document",
    "queueing_of",
    "read_requirements",
    "refused",
    "step_id",
    "step_of",
]
