"""
Everything that can go wrong, as types.

    ProcessorError
     ├─ StepError                   the step is at fault: the run ends `failed`
     │   ├─ StatementError          the author's text or what it did
     │   │   ├─ SyntaxProblem, TypeHint, ImportNotAllowed, UnknownVariable, ExceptStar
     │   │   ├─ StatementRaised, ErrorLogged, NotAList, NotSerialisable
     │   │   ├─ InvalidDefinition, NodeError, UnknownPin
     │   │   └─ InvalidSchema
     │   ├─ OutputMismatch, InputMismatch
     │   ├─ LimitExceeded           WallLimit, CpuLimit, MemoryLimit, OutputLimit
     │   ├─ Killed, BadResult       the runtime ended without a usable result
     │   ├─ StaleCheckpoint         the checkpoint moved under the run
     │   └─ Cancelled
     ├─ Refusal                     the request is at fault: answered as a problem
     │   ├─ InvalidRequest, TooLarge, UnsupportedMediaType
     │   ├─ MissingSchema, UnknownSchema, RefusedSchema, RefusedRows, UndefinedNode
     │   ├─ UnknownRun, UnknownFigure, UnknownStep, NoRows
     │   ├─ VersionMoved, KeyReused
     │   └─ EnvironmentNotReady, Draining, Busy, NotAcceptable
     └─ ProcessorFault              we are at fault: logged with its trace

A StepError carries the platform's own status number and the command line's exit code
(design: `docs/statements/errors.md`), so that both are decided in one place.
"""

from .base import ProcessorError, ProcessorFault, concrete
from .node import InvalidDefinition, NodeError, UnknownPin
from .refusal import (
    Busy,
    Detail,
    Draining,
    EnvironmentNotReady,
    InvalidRequest,
    KeyReused,
    MissingSchema,
    NoRows,
    NotAcceptable,
    Refusal,
    RefusedRows,
    RefusedSchema,
    TooLarge,
    UndefinedNode,
    UnknownEnvironment,
    UnknownFigure,
    UnknownRun,
    UnknownSchema,
    UnknownStep,
    UnsupportedMediaType,
    VersionMoved,
)
from .step import (
    BadResult,
    Cancelled,
    CpuLimit,
    ErrorLogged,
    ExceptStar,
    ImportNotAllowed,
    InputMismatch,
    InvalidSchema,
    Killed,
    LimitExceeded,
    MemoryLimit,
    Mismatch,
    NotAList,
    NotSerialisable,
    OutputLimit,
    OutputMismatch,
    Place,
    StaleCheckpoint,
    StatementError,
    StatementRaised,
    StepError,
    SyntaxProblem,
    TypeHint,
    UnknownVariable,
    WallLimit,
)

__all__ = [
    "BadResult",
    "Busy",
    "Cancelled",
    "CpuLimit",
    "Detail",
    "Draining",
    "EnvironmentNotReady",
    "ErrorLogged",
    "ExceptStar",
    "ImportNotAllowed",
    "InputMismatch",
    "InvalidDefinition",
    "InvalidRequest",
    "InvalidSchema",
    "KeyReused",
    "Killed",
    "LimitExceeded",
    "MemoryLimit",
    "Mismatch",
    "MissingSchema",
    "NoRows",
    "NodeError",
    "NotAList",
    "NotAcceptable",
    "NotSerialisable",
    "OutputLimit",
    "OutputMismatch",
    "Place",
    "ProcessorError",
    "ProcessorFault",
    "Refusal",
    "RefusedRows",
    "RefusedSchema",
    "StaleCheckpoint",
    "StatementError",
    "StatementRaised",
    "StepError",
    "SyntaxProblem",
    "TooLarge",
    "TypeHint",
    "UndefinedNode",
    "UnknownEnvironment",
    "UnknownFigure",
    "UnknownPin",
    "UnknownRun",
    "UnknownSchema",
    "UnknownStep",
    "UnknownVariable",
    "UnsupportedMediaType",
    "VersionMoved",
    "WallLimit",
    "concrete",
]
