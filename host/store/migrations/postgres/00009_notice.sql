-- +goose Up

-- How often a task was changed, so that whoever saves an old one is told.
ALTER TABLE task ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

ALTER TABLE run ADD COLUMN max_rate BIGINT NOT NULL DEFAULT 0;      -- bytes a second, 0: no bound
ALTER TABLE run ADD COLUMN only_folders TEXT NOT NULL DEFAULT '';   -- JSON list of folders, '': all

-- Where somebody is told what becomes of tasks.
CREATE TABLE channel (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    owner_id   TEXT    NOT NULL, -- of a user, whose tasks it is about; '': the service, and all tasks
    kind       TEXT    NOT NULL, -- mail, webhook
    target     TEXT    NOT NULL, -- addresses separated by blanks, or a URL
    relay      TEXT    NOT NULL, -- that takes the mail
    secret     TEXT    NOT NULL, -- sealed; signs what a webhook gets
    events     TEXT    NOT NULL, -- separated by blanks
    all_tasks  BOOLEAN NOT NULL, -- not only those of channel_task
    digest_at  BIGINT,           -- when the next digest is due
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL
);
CREATE INDEX channel_of_owner ON channel (owner_id);

CREATE TABLE channel_task (
    channel_id TEXT NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    task_id    TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    PRIMARY KEY (channel_id, task_id)
);
CREATE INDEX channel_of_task ON channel_task (task_id);

-- What is to be told, written with what it tells of.
CREATE TABLE notice (
    id         TEXT   NOT NULL PRIMARY KEY,
    channel_id TEXT   NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    event      TEXT   NOT NULL,
    body       TEXT   NOT NULL, -- JSON
    attempts   BIGINT NOT NULL,
    next_at    BIGINT,          -- NULL: told, or given up
    sent_at    BIGINT,
    fault      TEXT   NOT NULL, -- of the last attempt
    created_at BIGINT NOT NULL
);
CREATE INDEX notice_due ON notice (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX notice_of_channel ON notice (channel_id, created_at);
