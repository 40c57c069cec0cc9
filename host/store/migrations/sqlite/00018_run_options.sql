-- +goose Up

-- What runs were started with. Most runs of a task share a row.
CREATE TABLE run_options (
    task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    digest  TEXT NOT NULL,
    options TEXT NOT NULL, -- JSON
    PRIMARY KEY (task_id, digest)
);
ALTER TABLE run ADD COLUMN options_digest TEXT NOT NULL DEFAULT ''; -- '': not kept

-- The domain of the mailbox that a task fills, in lower case, or ''. It decides which
-- tasks operators see. NULL is not known yet: the store finds it out when it is opened.
ALTER TABLE task ADD COLUMN mailbox_domain TEXT;
CREATE INDEX task_mailbox_domain ON task (mailbox_domain, name);
