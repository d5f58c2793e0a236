"""
Everything that can go wrong, as types.

    ProcessorError
     ├─ StepError                   the step is at fault: the run ends `failed`
     │   ├─ StatementError          the author's text or what it did
     │   │   ├─ SyntaxProblem, TypeHint, ImportNotAllowed, UnknownVariable
     │   │   ├─ StatementRaised, NotAList, NotSerialisable
     │   │   └─ InvalidSchema
     │   ├─ OutputMismatch, InputMismatch
     │   ├─ LimitExceeded           WallLimit, CpuLimit, MemoryLimit, OutputLimit
     │   ├─ Killed, BadResult       the runtime ended without a usable result
     │   ├─ StaleCheckpoint         the checkpoint moved under the run
     │   └─ Cancelled
     ├─ Refusal                     the request is at fault: answered as a problem
     │   ├─ InvalidRequest, TooLarge, UnsupportedMediaType
     │   ├─ MissingSchema, UnknownSchema, RefusedSchema
     │   ├─ UnknownRun, UnknownStep
     │   ├─ VersionMoved, KeyReused
     │   └─ EnvironmentNotReady, Busy
     └─ ProcessorFault              we are at fault: logged with its trace

A StepError carries the platform's own status number and the command line's exit code
(design: `docs/statements/errors.md`), so that both are decided in one place.
"""

from .base import ProcessorError, ProcessorFault, concrete
from .refusal import (
    Busy,
    Detail,
    EnvironmentNotReady,
    InvalidRequest,
    KeyReused,
    MissingSchema,
    Refusal,
    RefusedSchema,
    TooLarge,
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
    "EnvironmentNotReady",
    "ImportNotAllowed",
    "InputMismatch",
    "InvalidRequest",
    "InvalidSchema",
    "KeyReused",
    "Killed",
    "LimitExceeded",
    "MemoryLimit",
    "Mismatch",
    "MissingSchema",
    "NotAList",
    "NotSerialisable",
    "OutputLimit",
    "OutputMismatch",
    "Place",
    "ProcessorError",
    "ProcessorFault",
    "Refusal",
    "RefusedSchema",
    "StaleCheckpoint",
    "StatementError",
    "StatementRaised",
    "StepError",
    "SyntaxProblem",
    "TooLarge",
    "TypeHint",
    "UnknownRun",
    "UnknownSchema",
    "UnknownStep",
    "UnknownVariable",
    "UnsupportedMediaType",
    "VersionMoved",
    "WallLimit",
    "concrete",
]
