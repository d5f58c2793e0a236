"""
What `from flow_like_wasm_sdk import …` gives a node here: the same names, made for this service.

The names, their parameters and the JSON that they make are those of the package of that name
(0.1.1), so that a node written for it runs unchanged; no line of it is in here.
"""

from .context import Context
from .declared import (
    TypedContext,
    WasmNode,
    get_all_definitions,
    get_registered_nodes,
    run_node,
)
from .definition import (
    ABI_VERSION,
    NodeDefinition,
    PackageNodes,
    PinDefinition,
    humanize,
    node,
)
from .execution import ExecutionInput, ExecutionResult, LogLevel
from .files import FlowPath
from .hosts import HostBridge, MockHostBridge, get_host, set_host
from .interop import (
    Bit,
    CachedEmbeddingModel,
    FlowImage,
    FtsSearchQuery,
    HybridSearchQuery,
    NodeDBConnection,
    VectorSearchQuery,
)
from .kinds import DataType, NodeScores, PinType, ValueType
from .markers import Exec, ExecInput, ExecOutput, Input, Output
from .messages import ChatMessage, ContentPart, ToolCallData

__all__ = [
    "ABI_VERSION",
    "Bit",
    "CachedEmbeddingModel",
    "ChatMessage",
    "ContentPart",
    "Context",
    "DataType",
    "Exec",
    "ExecInput",
    "ExecOutput",
    "ExecutionInput",
    "ExecutionResult",
    "FlowImage",
    "FlowPath",
    "FtsSearchQuery",
    "HostBridge",
    "HybridSearchQuery",
    "Input",
    "LogLevel",
    "MockHostBridge",
    "NodeDBConnection",
    "NodeDefinition",
    "NodeScores",
    "Output",
    "PackageNodes",
    "PinDefinition",
    "PinType",
    "ToolCallData",
    "TypedContext",
    "ValueType",
    "VectorSearchQuery",
    "WasmNode",
    "get_all_definitions",
    "get_host",
    "get_registered_nodes",
    "humanize",
    "node",
    "run_node",
    "set_host",
]
