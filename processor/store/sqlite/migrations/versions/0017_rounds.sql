-- What waits is looked up tenant by tenant, so that they take turns.
DROP INDEX job_waiting;

CREATE INDEX job_waiting ON job (tenant, priority DESC, run_id) WHERE waiting = 1;
