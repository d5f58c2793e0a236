"""
Everything that can go wrong, as types.

    ProcessorError
     ├─ StepError                   the step is at fault: the run ends `failed`
     │   ├─ StatementError          the author's text or what it did
     │   │   ├─ SyntaxProblem, TypeHint, ImportNotAllowed, UnknownVariable, ExceptStar
     │   │   ├─ StatementRaised, ErrorLogged, NotAList, NotSerialisable
     │   │   ├─ InvalidDefinition, NodeError, UnknownPin
     │   │   └─ InvalidSchema
     │   ├─ OutputMismatch, InputMismatch, BranchMissing
     │   ├─ LimitExceeded           WallLimit, CpuLimit, MemoryLimit, OutputLimit
     │   │                          ThreadLimit, FileLimit, TmpLimit
     │   ├─ Killed, BadResult       the runtime ended without a usable result
     │   ├─ StaleCheckpoint         the checkpoint moved under the run
     │   └─ Cancelled
     ├─ Refusal                     the request is at fault: answered as a problem
     │   ├─ InvalidRequest, TooLarge, UnsupportedMediaType
     │   ├─ Unauthenticated, InsufficientScope, KeysUnavailable
     │   ├─ UnknownAddress, UnknownMethod, Misdirected, SlowRequest
     │   ├─ MissingSchema, UnknownSchema, RefusedSchema, RefusedRows, UndefinedNode
     │   ├─ UnknownRun, UnknownFigure, UnknownStep, NoRows
     │   ├─ UnknownBranch, UnknownJoin, UnknownSchedule
     │   ├─ VersionMoved, KeyReused, DeliveryConflict, NotDead
     │   └─ EnvironmentNotReady, Draining, Busy, NotAcceptable
     └─ ProcessorFault              we are at fault: logged with its trace
         └─ StoreUnavailable        the store's database cannot be reached

A StepError carries the platform's own status number and the command line's exit code
(design: `docs/statements/errors.md`), so that both are decided in one place.
"""

from .access import InsufficientScope, KeysUnavailable, Unauthenticated
from .base import ProcessorError, ProcessorFault, StoreUnavailable, concrete
from .limit import (
    CpuLimit,
    FileLimit,
    LimitExceeded,
    MemoryLimit,
    OutputLimit,
    ThreadLimit,
    TmpLimit,
    WallLimit,
)
from .node import InvalidDefinition, NodeError, UnknownPin
from .refusal import (
    Busy,
    DeliveryConflict,
    Detail,
    Draining,
    EnvironmentNotReady,
    InvalidRequest,
    KeyReused,
    Misdirected,
    MissingSchema,
    NoRows,
    NotAcceptable,
    NotDead,
    Refusal,
    RefusedRows,
    RefusedSchema,
    SlowRequest,
    TooLarge,
    UndefinedNode,
    UnknownAddress,
    UnknownBranch,
    UnknownEnvironment,
    UnknownFigure,
    UnknownJoin,
    UnknownMethod,
    UnknownRun,
    UnknownSchedule,
    UnknownSchema,
    UnknownStep,
    UnsupportedMediaType,
    VersionMoved,
)
from .step import (
    BadResult,
    BranchMissing,
    Cancelled,
    ErrorLogged,
    ExceptStar,
    ImportNotAllowed,
    InputMismatch,
    InvalidSchema,
    Killed,
    Mismatch,
    NotAList,
    NotSerialisable,
    OutputMismatch,
    Place,
    StaleCheckpoint,
    StatementError,
    StatementRaised,
    StepError,
    SyntaxProblem,
    TypeHint,
    UnknownVariable,
)

__all__ = [
    "BadResult",
    "BranchMissing",
    "Busy",
    "Cancelled",
    "CpuLimit",
    "DeliveryConflict",
    "Detail",
    "Draining",
    "EnvironmentNotReady",
    "ErrorLogged",
    "ExceptStar",
    "FileLimit",
    "ImportNotAllowed",
    "InputMismatch",
    "InsufficientScope",
    "InvalidDefinition",
    "InvalidRequest",
    "InvalidSchema",
    "KeyReused",
    "KeysUnavailable",
    "Killed",
    "LimitExceeded",
    "MemoryLimit",
    "Misdirected",
    "Mismatch",
    "MissingSchema",
    "NoRows",
    "NodeError",
    "NotAList",
    "NotAcceptable",
    "NotDead",
    "NotSerialisable",
    "OutputLimit",
    "OutputMismatch",
    "Place",
    "ProcessorError",
    "ProcessorFault",
    "Refusal",
    "RefusedRows",
    "RefusedSchema",
    "SlowRequest",
    "StaleCheckpoint",
    "StatementError",
    "StatementRaised",
    "StepError",
    "StoreUnavailable",
    "SyntaxProblem",
    "ThreadLimit",
    "TmpLimit",
    "TooLarge",
    "TypeHint",
    "Unauthenticated",
    "UndefinedNode",
    "UnknownAddress",
    "UnknownBranch",
    "UnknownEnvironment",
    "UnknownFigure",
    "UnknownJoin",
    "UnknownMethod",
    "UnknownPin",
    "UnknownRun",
    "UnknownSchedule",
    "UnknownSchema",
    "UnknownStep",
    "UnknownVariable",
    "UnsupportedMediaType",
    "VersionMoved",
    "WallLimit",
    "concrete",
]
