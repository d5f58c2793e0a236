-- Figures that statements drew, kept with their run.
CREATE TABLE figure (
    run_id TEXT NOT NULL REFERENCES run (run_id),
    position INTEGER NOT NULL CHECK (position >= 0),
    png BLOB NOT NULL,
    svg BLOB NOT NULL,
    PRIMARY KEY (run_id, position)
) STRICT;
