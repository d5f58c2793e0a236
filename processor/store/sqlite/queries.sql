-- Every query of the SQLite store. Times are the database's own (UTC, ISO 8601, milliseconds);
-- where a time is set at insertion, the table's default sets it.

-- durable --
-- Let a commit return only once it is on the disk
PRAGMA synchronous = FULL;

-- deferred --
-- Let a commit return before it is on the disk; the next durable one takes it along
PRAGMA synchronous = NORMAL;

-- begin_write --
-- Begin a transaction that writes, once no other process writes
BEGIN IMMEDIATE;

-- begin_read --
-- Begin a transaction that sees one commit, whatever is written meanwhile
BEGIN;

-- write_ahead --
-- Keep changes in a log beside the file, so that readers and the writer do not wait for each other
PRAGMA journal_mode = WAL;

-- count_revisions --
-- Tell whether the database has been migrated before
SELECT count(*) AS tables FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version';

-- find_revision --
-- Give the migration that the tables are at
SELECT version_num AS revision FROM alembic_version;


-- add_executor --
-- Register a process
INSERT INTO executor (executor_id, pid) VALUES (:executor_id, :pid);

-- list_executors --
-- Give every registered process
SELECT executor_id FROM executor;

-- list_runs_of_executor --
-- Give the runs that a process has under way
SELECT run_id, step_id, trace_id, state, attempt, executor_id, lost, envelope, rows
FROM run WHERE executor_id = :executor_id;

-- remove_executor --
-- Forget a process; refused by the database while a run or a lease is in its name
DELETE FROM executor WHERE executor_id = :executor_id;


-- add_step --
-- Make sure that a step is known
INSERT INTO step (step_id) VALUES (:step_id) ON CONFLICT DO NOTHING;

-- find_lease --
-- Give a step's fence and who holds it
SELECT fence, lease_run_id, lease_executor_id FROM step WHERE step_id = :step_id;

-- take_lease --
-- Give a free step to a run, with a fence that was never used before
UPDATE step
SET fence = fence + 1, lease_run_id = :run_id, lease_executor_id = :executor_id
WHERE step_id = :step_id AND lease_run_id IS NULL
RETURNING fence;

-- free_lease --
-- Give a step back
UPDATE step SET lease_run_id = NULL, lease_executor_id = NULL
WHERE step_id = :step_id AND lease_run_id = :run_id AND fence = :fence;

-- break_lease --
-- Take a step away from a run, and let nothing that it still sends count
UPDATE step SET fence = fence + 1, lease_run_id = NULL, lease_executor_id = NULL
WHERE step_id = :step_id AND lease_run_id = :run_id;


-- add_run --
-- Register a run that starts now
INSERT INTO run (run_id, step_id, trace_id, state, attempt, executor_id)
VALUES (:run_id, :step_id, :trace_id, 'running', 1, :executor_id);

-- restart_run --
-- Start a lost run again, as another attempt
UPDATE run
SET state = 'running', attempt = attempt + 1, executor_id = :executor_id, trace_id = :trace_id,
    lost = 0, finished_at = NULL, envelope = NULL, rows = NULL, output_schema = NULL
WHERE run_id = :run_id AND lost = 1
RETURNING attempt;

-- find_run --
-- Give a run with its rows
SELECT run_id, step_id, trace_id, state, attempt, executor_id, lost, envelope, rows
FROM run WHERE run_id = :run_id;

-- find_attempt --
-- Tell how far a run is, without reading what it answered
SELECT state, attempt, lost FROM run WHERE run_id = :run_id;

-- end_run --
-- Keep a run's answer
UPDATE run
SET state = :state, executor_id = NULL, lost = :lost,
    finished_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), envelope = :envelope, rows = :rows,
    output_schema = :output_schema
WHERE run_id = :run_id;

-- add_output_schema --
-- Keep an output schema, once however many runs have it
INSERT INTO output_schema (digest, document) VALUES (:digest, :document) ON CONFLICT DO NOTHING;

-- find_output_schema --
-- Give the output schema that a run had
SELECT document FROM run JOIN output_schema ON run.output_schema = output_schema.digest
WHERE run_id = :run_id;

-- add_figure --
-- Keep one figure of a run
INSERT INTO figure (run_id, position, png, svg) VALUES (:run_id, :position, :png, :svg);

-- find_figure --
-- Give one figure of a run
SELECT png, svg FROM figure WHERE run_id = :run_id AND position = :position;

-- add_chunk --
-- Keep some rows of a run that is under way
INSERT INTO chunk (run_id, position, rows)
SELECT :run_id, :position, :rows FROM run
WHERE run_id = :run_id AND attempt = :attempt AND state = 'running';

-- find_chunk --
-- Give some rows of a run
SELECT rows FROM chunk WHERE run_id = :run_id AND position = :position;

-- list_chunks --
-- Give all rows of a run that are kept in chunks
SELECT rows FROM chunk WHERE run_id = :run_id ORDER BY position;

-- forget_chunks --
-- Forget the rows of a run that has not succeeded
DELETE FROM chunk WHERE run_id = :run_id;


-- find_key --
-- Give the run that was made under an Idempotency-Key, and the digest of its request
SELECT body_digest, run_id, step_id, trace_id, state, attempt, executor_id, lost, envelope, rows
FROM idempotency JOIN run USING (run_id)
WHERE key = :key
    AND idempotency.created_at >= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', :age);

-- add_key --
-- Remember which run was made under an Idempotency-Key
INSERT INTO idempotency (key, run_id, body_digest) VALUES (:key, :run_id, :body_digest);

-- forget_keys --
-- Forget the Idempotency-Keys that are older than callers may rely on
DELETE FROM idempotency WHERE created_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', :age);


-- find_checkpoint --
-- Give a step's checkpoint as it stands: the newest entry of its history
SELECT version, value, run_id, at FROM checkpoint
WHERE step_id = :step_id ORDER BY version DESC LIMIT 1;

-- move_checkpoint --
-- Move a checkpoint, but only from the version that was seen: the primary key compares and sets
INSERT INTO checkpoint (step_id, version, value, run_id, source)
VALUES (:step_id, :seen + 1, :value, :run_id, :source)
ON CONFLICT (step_id, version) DO NOTHING
RETURNING version, value, run_id, at;

-- list_moves --
-- Give a part of a checkpoint's history, newest first
SELECT version, value, run_id, source, at FROM checkpoint
WHERE step_id = :step_id AND (:below_version IS NULL OR version < :below_version)
ORDER BY version DESC LIMIT :limit;


-- find_schema --
-- Give a schema of the repository
SELECT document FROM schema_document WHERE name = :name;

-- put_schema --
-- Keep a schema under a name, in place of an earlier one
INSERT INTO schema_document (name, document) VALUES (:name, :document)
ON CONFLICT (name) DO UPDATE
SET document = excluded.document, updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now');
