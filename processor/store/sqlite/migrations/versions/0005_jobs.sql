-- Stored steps. The newest version is the step; without a document, the step was removed.
CREATE TABLE step_version (
    step_id TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    digest TEXT NOT NULL,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    document BLOB,
    PRIMARY KEY (step_id, version)
) STRICT;

-- Why there is a run, and whether somebody wishes to end it.
ALTER TABLE run ADD COLUMN origin TEXT NOT NULL DEFAULT 'request';

ALTER TABLE run ADD COLUMN cancel_requested INTEGER NOT NULL DEFAULT 0
    CHECK (cancel_requested IN (0, 1));

CREATE INDEX run_to_cancel ON run (run_id) WHERE cancel_requested = 1 AND state = 'running';

CREATE INDEX run_by_state ON run (state, run_id);

CREATE INDEX run_by_end ON run (finished_at) WHERE finished_at IS NOT NULL;

CREATE INDEX run_by_output_schema ON run (output_schema) WHERE output_schema IS NOT NULL;

-- What a worker needs to perform a run. It goes once the run has succeeded or was cancelled; a
-- failed run keeps it. `document` is last, so that looking for work reads over none.
CREATE TABLE job (
    run_id TEXT PRIMARY KEY REFERENCES run (run_id) ON DELETE CASCADE,
    step_id TEXT REFERENCES step (step_id),
    waiting INTEGER NOT NULL DEFAULT 1 CHECK (waiting IN (0, 1)),
    priority INTEGER NOT NULL DEFAULT 0,
    not_before TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    most_attempts INTEGER NOT NULL DEFAULT 5 CHECK (most_attempts > 0),
    document BLOB NOT NULL
) STRICT;

CREATE INDEX job_waiting ON job (priority DESC, run_id) WHERE waiting = 1;

CREATE INDEX job_of_step ON job (step_id, priority DESC, run_id) WHERE waiting = 1;

-- What was told of a run while it went on.
CREATE TABLE notice (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL REFERENCES run (run_id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('state', 'log', 'figure', 'end')),
    content TEXT NOT NULL,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;

CREATE INDEX notice_of_run ON notice (run_id, number);

-- Which process comes next at a step, where several want it. A line that is not renewed is void.
CREATE TABLE turn (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    step_id TEXT NOT NULL,
    executor_id TEXT NOT NULL,
    renewed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (step_id, executor_id)
) STRICT;
