-- Whose everything is. A name, of a step or a key, is a tenant's own: the keys of tables begin with
-- the tenant. What was there is `default`'s.

ALTER TABLE run DROP CONSTRAINT run_step_id_fkey;

ALTER TABLE checkpoint DROP CONSTRAINT checkpoint_step_id_fkey;

ALTER TABLE job DROP CONSTRAINT job_step_id_fkey;

ALTER TABLE join_part DROP CONSTRAINT join_part_step_id_key_generation_fkey;

ALTER TABLE step
    ADD COLUMN tenant text COLLATE "C" NOT NULL DEFAULT 'default',
    DROP CONSTRAINT step_pkey, ADD PRIMARY KEY (tenant, step_id);

ALTER TABLE run
    ADD COLUMN tenant text COLLATE "C" NOT NULL DEFAULT 'default',
    ADD FOREIGN KEY (tenant, step_id) REFERENCES step (tenant, step_id);

ALTER TABLE checkpoint
    ADD COLUMN tenant text COLLATE "C" NOT NULL DEFAULT 'default',
    DROP CONSTRAINT checkpoint_pkey, ADD PRIMARY KEY (tenant, step_id, version),
    ADD FOREIGN KEY (tenant, step_id) REFERENCES step (tenant, step_id);

ALTER TABLE idempotency
    ADD COLUMN tenant text COLLATE "C" NOT NULL DEFAULT 'default',
    DROP CONSTRAINT idempotency_pkey, ADD PRIMARY KEY (tenant, key);

ALTER TABLE schema_document
    ADD COLUMN tenant text COLLATE "C" NOT NULL DEFAULT 'default',
    DROP CONSTRAINT schema_document_pkey, ADD PRIMARY KEY (tenant, name);

ALTER TABLE step_version
    ADD COLUMN tenant text COLLATE "C" NOT NULL DEFAULT 'default',
    DROP CONSTRAINT step_version_pkey, ADD PRIMARY KEY (tenant, step_id, version);

ALTER TABLE job
    ADD COLUMN tenant text COLLATE "C" NOT NULL DEFAULT 'default',
    ADD FOREIGN KEY (tenant, step_id) REFERENCES step (tenant, step_id);

ALTER TABLE turn
    ADD COLUMN tenant text COLLATE "C" NOT NULL DEFAULT 'default',
    DROP CONSTRAINT turn_step_id_executor_id_key, ADD UNIQUE (tenant, step_id, executor_id);

ALTER TABLE step_join
    ADD COLUMN tenant text COLLATE "C" NOT NULL DEFAULT 'default',
    DROP CONSTRAINT step_join_pkey, ADD PRIMARY KEY (tenant, step_id, key, generation);

ALTER TABLE join_part
    ADD COLUMN tenant text COLLATE "C" NOT NULL DEFAULT 'default',
    ADD FOREIGN KEY (tenant, step_id, key, generation)
        REFERENCES step_join (tenant, step_id, key, generation) ON DELETE CASCADE;

ALTER TABLE schedule
    ADD COLUMN tenant text COLLATE "C" NOT NULL DEFAULT 'default',
    DROP CONSTRAINT schedule_pkey, ADD PRIMARY KEY (tenant, schedule_id);

-- Whoever adds a row says whose it is.
ALTER TABLE step ALTER COLUMN tenant DROP DEFAULT;

ALTER TABLE run ALTER COLUMN tenant DROP DEFAULT;

ALTER TABLE checkpoint ALTER COLUMN tenant DROP DEFAULT;

ALTER TABLE idempotency ALTER COLUMN tenant DROP DEFAULT;

ALTER TABLE schema_document ALTER COLUMN tenant DROP DEFAULT;

ALTER TABLE step_version ALTER COLUMN tenant DROP DEFAULT;

ALTER TABLE job ALTER COLUMN tenant DROP DEFAULT;

ALTER TABLE turn ALTER COLUMN tenant DROP DEFAULT;

ALTER TABLE step_join ALTER COLUMN tenant DROP DEFAULT;

ALTER TABLE join_part ALTER COLUMN tenant DROP DEFAULT;

ALTER TABLE schedule ALTER COLUMN tenant DROP DEFAULT;

DROP INDEX run_by_step, run_by_state, job_of_step, job_of_schedule, join_open, join_part_counts,
    join_part_by_branch;

CREATE INDEX run_of_tenant ON run (tenant, run_id);

CREATE INDEX run_by_step ON run (tenant, step_id, run_id);

CREATE INDEX run_by_state ON run (tenant, state, run_id);

CREATE INDEX job_of_step ON job (tenant, step_id, priority DESC, run_id) WHERE waiting;

CREATE INDEX job_of_schedule ON job (tenant, schedule_id) WHERE schedule_id IS NOT NULL;

CREATE INDEX join_open ON step_join (tenant, step_id) WHERE state = 'open';

CREATE UNIQUE INDEX join_part_counts ON join_part (tenant, step_id, key, generation, branch)
    WHERE disposition = 'accepted';

CREATE INDEX join_part_by_branch ON join_part (tenant, step_id, key, branch);
