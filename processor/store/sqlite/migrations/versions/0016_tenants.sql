-- Whose everything is. A name, of a step or a key, is a tenant's own: the keys of tables begin with
-- the tenant. SQLite cannot change a key, so the tables are made anew; what was there is `default`'s.
-- (Foreign keys are off while migrations run, and are all checked at their end.)

CREATE TABLE new_step (
    tenant TEXT NOT NULL,
    step_id TEXT NOT NULL,
    fence INTEGER NOT NULL DEFAULT 0,
    lease_run_id TEXT REFERENCES run (run_id),
    lease_executor_id TEXT REFERENCES executor (executor_id),
    PRIMARY KEY (tenant, step_id),
    CHECK ((lease_run_id IS NULL) = (lease_executor_id IS NULL))
) STRICT;

INSERT INTO new_step (tenant, step_id, fence, lease_run_id, lease_executor_id)
SELECT 'default', step_id, fence, lease_run_id, lease_executor_id FROM step;

DROP TABLE step;

ALTER TABLE new_step RENAME TO step;

CREATE INDEX step_by_executor ON step (lease_executor_id) WHERE lease_executor_id IS NOT NULL;

CREATE TABLE new_run (
    run_id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    step_id TEXT,
    trace_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    attempt INTEGER NOT NULL,
    executor_id TEXT REFERENCES executor (executor_id),
    lost INTEGER NOT NULL DEFAULT 0 CHECK (lost IN (0, 1)),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    finished_at TEXT,
    origin TEXT NOT NULL DEFAULT 'request',
    cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
    parent_id TEXT,
    callback_url TEXT,
    output_schema BLOB REFERENCES output_schema (digest),
    envelope BLOB,
    rows BLOB,
    FOREIGN KEY (tenant, step_id) REFERENCES step (tenant, step_id),
    CHECK ((state = 'running') = (executor_id IS NOT NULL))
) STRICT;

INSERT INTO new_run (
    run_id, tenant, step_id, trace_id, state, attempt, executor_id, lost, created_at, finished_at,
    origin, cancel_requested, parent_id, callback_url, output_schema, envelope, rows
)
SELECT run_id, 'default', step_id, trace_id, state, attempt, executor_id, lost, created_at,
    finished_at, origin, cancel_requested, parent_id, callback_url, output_schema, envelope, rows
FROM run;

DROP TABLE run;

ALTER TABLE new_run RENAME TO run;

CREATE INDEX run_of_tenant ON run (tenant, run_id);

CREATE INDEX run_by_step ON run (tenant, step_id, run_id);

CREATE INDEX run_by_state ON run (tenant, state, run_id);

CREATE INDEX run_by_executor ON run (executor_id) WHERE executor_id IS NOT NULL;

CREATE INDEX run_to_cancel ON run (run_id) WHERE cancel_requested = 1 AND state = 'running';

CREATE INDEX run_by_end ON run (finished_at) WHERE finished_at IS NOT NULL;

CREATE INDEX run_by_output_schema ON run (output_schema) WHERE output_schema IS NOT NULL;

CREATE TABLE new_checkpoint (
    tenant TEXT NOT NULL,
    step_id TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    value BLOB NOT NULL,
    run_id TEXT UNIQUE,
    source TEXT NOT NULL CHECK (source IN ('run', 'manual', 'reset')),
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (tenant, step_id, version),
    FOREIGN KEY (tenant, step_id) REFERENCES step (tenant, step_id),
    CHECK ((source = 'run') = (run_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO new_checkpoint (tenant, step_id, version, value, run_id, source, at)
SELECT 'default', step_id, version, value, run_id, source, at FROM checkpoint;

DROP TABLE checkpoint;

ALTER TABLE new_checkpoint RENAME TO checkpoint;

CREATE TRIGGER checkpoint_is_append_only BEFORE UPDATE ON checkpoint
BEGIN
    SELECT RAISE(ABORT, 'a checkpoint moves by another entry, never by changing one');
END;

CREATE TABLE new_idempotency (
    tenant TEXT NOT NULL,
    key TEXT NOT NULL,
    run_id TEXT NOT NULL REFERENCES run (run_id) ON DELETE CASCADE,
    body_digest BLOB NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;

INSERT INTO new_idempotency (tenant, key, run_id, body_digest, created_at)
SELECT 'default', key, run_id, body_digest, created_at FROM idempotency;

DROP TABLE idempotency;

ALTER TABLE new_idempotency RENAME TO idempotency;

CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE new_schema_document (
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    document BLOB NOT NULL,
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (tenant, name)
) STRICT;

INSERT INTO new_schema_document (tenant, name, document, updated_at)
SELECT 'default', name, document, updated_at FROM schema_document;

DROP TABLE schema_document;

ALTER TABLE new_schema_document RENAME TO schema_document;

CREATE TABLE new_job (
    run_id TEXT PRIMARY KEY REFERENCES run (run_id) ON DELETE CASCADE,
    tenant TEXT NOT NULL,
    step_id TEXT,
    waiting INTEGER NOT NULL DEFAULT 1 CHECK (waiting IN (0, 1)),
    priority INTEGER NOT NULL DEFAULT 0,
    not_before TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    most_attempts INTEGER NOT NULL DEFAULT 5 CHECK (most_attempts > 0),
    backoff_seconds REAL NOT NULL DEFAULT 1,
    retry_on TEXT NOT NULL DEFAULT 'faults' CHECK (retry_on IN ('faults', 'errors')),
    schedule_id TEXT,
    cycles_left INTEGER NOT NULL DEFAULT 0,
    cycles_until TEXT,
    document BLOB NOT NULL,
    FOREIGN KEY (tenant, step_id) REFERENCES step (tenant, step_id)
) STRICT;

INSERT INTO new_job (
    run_id, tenant, step_id, waiting, priority, not_before, most_attempts, backoff_seconds,
    retry_on, schedule_id, cycles_left, cycles_until, document
)
SELECT run_id, 'default', step_id, waiting, priority, not_before, most_attempts, backoff_seconds,
    retry_on, schedule_id, cycles_left, cycles_until, document
FROM job;

DROP TABLE job;

ALTER TABLE new_job RENAME TO job;

CREATE INDEX job_waiting ON job (priority DESC, run_id) WHERE waiting = 1;

CREATE INDEX job_of_step ON job (tenant, step_id, priority DESC, run_id) WHERE waiting = 1;

CREATE INDEX job_of_schedule ON job (tenant, schedule_id) WHERE schedule_id IS NOT NULL;

CREATE TABLE new_step_version (
    tenant TEXT NOT NULL,
    step_id TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    digest TEXT NOT NULL,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    document BLOB,
    PRIMARY KEY (tenant, step_id, version)
) STRICT;

INSERT INTO new_step_version (tenant, step_id, version, digest, at, document)
SELECT 'default', step_id, version, digest, at, document FROM step_version;

DROP TABLE step_version;

ALTER TABLE new_step_version RENAME TO step_version;

-- Who waits at a step need not be kept: processes queue anew.
DROP TABLE turn;

CREATE TABLE turn (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    step_id TEXT NOT NULL,
    executor_id TEXT NOT NULL,
    renewed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (tenant, step_id, executor_id)
) STRICT;

CREATE TABLE new_step_join (
    tenant TEXT NOT NULL,
    step_id TEXT NOT NULL,
    key TEXT NOT NULL,
    generation INTEGER NOT NULL CHECK (generation > 0),
    state TEXT NOT NULL CHECK (state IN ('open', 'fired', 'partial', 'expired', 'cancelled')),
    expected TEXT NOT NULL,
    step_version INTEGER NOT NULL,
    deadline TEXT,
    seconds REAL,
    on_deadline TEXT NOT NULL CHECK (on_deadline IN ('fail', 'partial', 'extend')),
    trace_id TEXT NOT NULL,
    run_id TEXT UNIQUE,
    opened_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    ended_at TEXT,
    PRIMARY KEY (tenant, step_id, key, generation),
    CHECK ((state = 'open') = (ended_at IS NULL))
) STRICT;

INSERT INTO new_step_join (
    tenant, step_id, key, generation, state, expected, step_version, deadline, seconds,
    on_deadline, trace_id, run_id, opened_at, ended_at
)
SELECT 'default', step_id, key, generation, state, expected, step_version, deadline, seconds,
    on_deadline, trace_id, run_id, opened_at, ended_at
FROM step_join;

CREATE TABLE new_join_part (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    step_id TEXT NOT NULL,
    key TEXT NOT NULL,
    generation INTEGER NOT NULL,
    branch TEXT NOT NULL,
    delivery_id TEXT,
    digest BLOB NOT NULL,
    disposition TEXT NOT NULL CHECK (disposition IN ('accepted', 'superseded', 'late')),
    size INTEGER NOT NULL,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    rows BLOB,
    FOREIGN KEY (tenant, step_id, key, generation)
        REFERENCES step_join (tenant, step_id, key, generation) ON DELETE CASCADE
) STRICT;

INSERT INTO new_join_part (
    position, tenant, step_id, key, generation, branch, delivery_id, digest, disposition, size,
    at, rows
)
SELECT position, 'default', step_id, key, generation, branch, delivery_id, digest, disposition,
    size, at, rows
FROM join_part;

DROP TABLE join_part;

DROP TABLE step_join;

ALTER TABLE new_step_join RENAME TO step_join;

ALTER TABLE new_join_part RENAME TO join_part;

CREATE INDEX join_open ON step_join (tenant, step_id) WHERE state = 'open';

CREATE INDEX join_due ON step_join (deadline) WHERE state = 'open' AND deadline IS NOT NULL;

CREATE INDEX join_by_end ON step_join (ended_at) WHERE ended_at IS NOT NULL;

CREATE UNIQUE INDEX join_part_counts ON join_part (tenant, step_id, key, generation, branch)
    WHERE disposition = 'accepted';

CREATE INDEX join_part_by_branch ON join_part (tenant, step_id, key, branch);

CREATE INDEX join_part_of_generation ON join_part (tenant, step_id, key, generation);

CREATE TABLE new_schedule (
    tenant TEXT NOT NULL,
    schedule_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    cron TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    misfire TEXT NOT NULL CHECK (misfire IN ('coalesce', 'all', 'skip')),
    overlap TEXT NOT NULL CHECK (overlap IN ('skip', 'queue')),
    max_cycles INTEGER NOT NULL CHECK (max_cycles > 0),
    time_budget_seconds REAL,
    paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
    version INTEGER NOT NULL,
    next_at TEXT,
    last_at TEXT,
    last_run_id TEXT,
    skipped INTEGER NOT NULL DEFAULT 0,
    inputs BLOB NOT NULL,
    PRIMARY KEY (tenant, schedule_id)
) STRICT;

INSERT INTO new_schedule (
    tenant, schedule_id, step_id, cron, time_zone, misfire, overlap, max_cycles,
    time_budget_seconds, paused, version, next_at, last_at, last_run_id, skipped, inputs
)
SELECT 'default', schedule_id, step_id, cron, time_zone, misfire, overlap, max_cycles,
    time_budget_seconds, paused, version, next_at, last_at, last_run_id, skipped, inputs
FROM schedule;

DROP TABLE schedule;

ALTER TABLE new_schedule RENAME TO schedule;

CREATE INDEX schedule_due ON schedule (next_at) WHERE paused = 0 AND next_at IS NOT NULL;
