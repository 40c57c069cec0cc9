-- +goose Up

-- Scripts that were written for a task. A version is never changed; which one is
-- asked, the task's hooks say.
CREATE TABLE script (
    task_id    TEXT   NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    version    BIGINT NOT NULL, -- from 1
    source     TEXT   NOT NULL,
    author     TEXT   NOT NULL, -- their name then
    created_at BIGINT NOT NULL,
    PRIMARY KEY (task_id, name, version)
);
