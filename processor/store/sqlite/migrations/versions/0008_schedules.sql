-- Stored steps that run by the clock. `inputs` is last, so that looking for what is due is quick.
CREATE TABLE schedule (
    schedule_id TEXT PRIMARY KEY,
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
    inputs BLOB NOT NULL
) STRICT;

CREATE INDEX schedule_due ON schedule (next_at) WHERE paused = 0 AND next_at IS NOT NULL;

-- Which schedule a job is of, how many runs may follow it, and until when.
ALTER TABLE job ADD COLUMN schedule_id TEXT;

ALTER TABLE job ADD COLUMN cycles_left INTEGER NOT NULL DEFAULT 0;

ALTER TABLE job ADD COLUMN cycles_until TEXT;

CREATE INDEX job_of_schedule ON job (schedule_id) WHERE schedule_id IS NOT NULL;
