-- +goose Up

-- Whether there is a password that nobody has given yet: nothing starts such a task.
ALTER TABLE task ADD COLUMN waits BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX task_waits ON task (id) WHERE waits;

-- By which somebody without an account gives the passwords of a task, once.
CREATE TABLE link (
    task_id    TEXT   NOT NULL PRIMARY KEY REFERENCES task (id) ON DELETE CASCADE,
    token_hash BYTEA  NOT NULL UNIQUE, -- SHA-256 of the token
    made_by    TEXT   NOT NULL,        -- name of the user then
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

ALTER TABLE batch ADD COLUMN owner_id TEXT REFERENCES users (id) ON DELETE SET NULL;
CREATE INDEX batch_of_owner ON batch (owner_id, created_at);

-- A table that somebody looks through and mends before it becomes a batch.
CREATE TABLE draft (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL, -- of the file
    owner_id   TEXT    REFERENCES users (id) ON DELETE CASCADE,
    batch_id   TEXT    REFERENCES batch (id) ON DELETE SET NULL, -- that its rows become a part of
    state      TEXT    NOT NULL, -- open, storing, starting
    run_tasks  BOOLEAN NOT NULL, -- start a run of each task
    worker     TEXT    NOT NULL, -- who stores the rows, or ''
    lease_at   BIGINT  NOT NULL, -- until when
    created_at BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL
);
CREATE INDEX draft_of_owner ON draft (owner_id, created_at);

CREATE TABLE draft_row (
    draft_id    TEXT   NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
    position    BIGINT NOT NULL,
    line        BIGINT NOT NULL, -- of the file
    task_name   TEXT   NOT NULL,
    source_name TEXT   NOT NULL,
    cells       TEXT   NOT NULL, -- JSON, sealed: passwords are among them
    effect      TEXT   NOT NULL, -- what storing it would come to; '' is not known yet
    fault       TEXT   NOT NULL, -- why it can not be stored
    tested_at   BIGINT,
    test_fault  TEXT   NOT NULL,
    PRIMARY KEY (draft_id, position)
);
CREATE INDEX draft_row_effect ON draft_row (draft_id, effect, position);
CREATE INDEX draft_row_task ON draft_row (draft_id, task_name, source_name, position);
