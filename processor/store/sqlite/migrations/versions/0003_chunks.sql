-- Rows that statements yielded, as they came; those of runs that failed are forgotten.
CREATE TABLE chunk (
    run_id TEXT NOT NULL REFERENCES run (run_id),
    position INTEGER NOT NULL CHECK (position >= 0),
    rows BLOB NOT NULL,
    PRIMARY KEY (run_id, position)
) STRICT;
