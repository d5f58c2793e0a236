-- Who is told of a run's end.
ALTER TABLE run ADD COLUMN callback_url TEXT;

-- Events on their way. Who takes one moves its time on, so that nobody else sends it meanwhile.
CREATE TABLE callback (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL REFERENCES run (run_id) ON DELETE CASCADE,
    event_id TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempt INTEGER NOT NULL DEFAULT 0,
    next_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    reason TEXT,
    content BLOB NOT NULL
) STRICT;

CREATE INDEX callback_due ON callback (next_at) WHERE state = 'waiting';

CREATE INDEX callback_of_run ON callback (run_id);
