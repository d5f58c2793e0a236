"""A step as its author configured it, and an order to run it once."""

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Literal, NewType, TypeAlias

from processor.egress import Policy
from processor.values import Json

from .inputs import Inputs
from .node_package import NodePackage
from .requirements import Requirements
from .runtimes import RuntimeName

StepId = NewType("StepId", str)
SchemaName = NewType("SchemaName", str)

SchemaSource: TypeAlias = SchemaName | dict[str, Json]
"""The name of a schema of the repository, or the schema itself in one of its two spellings."""

Processing: TypeAlias = Literal["bulk", "row"]
OnRowError: TypeAlias = Literal["stop", "continue"]
OnMismatch: TypeAlias = Literal["reject", "coerce", "discard_value", "discard_row"]
Dialect: TypeAlias = Literal["body", "script", "module"]
"""
The form of a statement: the body of an async function, a module with a result, or a module that
defines nodes.
"""
ResultRule: TypeAlias = Literal["expression_first", "variable_first"]
"""Which is a script's result where both are there: its last expression, or what is `result`."""
OnDeadline: TypeAlias = Literal["fail", "partial", "extend"]
Late: TypeAlias = Literal["record", "new_generation"]
RetryOn: TypeAlias = Literal["faults", "errors"]
TypeHints: TypeAlias = Literal["reject", "assignments", "allow"]
"""Which type hints a statement may have: none, those of assignments (`x: int = 1`), all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a run may use. Memory counts above the warm process that the run starts from."""

    wall: timedelta
    cpu: timedelta
    memory_bytes: int
    output_bytes: int
    rows: int
    threads: int
    open_files: int
    tmp_bytes: int

    def on_the_wire(self) -> dict[str, float]:
        """Give every limit by the name and in the unit that callers use."""
        named = {f"{name}_seconds": getattr(self, name).total_seconds() for name in ("wall", "cpu")}
        return named | {
            field.name: getattr(self, field.name) for field in fields(self) if field.type is int
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Queueing:
    """How a step's deferred runs wait, and how often they are tried."""

    max_attempts: int = 5
    backoff: timedelta = timedelta(seconds=1)
    """Before the second attempt; twice as long before each one after that."""
    retry_on: RetryOn = "faults"
    """Whether an error of the statement's own is worth another attempt."""
    limit: int = 1000
    """As many runs may wait."""
    coalesce: bool = False
    """Whether a run that waits takes the inputs of the next one, rather than both being run."""
    priority: int = 0
    """Higher ones are performed first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JoinPolicy:
    """How long a step waits for its branches, and what it does then."""

    primary: bool = True
    """Whether it waits for INPUT_DATA as well."""
    deadline: timedelta | None = None
    """From the first arrival on."""
    on_deadline: OnDeadline = "fail"
    late: Late = "record"


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeOptions:
    """How a module's node is run."""

    permissions: frozenset[str] | None = None
    """What is granted; None for what the definition asks for, less the network."""
    strict_pins: bool = True
    """Whether an answer for a pin that is not there fails the run, or only warns."""
    node_name: str | None = None
    """Which node of the module, where the context does not say."""
    fuel: int | None = None
    """How many instructions the run may execute; None does not count them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One configured unit of work, as the platform describes it."""

    id: StepId | None
    profile: str
    statement: str
    environment: str | Requirements
    """The name of an environment, or what it is to be built from."""
    type_hints: TypeHints
    output_schema: SchemaSource | None
    """What rows must match; a script may do without, and a node: its result is any JSON."""
    input_schema: SchemaSource | None
    checkpoint_column: str | None
    limits: Limits
    network: Policy
    processing: Processing = "bulk"
    on_row_error: OnRowError = "stop"
    on_mismatch: OnMismatch = "reject"
    fails_on_logged_error: bool = False
    """Whether `log.error` ends the run as failed, rather than "finished with errors"."""
    branches: tuple[str, ...] = ()
    """The names of the secondary inputs, from INPUT_DATA2 on."""
    dialect: Dialect = "body"
    runtime: RuntimeName = "forked"
    setup: str = ""
    """What runs before a script, in the same namespace."""
    result_rule: ResultRule = "expression_first"
    join: JoinPolicy = JoinPolicy()
    queueing: Queueing = Queueing()
    callback_url: str | None = None
    """Who is told of the end of a run."""
    node: NodeOptions = NodeOptions()


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """A step and what to run it with, once."""

    step: Step
    inputs: Inputs
    commit: bool
    """Whether the checkpoint may move; false is a dry run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulationOrder:
    """An order to run a step again and again over the same inputs, keeping nothing."""

    order: Order
    column: str
    """The step's data checkpoint column."""
    cycles: int
    """As many at most."""
    key: tuple[str, ...] | None
    """The columns that tell input rows apart; None where they are to be found."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckOrder:
    """A statement to check, as its step would run it."""

    statement: str
    environment: str | Requirements
    type_hints: TypeHints
    variables: frozenset[str] | None = None
    """The names of the local variables; None where they are not known, and so not judged."""
    branches: tuple[str, ...] = ()
    dialect: Dialect = "body"
    runtime: RuntimeName = "forked"
    setup: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DefinitionOrder:
    """A module whose nodes are to be told."""

    statement: str
    environment: str | Requirements
    limits: Limits
    package: NodePackage | None = None
    """Of which package the module is, where its manifest came along."""
