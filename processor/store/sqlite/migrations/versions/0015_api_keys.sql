-- API keys of every tenant: of a key's secret there is only a digest. Scopes are separated by spaces.
CREATE TABLE api_key (
    key_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    tenant TEXT NOT NULL,
    scopes TEXT NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    lasts_seconds REAL,
    expires_at TEXT,
    revoked_at TEXT,
    last_used_at TEXT
) STRICT;
