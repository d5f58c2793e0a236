-- Output schemas as runs had them, each kept once: what a name of the repository stands for changes.
CREATE TABLE output_schema (
    digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
    document BLOB NOT NULL
) STRICT;

ALTER TABLE run ADD COLUMN output_schema BLOB REFERENCES output_schema (digest);
