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

-- leave_keys --
-- Hold no foreign key to its table on this connection
PRAGMA foreign_keys = OFF;

-- check_keys --
-- Give the rows whose foreign keys lead nowhere
PRAGMA foreign_key_check;

-- find_revision --
-- Give the migration that the tables are at
SELECT version_num AS revision FROM alembic_version;


-- add_executor --
-- Register a process
INSERT INTO executor (executor_id, pid) VALUES (:executor_id, :pid);

-- list_executors --
-- Give every registered process
SELECT executor_id, beats FROM executor;

-- find_executor --
-- Tell whether a process is registered
SELECT executor_id FROM executor WHERE executor_id = :executor_id;

-- hold_executor --
-- Give a process, and let nobody register anything in its name until this has ended
SELECT executor_id, beats FROM executor WHERE executor_id = :executor_id;

-- beat --
-- Give a sign of life
UPDATE executor SET beats = beats + 1 WHERE executor_id = :executor_id;

-- list_runs_of_executor --
-- Give the runs that a process has under way
SELECT tenant, run_id, step_id, trace_id, state, attempt, executor_id, lost, cancel_requested,
    envelope, rows
FROM run WHERE executor_id = :executor_id;

-- remove_executor --
-- Forget a process; refused by the database while a run or a lease is in its name
DELETE FROM executor WHERE executor_id = :executor_id;


-- add_step --
-- Make sure that a step is known
INSERT INTO step (tenant, step_id) VALUES (:tenant, :step_id) ON CONFLICT DO NOTHING;

-- find_lease --
-- Give a step's fence and who holds it
SELECT fence, lease_run_id, lease_executor_id FROM step WHERE tenant = :tenant
    AND step_id = :step_id;

-- take_lease --
-- Give a free step to a run, with a fence that was never used before
UPDATE step
SET fence = fence + 1, lease_run_id = :run_id, lease_executor_id = :executor_id
WHERE tenant = :tenant AND step_id = :step_id AND lease_run_id IS NULL
RETURNING fence;

-- free_lease --
-- Give a step back
UPDATE step SET lease_run_id = NULL, lease_executor_id = NULL
WHERE tenant = :tenant AND step_id = :step_id AND lease_run_id = :run_id AND fence = :fence;

-- break_lease --
-- Take a step away from a run, and let nothing that it still sends count
UPDATE step SET fence = fence + 1, lease_run_id = NULL, lease_executor_id = NULL
WHERE tenant = :tenant AND step_id = :step_id AND lease_run_id = :run_id;


-- add_run --
-- Register a run that starts now
INSERT INTO run (tenant, run_id, step_id, trace_id, state, attempt, executor_id, callback_url)
VALUES (:tenant, :run_id, :step_id, :trace_id, 'running', 1, :executor_id, :callback_url);

-- restart_run --
-- Start a run that waits, or was lost, as another attempt
UPDATE run
SET state = 'running', attempt = attempt + 1, executor_id = :executor_id, trace_id = :trace_id,
    lost = 0, finished_at = NULL, envelope = NULL, rows = NULL, output_schema = NULL
WHERE run_id = :run_id AND (lost = 1 OR state = 'queued')
RETURNING attempt;

-- queue_run --
-- Let a run wait for its next attempt
UPDATE run
SET state = 'queued', executor_id = NULL, lost = 0, finished_at = NULL, envelope = :envelope,
    rows = NULL
WHERE run_id = :run_id;

-- request_cancel --
-- Ask whoever performs a run to end it
UPDATE run SET cancel_requested = 1 WHERE run_id = :run_id AND state = 'running';

-- list_runs_to_cancel --
-- Give the runs under way that somebody wishes to end
SELECT run_id FROM run WHERE cancel_requested = 1 AND state = 'running';

-- list_runs --
-- Give a part of all runs, newest first, without their rows
SELECT run_id, step_id, state, origin, parent_id, attempt, created_at, finished_at, trace_id,
    envelope,
    state = 'failed' AND EXISTS (SELECT 1 FROM job WHERE job.run_id = run.run_id) AS dead_letter
FROM run
WHERE tenant = :tenant AND (:before IS NULL OR run_id < :before)
ORDER BY run_id DESC LIMIT :limit;

-- list_runs_in_state --
-- Give a part of the runs in one state, newest first
SELECT run_id, step_id, state, origin, parent_id, attempt, created_at, finished_at, trace_id,
    envelope,
    state = 'failed' AND EXISTS (SELECT 1 FROM job WHERE job.run_id = run.run_id) AS dead_letter
FROM run
WHERE tenant = :tenant AND state = :state AND (:before IS NULL OR run_id < :before)
ORDER BY run_id DESC LIMIT :limit;

-- list_runs_of_step --
-- Give a part of the runs of a step, newest first, in one state if that is given
SELECT run_id, step_id, state, origin, parent_id, attempt, created_at, finished_at, trace_id,
    envelope,
    state = 'failed' AND EXISTS (SELECT 1 FROM job WHERE job.run_id = run.run_id) AS dead_letter
FROM run
WHERE tenant = :tenant AND step_id = :step_id AND (:state IS NULL OR state = :state)
    AND (:before IS NULL OR run_id < :before)
ORDER BY run_id DESC LIMIT :limit;

-- list_dead_letters --
-- Give a part of the runs that failed for the last time, of one step if that is given
SELECT run_id, step_id, state, origin, parent_id, attempt, created_at, finished_at, trace_id,
    envelope,
    state = 'failed' AND EXISTS (SELECT 1 FROM job WHERE job.run_id = run.run_id) AS dead_letter
FROM run
WHERE tenant = :tenant AND state = 'failed' AND dead_letter
    AND (:step_id IS NULL OR step_id = :step_id)
    AND (:before IS NULL OR run_id < :before)
ORDER BY run_id DESC LIMIT :limit;

-- list_old_runs --
-- Give some of the runs that ended longer ago than an age
SELECT run_id FROM run
WHERE finished_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', :age)
ORDER BY finished_at LIMIT :limit;

-- remove_run --
-- Forget a run, with what is kept for it alone
DELETE FROM run WHERE run_id = :run_id;

-- remove_figures --
-- Forget the figures of a run
DELETE FROM figure WHERE run_id = :run_id;

-- add_queued_run --
-- Register a run that waits for a worker
INSERT INTO run (tenant, run_id, step_id, trace_id, state, attempt, origin, parent_id, callback_url)
VALUES (:tenant, :run_id, :step_id, :trace_id, 'queued', 0, :origin, :parent_id, :callback_url);

-- find_run --
-- Give a run with its rows
SELECT run_id, step_id, trace_id, state, attempt, executor_id, lost, cancel_requested,
    envelope, rows
FROM run WHERE tenant = :tenant AND run_id = :run_id;

-- find_attempt --
-- Tell how far a run is, without reading what it answered
SELECT state, attempt, lost FROM run WHERE tenant = :tenant AND run_id = :run_id;

-- find_tenant --
-- Tell whose a run is
SELECT tenant FROM run WHERE run_id = :run_id;

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
WHERE tenant = :tenant AND run_id = :run_id;

-- remove_unused_output_schemas --
-- Forget the output schemas that no run has any more
DELETE FROM output_schema
WHERE NOT EXISTS (SELECT 1 FROM run WHERE run.output_schema = output_schema.digest);

-- add_figure --
-- Keep one figure of a run
INSERT INTO figure (run_id, position, png, svg) VALUES (:run_id, :position, :png, :svg);

-- find_figure --
-- Give one figure of a run
SELECT png, svg FROM figure JOIN run USING (run_id) WHERE tenant = :tenant AND run_id = :run_id
    AND position = :position;

-- add_chunk --
-- Keep some rows of a run that is under way
INSERT INTO chunk (run_id, position, rows)
SELECT :run_id, :position, :rows FROM run
WHERE run_id = :run_id AND attempt = :attempt AND state = 'running';

-- find_chunk --
-- Give some rows of a run
SELECT chunk.rows FROM chunk JOIN run USING (run_id)
WHERE tenant = :tenant AND run_id = :run_id AND position = :position;

-- list_chunks --
-- Give all rows of a run that are kept in chunks
SELECT chunk.rows FROM chunk JOIN run USING (run_id)
WHERE tenant = :tenant AND run_id = :run_id ORDER BY position;

-- forget_chunks --
-- Forget the rows of a run that are kept in chunks
DELETE FROM chunk WHERE run_id = :run_id;


-- find_key --
-- Give the run that was made under an Idempotency-Key, and the digest of its request
SELECT body_digest, run_id, step_id, trace_id, state, attempt, executor_id, lost,
    cancel_requested, envelope, rows
FROM idempotency JOIN run USING (run_id)
WHERE idempotency.tenant = :tenant AND key = :key
    AND idempotency.created_at >= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', :age);

-- add_key --
-- Remember which run was made under an Idempotency-Key
INSERT INTO idempotency (tenant, key, run_id, body_digest) VALUES (:tenant, :key, :run_id,
    :body_digest);

-- forget_keys --
-- Forget the Idempotency-Keys that are older than callers may rely on
DELETE FROM idempotency WHERE created_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', :age);


-- find_checkpoint --
-- Give a step's checkpoint as it stands: the newest entry of its history
SELECT version, value, run_id, at FROM checkpoint
WHERE tenant = :tenant AND step_id = :step_id ORDER BY version DESC LIMIT 1;

-- move_checkpoint --
-- Move a checkpoint, but only from the version that was seen: the primary key compares and sets
INSERT INTO checkpoint (tenant, step_id, version, value, run_id, source)
VALUES (:tenant, :step_id, :seen + 1, :value, :run_id, :source)
ON CONFLICT (tenant, step_id, version) DO NOTHING
RETURNING version, value, run_id, at;

-- list_moves --
-- Give a part of a checkpoint's history, newest first
SELECT version, value, run_id, source, at FROM checkpoint
WHERE tenant = :tenant AND step_id = :step_id
    AND (:below_version IS NULL OR version < :below_version)
ORDER BY version DESC LIMIT :limit;


-- find_schema --
-- Give a schema of the repository
SELECT document FROM schema_document WHERE tenant = :tenant AND name = :name;

-- put_schema --
-- Keep a schema under a name, in place of an earlier one
INSERT INTO schema_document (tenant, name, document) VALUES (:tenant, :name, :document)
ON CONFLICT (tenant, name) DO UPDATE
SET document = excluded.document, updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now');


-- add_job --
-- Keep what a worker needs to perform a run
INSERT INTO job (
    tenant, run_id, step_id, priority, most_attempts, backoff_seconds, retry_on, schedule_id,
    cycles_left, cycles_until, document
)
VALUES (
    :tenant, :run_id, :step_id, :priority, :most_attempts, :backoff_seconds, :retry_on,
    :schedule_id,
    :cycles_left, :cycles_until, :document
)
ON CONFLICT (run_id) DO UPDATE
SET waiting = 1, not_before = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
    priority = excluded.priority, most_attempts = excluded.most_attempts,
    backoff_seconds = excluded.backoff_seconds, retry_on = excluded.retry_on,
    document = excluded.document;

-- describe_backlog --
-- Tell what waits: jobs, how long the first whose time has come, and, as far as it matters, the rest
SELECT waiting, ready, oldest_seconds,
    (SELECT count(*) FROM (
        SELECT 1 FROM job JOIN run USING (run_id)
        WHERE waiting = 0 AND state = 'failed' LIMIT :most
    )) AS dead_letters,
    (SELECT count(*) FROM (
        SELECT 1 FROM callback WHERE state = 'waiting' LIMIT :most
    )) AS callbacks
FROM (
    SELECT count(*) AS waiting, count(CASE WHEN age >= 0 THEN 1 END) AS ready,
        coalesce(max(max(age), 0.0), 0.0) AS oldest_seconds
    FROM (
        SELECT (julianday('now') - julianday(not_before)) * 86400.0 AS age
        FROM job WHERE waiting = 1
    )
);

-- count_waiting --
-- Tell how many jobs wait, as far as it matters
SELECT count(*) AS jobs FROM (SELECT 1 FROM job WHERE waiting = 1 LIMIT :most);

-- count_waiting_of_step --
-- Tell how many jobs of a step wait, as far as it matters
SELECT count(*) AS jobs FROM (
    SELECT 1 FROM job WHERE waiting = 1 AND tenant = :tenant AND step_id = :step_id LIMIT :most
);

-- count_waiting_of_tenant --
-- Tell how many jobs of a tenant wait, as far as it matters
SELECT count(*) AS jobs FROM (SELECT 1 FROM job WHERE waiting = 1 AND tenant = :tenant LIMIT :most);

-- find_first_waiting --
-- Give the run of a step that waits for its first attempt
SELECT run.run_id FROM job JOIN run USING (run_id)
WHERE job.tenant = :tenant AND job.step_id = :step_id AND waiting = 1 AND attempt = 0
    ORDER BY run_id LIMIT 1;

-- find_dead_letter --
-- Give the job of a run that failed for the last time
SELECT run.tenant, run.run_id, run.step_id, trace_id, origin, callback_url, priority, most_attempts,
    backoff_seconds, retry_on, document
FROM job JOIN run USING (run_id)
WHERE run.tenant = :tenant AND job.run_id = :run_id AND waiting = 0 AND state = 'failed';

-- list_waiting_tenants --
-- Give whose jobs wait, by one look into the index for each
WITH RECURSIVE waiting_tenant (tenant) AS (
    SELECT min(tenant) FROM job WHERE waiting = 1
    UNION ALL
    SELECT (SELECT min(job.tenant) FROM job WHERE waiting = 1 AND job.tenant > waiting_tenant.tenant)
    FROM waiting_tenant WHERE waiting_tenant.tenant IS NOT NULL
)
SELECT tenant FROM waiting_tenant WHERE tenant IS NOT NULL;

-- list_ready_jobs --
-- Give a tenant's runs whose time has come and whose step is free, the first of each step
SELECT run_id FROM job
WHERE waiting = 1 AND tenant = :tenant AND not_before <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    AND NOT EXISTS (
        SELECT 1 FROM step WHERE step.tenant = job.tenant AND step.step_id = job.step_id
            AND lease_run_id IS NOT NULL
    )
    AND NOT EXISTS (
        SELECT 1 FROM job AS earlier
        WHERE earlier.tenant = job.tenant AND earlier.step_id = job.step_id
            AND earlier.waiting = 1
            AND earlier.not_before <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
            AND (earlier.priority > job.priority
                OR (earlier.priority = job.priority AND earlier.run_id < job.run_id))
    )
ORDER BY priority DESC, run_id LIMIT :limit;

-- find_job --
-- Give a job whose run waits, with its order
SELECT run.tenant, run.run_id, run.step_id, trace_id, origin, document
FROM job JOIN run USING (run_id) WHERE job.run_id = :run_id AND state = 'queued';

-- find_attempts --
-- Tell how many attempts a job's run may have
SELECT most_attempts, backoff_seconds, retry_on FROM job WHERE run_id = :run_id;

-- find_cycles --
-- Tell whether a run may be followed by another one
SELECT schedule_id, cycles_left, cycles_until FROM job
WHERE run_id = :run_id AND cycles_left > 0 AND (
    cycles_until IS NULL OR cycles_until > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
);

-- add_cycle --
-- Keep what a worker needs to perform the run that follows another one
INSERT INTO job (
    tenant, run_id, step_id, priority, most_attempts, backoff_seconds, retry_on, schedule_id,
    cycles_left, cycles_until, document
)
SELECT tenant, :run_id, step_id, priority, most_attempts, backoff_seconds, retry_on, schedule_id,
    cycles_left - 1, cycles_until, document
FROM job WHERE run_id = :after;

-- take_job --
-- Let a job wait no more
UPDATE job SET waiting = 0 WHERE run_id = :run_id;

-- put_back_job --
-- Let a job wait again, from some seconds on
UPDATE job
SET waiting = 1, not_before = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', :delay)
WHERE run_id = :run_id;

-- put_off_job --
-- Let a job that waits do so for some seconds more
UPDATE job SET not_before = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', :delay)
WHERE run_id = :run_id AND waiting = 1;

-- remove_job --
-- Forget a job whose run needs no more attempts
DELETE FROM job WHERE run_id = :run_id;


-- add_notices --
-- Tell of a run, once for each object of a JSON list
INSERT INTO notice (run_id, attempt, kind, content)
SELECT :run_id, :attempt, :kind, value FROM json_each(:contents) ORDER BY key;

-- list_notices --
-- Give what was told of a run beyond a number
SELECT number, kind, content FROM notice JOIN run USING (run_id)
WHERE tenant = :tenant AND run_id = :run_id AND number > :number ORDER BY number LIMIT :limit;

-- count_entries --
-- Tell how much of the log of an attempt was told
SELECT count(*) AS entries FROM notice
WHERE run_id = :run_id AND attempt = :attempt AND kind = 'log';


-- add_version --
-- Keep a step's next version
INSERT INTO step_version (tenant, step_id, version, digest, document)
VALUES (:tenant, :step_id, :version, :digest, :document)
RETURNING step_id, version, digest, at, document;

-- find_version --
-- Give a version of a stored step, its newest where none is named
SELECT step_id, version, digest, at, document FROM step_version
WHERE tenant = :tenant AND step_id = :step_id AND (:version IS NULL OR version = :version)
ORDER BY version DESC LIMIT 1;

-- list_versions --
-- Give a part of a stored step's versions, newest first
SELECT step_id, version, digest, at, document FROM step_version
WHERE tenant = :tenant AND step_id = :step_id AND (:below IS NULL OR version < :below)
ORDER BY version DESC LIMIT :limit;


-- take_turn --
-- Queue a process at a step, or let it stay in its place
INSERT INTO turn (tenant, step_id, executor_id) VALUES (:tenant, :step_id, :executor_id)
ON CONFLICT (tenant, step_id, executor_id) DO UPDATE
SET renewed_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now');

-- find_turn --
-- Give the process that comes next at a step, of those that were heard of lately
SELECT executor_id FROM turn
WHERE tenant = :tenant AND step_id = :step_id
    AND renewed_at >= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', :age)
ORDER BY position LIMIT 1;

-- end_turn --
-- Take a process out of the queue of a step
DELETE FROM turn WHERE tenant = :tenant AND step_id = :step_id AND executor_id = :executor_id;

-- end_turns --
-- Take a process out of every queue
DELETE FROM turn WHERE executor_id = :executor_id;


-- open_join --
-- Open the next generation of a join; its deadline runs from now
INSERT INTO step_join (
    tenant, step_id, key, generation, state, expected, step_version, seconds, on_deadline, trace_id,
    deadline
)
VALUES (
    :tenant, :step_id, :key, :generation, 'open', :expected, :step_version, :seconds, :on_deadline,
    :trace_id, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', :seconds || ' seconds')
);

-- find_join --
-- Give the newest generation of a join
SELECT step_id, key, generation, state, expected, step_version, seconds, on_deadline, trace_id,
    deadline, run_id
FROM step_join WHERE tenant = :tenant AND step_id = :step_id AND key = :key
    ORDER BY generation DESC LIMIT 1;

-- list_due_joins --
-- Give some open joins whose deadline is over
SELECT tenant, step_id, key, generation, state, expected, step_version, seconds, on_deadline,
    trace_id,
    deadline, run_id
FROM step_join
WHERE state = 'open' AND deadline <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
ORDER BY deadline LIMIT :limit;

-- count_open_joins --
-- Tell how many joins of a step are open, as far as it matters
SELECT count(*) AS joins FROM (
    SELECT 1 FROM step_join WHERE tenant = :tenant AND step_id = :step_id
        AND state = 'open' LIMIT :most
);

-- end_join --
-- Let a join wait no more
UPDATE step_join
SET state = :state, run_id = :run_id, ended_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE tenant = :tenant AND step_id = :step_id AND key = :key AND generation = :generation
    AND state = 'open';

-- extend_join --
-- Let a join wait as long again, from now on
UPDATE step_join SET deadline = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', seconds || ' seconds')
WHERE tenant = :tenant AND step_id = :step_id AND key = :key AND generation = :generation
    AND state = 'open';

-- list_parts_of_branch --
-- Give what a branch has brought under a key, in every generation, the latest last
SELECT branch, delivery_id, digest, generation FROM join_part
WHERE tenant = :tenant AND step_id = :step_id AND key = :key AND branch = :branch ORDER BY position;

-- list_parts --
-- Give what has arrived for a join, without rows
SELECT branch, disposition, size FROM join_part
WHERE tenant = :tenant AND step_id = :step_id AND key = :key AND generation = :generation
    ORDER BY position;

-- list_part_rows --
-- Give the rows that count in a join
SELECT branch, rows FROM join_part
WHERE tenant = :tenant AND step_id = :step_id AND key = :key AND generation = :generation
    AND disposition = 'accepted';

-- supersede_part --
-- Let the rows that a branch brought earlier count no more
UPDATE join_part SET disposition = 'superseded', rows = NULL
WHERE tenant = :tenant AND step_id = :step_id AND key = :key AND generation = :generation
    AND branch = :branch
    AND disposition = 'accepted';

-- add_part --
-- Keep what a branch has brought
INSERT INTO join_part (
    tenant, step_id, key, generation, branch, delivery_id, digest, disposition, size, rows
)
VALUES (
    :tenant, :step_id, :key, :generation, :branch, :delivery_id, :digest, :disposition, :size, :rows
);

-- drop_part_rows --
-- Forget the rows of a join that is over
UPDATE join_part SET rows = NULL
WHERE tenant = :tenant AND step_id = :step_id AND key = :key AND generation = :generation;

-- remove_old_joins --
-- Forget the joins that were over longer ago than an age
DELETE FROM step_join WHERE ended_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', :age);


-- add_schedule --
-- Keep a schedule that is not there yet
INSERT INTO schedule (
    tenant, schedule_id, step_id, cron, time_zone, misfire, overlap, max_cycles,
    time_budget_seconds,
    paused, version, next_at, inputs
)
VALUES (
    :tenant, :schedule_id, :step_id, :cron, :time_zone, :misfire, :overlap, :max_cycles,
    :time_budget_seconds, :paused, 1, :next_at, :inputs
);

-- change_schedule --
-- Keep a schedule in place of an earlier one
UPDATE schedule
SET step_id = :step_id, cron = :cron, time_zone = :time_zone, misfire = :misfire,
    overlap = :overlap, max_cycles = :max_cycles, time_budget_seconds = :time_budget_seconds,
    paused = :paused, version = version + 1, next_at = :next_at, inputs = :inputs
WHERE tenant = :tenant AND schedule_id = :schedule_id;

-- find_schedule --
-- Give a schedule
SELECT schedule_id, step_id, cron, time_zone, misfire, overlap, max_cycles, time_budget_seconds,
    paused, version, next_at, last_at, last_run_id, skipped, inputs
FROM schedule WHERE tenant = :tenant AND schedule_id = :schedule_id;

-- list_schedules --
-- Give a part of the schedules, in the order of their ids
SELECT schedule_id, step_id, cron, time_zone, misfire, overlap, max_cycles, time_budget_seconds,
    paused, version, next_at, last_at, last_run_id, skipped, inputs
FROM schedule
WHERE tenant = :tenant AND (:after IS NULL OR schedule_id > :after)
ORDER BY schedule_id LIMIT :limit;

-- list_due_schedules --
-- Give some schedules that are due
SELECT tenant, schedule_id, step_id, cron, time_zone, misfire, overlap, max_cycles,
    time_budget_seconds,
    paused, version, next_at, last_at, last_run_id, skipped, inputs
FROM schedule
WHERE paused = 0 AND next_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
ORDER BY next_at LIMIT :limit;

-- pause_schedule --
-- Let a schedule rest, or go on
UPDATE schedule SET paused = :paused, next_at = :next_at, version = version + 1
WHERE tenant = :tenant AND schedule_id = :schedule_id;

-- move_schedule --
-- Let a schedule wait for its next tick
UPDATE schedule
SET next_at = :next_at, last_at = coalesce(:last_at, last_at),
    last_run_id = coalesce(:run_id, last_run_id), skipped = skipped + :skipped
WHERE tenant = :tenant AND schedule_id = :schedule_id;

-- remove_schedule --
-- Forget a schedule
DELETE FROM schedule WHERE tenant = :tenant AND schedule_id = :schedule_id;

-- find_run_of_schedule --
-- Give a run of a schedule that waits or is under way
SELECT run.run_id FROM job JOIN run USING (run_id)
WHERE job.tenant = :tenant AND schedule_id = :schedule_id
    AND state IN ('queued', 'running') LIMIT 1;

-- now --
-- Give the database's time
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS now;


-- add_callback --
-- Put an event into the outbox; what is there stays as it is
INSERT INTO callback (run_id, event_id, url, content)
VALUES (:run_id, :event_id, :url, :content)
ON CONFLICT (event_id) DO NOTHING;

-- find_due_callback --
-- Tell whether an event is to be sent
SELECT position FROM callback
WHERE state = 'waiting' AND next_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now') LIMIT 1;

-- take_callbacks --
-- Take events that are to be sent; nobody else is given them for a minute
UPDATE callback
SET attempt = attempt + 1, next_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+60 seconds')
WHERE position IN (
    SELECT position FROM callback
    WHERE state = 'waiting' AND next_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    ORDER BY next_at LIMIT :limit
)
RETURNING position, event_id, url, attempt, content;

-- settle_callback --
-- Keep how sending ended, unless somebody else has taken the event since
UPDATE callback
SET state = :state, reason = :reason, next_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', :delay)
WHERE position = :position AND attempt = :attempt AND state = 'waiting';

-- find_callback_url --
-- Tell who is told of a run's end
SELECT callback_url FROM run WHERE run_id = :run_id;


-- add_api_key --
-- Keep a new API key; how long it lasts is kept for the one that takes its place
INSERT INTO api_key (key_id, name, tenant, scopes, digest, lasts_seconds, expires_at)
VALUES (
    :key_id, :name, :tenant, :scopes, :digest, :lasts_seconds,
    strftime('%Y-%m-%dT%H:%M:%fZ', 'now', :lasts_seconds || ' seconds')
);

-- find_usable_api_key --
-- Give an API key that has neither expired nor been revoked
SELECT key_id, name, tenant, scopes, digest, created_at, lasts_seconds, expires_at, revoked_at,
    last_used_at
FROM api_key
WHERE key_id = :key_id AND revoked_at IS NULL
    AND (expires_at IS NULL OR expires_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));

-- find_api_key --
-- Give an API key, usable or not
SELECT key_id, name, tenant, scopes, digest, created_at, lasts_seconds, expires_at, revoked_at,
    last_used_at
FROM api_key WHERE key_id = :key_id;

-- list_api_keys --
-- Give every API key, the oldest first
SELECT key_id, name, tenant, scopes, digest, created_at, lasts_seconds, expires_at, revoked_at,
    last_used_at
FROM api_key ORDER BY created_at, key_id;

-- revoke_api_key --
-- Let an API key be used no more
UPDATE api_key SET revoked_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE key_id = :key_id AND revoked_at IS NULL;

-- expire_api_key --
-- Let an API key expire after some seconds, unless it does so earlier
UPDATE api_key
SET expires_at = min(
    coalesce(expires_at, '9999'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now', :seconds || ' seconds')
)
WHERE key_id = :key_id;

-- use_api_key --
-- Remember that an API key was used now
UPDATE api_key SET last_used_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE key_id = :key_id;
