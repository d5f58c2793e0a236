-- How a job's run is tried again, and which run it is made after.
ALTER TABLE job ADD COLUMN backoff_seconds REAL NOT NULL DEFAULT 1;

ALTER TABLE job ADD COLUMN retry_on TEXT NOT NULL DEFAULT 'faults'
    CHECK (retry_on IN ('faults', 'errors'));

ALTER TABLE run ADD COLUMN parent_id TEXT;
