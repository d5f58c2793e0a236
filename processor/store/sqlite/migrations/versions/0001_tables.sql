-- The first tables. JSON is kept as bytes, as it was answered.

-- A process that serves runs. It lives for as long as the lock of its file is held.
CREATE TABLE executor (
    executor_id TEXT PRIMARY KEY,
    pid INTEGER NOT NULL,
    started_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;

-- A step's lease: which run holds it. The fence grows with each claim, and never falls.
CREATE TABLE step (
    step_id TEXT PRIMARY KEY,
    fence INTEGER NOT NULL DEFAULT 0,
    lease_run_id TEXT REFERENCES run (run_id),
    lease_executor_id TEXT REFERENCES executor (executor_id),
    CHECK ((lease_run_id IS NULL) = (lease_executor_id IS NULL))
) STRICT;

CREATE INDEX step_by_executor ON step (lease_executor_id) WHERE lease_executor_id IS NOT NULL;

-- A run. `lost`: its process took it down with it, so a repeat under its key starts it again.
-- `envelope` is the answer without its rows; `rows` is last, so that no listing reads over it.
CREATE TABLE run (
    run_id TEXT PRIMARY KEY,
    step_id TEXT REFERENCES step (step_id),
    trace_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    attempt INTEGER NOT NULL,
    executor_id TEXT REFERENCES executor (executor_id),
    lost INTEGER NOT NULL DEFAULT 0 CHECK (lost IN (0, 1)),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    finished_at TEXT,
    envelope BLOB,
    rows BLOB,
    CHECK ((state = 'running') = (executor_id IS NOT NULL))
) STRICT;

CREATE INDEX run_by_step ON run (step_id, run_id);

CREATE INDEX run_by_executor ON run (executor_id) WHERE executor_id IS NOT NULL;

-- A checkpoint's history; its newest entry is the checkpoint. No run is recorded twice.
CREATE TABLE checkpoint (
    step_id TEXT NOT NULL REFERENCES step (step_id),
    version INTEGER NOT NULL CHECK (version > 0),
    value BLOB NOT NULL,
    run_id TEXT UNIQUE,
    source TEXT NOT NULL CHECK (source IN ('run', 'manual', 'reset')),
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (step_id, version),
    CHECK ((source = 'run') = (run_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER checkpoint_is_append_only BEFORE UPDATE ON checkpoint
BEGIN
    SELECT RAISE(ABORT, 'a checkpoint moves by another entry, never by changing one');
END;

-- Which run was made under a caller's Idempotency-Key, and for which request.
CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES run (run_id) ON DELETE CASCADE,
    body_digest BLOB NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- The repository of schemas that steps choose from.
CREATE TABLE schema_document (
    name TEXT PRIMARY KEY,
    document BLOB NOT NULL,
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
