-- +goose Up

-- Accounts that tasks refer to.
CREATE TABLE account (
    id          TEXT   NOT NULL PRIMARY KEY,
    name        TEXT   COLLATE "C" NOT NULL UNIQUE, -- sorted as SQLite does
    owner       TEXT   NOT NULL,
    account     TEXT   NOT NULL, -- JSON
    password    TEXT   NOT NULL, -- sealed, or ''
    snapshot    TEXT   NOT NULL, -- JSON, or '' until somebody has looked
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

-- Domains whose mailboxes one credential opens.
CREATE TABLE local_domain (
    domain     TEXT   COLLATE "C" NOT NULL PRIMARY KEY, -- sorted as SQLite does
    settings   TEXT   NOT NULL, -- JSON
    password   TEXT   NOT NULL, -- sealed
    updated_at BIGINT NOT NULL
);

-- Who has a mailbox.
CREATE TABLE directory (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   COLLATE "C" NOT NULL UNIQUE, -- sorted as SQLite does
    settings   TEXT   NOT NULL, -- JSON
    password   TEXT   NOT NULL, -- sealed, or ''
    updated_at BIGINT NOT NULL
);

-- A task for every user of a group.
CREATE TABLE rule (
    id           TEXT   NOT NULL PRIMARY KEY,
    name         TEXT   COLLATE "C" NOT NULL UNIQUE, -- sorted as SQLite does
    directory_id TEXT   NOT NULL REFERENCES directory (id),
    pattern      TEXT   NOT NULL, -- JSON
    applied_at   BIGINT,
    result       TEXT   NOT NULL, -- JSON, or ''
    updated_at   BIGINT NOT NULL
);

-- What was imported at once.
CREATE TABLE batch (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL, -- of the file
    totals     TEXT   NOT NULL, -- JSON
    created_at BIGINT NOT NULL
);

-- What an account of a task refers to, if it does; the JSON beside says the same.
ALTER TABLE task ADD COLUMN destination_account TEXT REFERENCES account (id);
ALTER TABLE task ADD COLUMN destination_domain  TEXT COLLATE "C" REFERENCES local_domain (domain);
ALTER TABLE source ADD COLUMN account_id        TEXT REFERENCES account (id);
ALTER TABLE source ADD COLUMN domain            TEXT COLLATE "C" REFERENCES local_domain (domain);
CREATE INDEX task_account ON task (destination_account) WHERE destination_account IS NOT NULL;
CREATE INDEX task_domain ON task (destination_domain) WHERE destination_domain IS NOT NULL;
CREATE INDEX source_account ON source (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX source_domain ON source (domain) WHERE domain IS NOT NULL;

-- Which rule made a task, and for whom: once for each user.
ALTER TABLE task ADD COLUMN rule_id   TEXT REFERENCES rule (id) ON DELETE SET NULL;
ALTER TABLE task ADD COLUMN rule_user TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX task_of_rule ON task (rule_id, rule_user) WHERE rule_id IS NOT NULL;

-- Which batch made or changed it last.
ALTER TABLE task ADD COLUMN batch_id TEXT REFERENCES batch (id) ON DELETE SET NULL;
CREATE INDEX task_of_batch ON task (batch_id) WHERE batch_id IS NOT NULL;
