-- A join: a step's run to come, and what it waits for. `expected` is a JSON list of branches.
CREATE TABLE step_join (
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
    PRIMARY KEY (step_id, key, generation),
    CHECK ((state = 'open') = (ended_at IS NULL))
) STRICT;

CREATE INDEX join_open ON step_join (step_id) WHERE state = 'open';

CREATE INDEX join_due ON step_join (deadline) WHERE state = 'open' AND deadline IS NOT NULL;

CREATE INDEX join_by_end ON step_join (ended_at) WHERE ended_at IS NOT NULL;

-- What a branch has brought. Of what was accepted, one row counts; its rows go once the join is
-- over, and rows that come late are not kept.
CREATE TABLE join_part (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
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
    FOREIGN KEY (step_id, key, generation)
        REFERENCES step_join (step_id, key, generation) ON DELETE CASCADE
) STRICT;

CREATE UNIQUE INDEX join_part_counts ON join_part (step_id, key, generation, branch)
    WHERE disposition = 'accepted';

CREATE INDEX join_part_by_branch ON join_part (step_id, key, branch);

CREATE INDEX join_part_of_generation ON join_part (step_id, key, generation);
