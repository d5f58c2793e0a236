-- A process that stands still holds its lock and counts no further.
ALTER TABLE executor ADD COLUMN beats INTEGER NOT NULL DEFAULT 0;
