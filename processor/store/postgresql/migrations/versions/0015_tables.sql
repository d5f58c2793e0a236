-- All tables. JSON is kept as bytes, as it was answered. Ids are compared byte by byte, whatever
-- language the database sorts in: those of later runs are larger.

-- A process that serves runs. `beats` grows for as long as it lives.
CREATE TABLE executor (
    executor_id text COLLATE "C" PRIMARY KEY,
    pid integer NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    beats bigint NOT NULL DEFAULT 0
);

-- A step's lease: which run holds it. The fence grows with each claim, and never falls.
CREATE TABLE step (
    step_id text COLLATE "C" PRIMARY KEY,
    fence bigint NOT NULL DEFAULT 0,
    lease_run_id text COLLATE "C",
    lease_executor_id text COLLATE "C" REFERENCES executor (executor_id),
    CHECK ((lease_run_id IS NULL) = (lease_executor_id IS NULL))
) WITH (fillfactor = 70);

CREATE INDEX step_by_executor ON step (lease_executor_id) WHERE lease_executor_id IS NOT NULL;

-- Output schemas as runs had them, each kept once: what a name of the repository stands for changes.
CREATE TABLE output_schema (
    digest bytea PRIMARY KEY CHECK (length(digest) = 32),
    document bytea NOT NULL
);

-- A run. `lost`: its process took it down with it, so a repeat under its key starts it again.
-- `envelope` is the answer without its rows.
CREATE TABLE run (
    run_id text COLLATE "C" PRIMARY KEY,
    step_id text COLLATE "C" REFERENCES step (step_id),
    trace_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    attempt integer NOT NULL,
    executor_id text COLLATE "C" REFERENCES executor (executor_id),
    lost boolean NOT NULL DEFAULT FALSE,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    envelope bytea,
    rows bytea,
    output_schema bytea REFERENCES output_schema (digest),
    origin text NOT NULL DEFAULT 'request',
    cancel_requested boolean NOT NULL DEFAULT FALSE,
    parent_id text COLLATE "C",
    callback_url text,
    CHECK ((state = 'running') = (executor_id IS NOT NULL))
);

ALTER TABLE step ADD FOREIGN KEY (lease_run_id) REFERENCES run (run_id);

CREATE INDEX step_by_run ON step (lease_run_id) WHERE lease_run_id IS NOT NULL;

CREATE INDEX run_by_step ON run (step_id, run_id);

CREATE INDEX run_by_executor ON run (executor_id) WHERE executor_id IS NOT NULL;

CREATE INDEX run_to_cancel ON run (run_id) WHERE cancel_requested AND state = 'running';

CREATE INDEX run_by_state ON run (state, run_id);

CREATE INDEX run_by_end ON run (finished_at) WHERE finished_at IS NOT NULL;

CREATE INDEX run_by_output_schema ON run (output_schema) WHERE output_schema IS NOT NULL;

-- A checkpoint's history; its newest entry is the checkpoint. No run is recorded twice.
CREATE TABLE checkpoint (
    step_id text COLLATE "C" NOT NULL REFERENCES step (step_id),
    version bigint NOT NULL CHECK (version > 0),
    value bytea NOT NULL,
    run_id text COLLATE "C" UNIQUE,
    source text NOT NULL CHECK (source IN ('run', 'manual', 'reset')),
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (step_id, version),
    CHECK ((source = 'run') = (run_id IS NOT NULL))
);

CREATE OR REPLACE FUNCTION refuse_to_rewrite_history() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION ''a checkpoint moves by another entry, never by changing one''; END';

CREATE OR REPLACE TRIGGER checkpoint_is_append_only BEFORE UPDATE ON checkpoint
FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_history();

-- Which run was made under a caller's Idempotency-Key, and for which request.
CREATE TABLE idempotency (
    key text COLLATE "C" PRIMARY KEY,
    run_id text COLLATE "C" NOT NULL REFERENCES run (run_id) ON DELETE CASCADE,
    body_digest bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE INDEX idempotency_by_run ON idempotency (run_id);

-- The repository of schemas that steps choose from.
CREATE TABLE schema_document (
    name text COLLATE "C" PRIMARY KEY,
    document bytea NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Figures that statements drew, kept with their run.
CREATE TABLE figure (
    run_id text COLLATE "C" NOT NULL REFERENCES run (run_id),
    position integer NOT NULL CHECK (position >= 0),
    png bytea NOT NULL,
    svg bytea NOT NULL,
    PRIMARY KEY (run_id, position)
);

-- Rows that statements yielded, as they came; those of runs that failed are forgotten.
CREATE TABLE chunk (
    run_id text COLLATE "C" NOT NULL REFERENCES run (run_id),
    position integer NOT NULL CHECK (position >= 0),
    rows bytea NOT NULL,
    PRIMARY KEY (run_id, position)
);

-- Stored steps. The newest version is the step; without a document, the step was removed.
CREATE TABLE step_version (
    step_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    digest text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    document bytea,
    PRIMARY KEY (step_id, version)
);

-- What a worker needs to perform a run. It goes once the run has succeeded or was cancelled; a
-- failed run keeps it.
CREATE TABLE job (
    run_id text COLLATE "C" PRIMARY KEY REFERENCES run (run_id) ON DELETE CASCADE,
    step_id text COLLATE "C" REFERENCES step (step_id),
    waiting boolean NOT NULL DEFAULT TRUE,
    priority integer NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT now(),
    most_attempts integer NOT NULL DEFAULT 5 CHECK (most_attempts > 0),
    document bytea NOT NULL,
    backoff_seconds double precision NOT NULL DEFAULT 1,
    retry_on text NOT NULL DEFAULT 'faults' CHECK (retry_on IN ('faults', 'errors')),
    schedule_id text COLLATE "C",
    cycles_left integer NOT NULL DEFAULT 0,
    cycles_until timestamptz
);

CREATE INDEX job_waiting ON job (priority DESC, run_id) WHERE waiting;

CREATE INDEX job_of_step ON job (step_id, priority DESC, run_id) WHERE waiting;

CREATE INDEX job_of_schedule ON job (schedule_id) WHERE schedule_id IS NOT NULL;

-- What was told of a run while it went on.
CREATE TABLE notice (
    number bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    run_id text COLLATE "C" NOT NULL REFERENCES run (run_id) ON DELETE CASCADE,
    attempt integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('state', 'log', 'figure', 'end')),
    content text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX notice_of_run ON notice (run_id, number);

-- Which process comes next at a step, where several want it. A line that is not renewed is void.
CREATE TABLE turn (
    position bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    step_id text COLLATE "C" NOT NULL,
    executor_id text COLLATE "C" NOT NULL,
    renewed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (step_id, executor_id)
);

-- A join: a step's run to come, and what it waits for. `expected` is a JSON list of branches.
CREATE TABLE step_join (
    step_id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    generation bigint NOT NULL CHECK (generation > 0),
    state text NOT NULL CHECK (state IN ('open', 'fired', 'partial', 'expired', 'cancelled')),
    expected text NOT NULL,
    step_version bigint NOT NULL,
    deadline timestamptz,
    seconds double precision,
    on_deadline text NOT NULL CHECK (on_deadline IN ('fail', 'partial', 'extend')),
    trace_id text NOT NULL,
    run_id text COLLATE "C" UNIQUE,
    opened_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    PRIMARY KEY (step_id, key, generation),
    CHECK ((state = 'open') = (ended_at IS NULL))
);

CREATE INDEX join_open ON step_join (step_id) WHERE state = 'open';

CREATE INDEX join_due ON step_join (deadline) WHERE state = 'open' AND deadline IS NOT NULL;

CREATE INDEX join_by_end ON step_join (ended_at) WHERE ended_at IS NOT NULL;

-- What a branch has brought. Of what was accepted, one row counts; its rows go once the join is
-- over, and rows that come late are not kept.
CREATE TABLE join_part (
    position bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    step_id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    generation bigint NOT NULL,
    branch text NOT NULL,
    delivery_id text,
    digest bytea NOT NULL,
    disposition text NOT NULL CHECK (disposition IN ('accepted', 'superseded', 'late')),
    size bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    rows bytea,
    FOREIGN KEY (step_id, key, generation)
        REFERENCES step_join (step_id, key, generation) ON DELETE CASCADE
);

CREATE UNIQUE INDEX join_part_counts ON join_part (step_id, key, generation, branch)
    WHERE disposition = 'accepted';

CREATE INDEX join_part_by_branch ON join_part (step_id, key, branch);

-- Stored steps that run by the clock.
CREATE TABLE schedule (
    schedule_id text COLLATE "C" PRIMARY KEY,
    step_id text COLLATE "C" NOT NULL,
    cron text NOT NULL,
    time_zone text NOT NULL,
    misfire text NOT NULL CHECK (misfire IN ('coalesce', 'all', 'skip')),
    overlap text NOT NULL CHECK (overlap IN ('skip', 'queue')),
    max_cycles integer NOT NULL CHECK (max_cycles > 0),
    time_budget_seconds double precision,
    paused boolean NOT NULL,
    version bigint NOT NULL,
    next_at timestamptz,
    last_at timestamptz,
    last_run_id text COLLATE "C",
    skipped bigint NOT NULL DEFAULT 0,
    inputs bytea NOT NULL
);

CREATE INDEX schedule_due ON schedule (next_at) WHERE NOT paused AND next_at IS NOT NULL;

-- Events on their way. Who takes one moves its time on, so that nobody else sends it meanwhile.
CREATE TABLE callback (
    position bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    run_id text COLLATE "C" NOT NULL REFERENCES run (run_id) ON DELETE CASCADE,
    event_id text NOT NULL UNIQUE,
    url text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempt integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now(),
    reason text,
    content bytea NOT NULL
);

CREATE INDEX callback_due ON callback (next_at) WHERE state = 'waiting';

CREATE INDEX callback_of_run ON callback (run_id);

-- API keys of every tenant: of a key's secret there is only a digest. Scopes are separated by spaces.
CREATE TABLE api_key (
    key_id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    tenant text NOT NULL,
    scopes text NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    lasts_seconds double precision,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
