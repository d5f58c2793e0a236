-- How each connection behaves. Run once after it is opened; lines without a reason are not welcome.

-- Writers of other processes hold the database for a few milliseconds; five seconds is a fault.
PRAGMA busy_timeout = 5000;

-- Off by default for the sake of databases that are older than the feature.
PRAGMA foreign_keys = ON;

-- Rows of 64 MB go through the log: give the space back instead of keeping the largest size.
PRAGMA journal_size_limit = 67108864;
