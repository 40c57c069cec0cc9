-- +goose Up

-- The processes that execute runs.
CREATE TABLE node (
    id         TEXT   NOT NULL PRIMARY KEY, -- random, another one for each start
    name       TEXT   NOT NULL,             -- for people: host and process
    started_at BIGINT NOT NULL,             -- by the clock of the database, as is seen_at
    seen_at    BIGINT NOT NULL
);

ALTER TABLE run ADD COLUMN node       TEXT   NOT NULL DEFAULT ''; -- who executes it; '' unless it is running
ALTER TABLE run ADD COLUMN number     BIGINT NOT NULL DEFAULT 0;  -- of the runs of its task, from 1 on
ALTER TABLE run ADD COLUMN waiting_at BIGINT NOT NULL DEFAULT 0;  -- its place in the queue: since when it waits for its turn
UPDATE run SET waiting_at = queued_at,
    number = (SELECT count(*) FROM run AS r WHERE r.task_id = run.task_id
        AND (r.queued_at < run.queued_at OR r.queued_at = run.queued_at AND r.id <= run.id));
DROP INDEX run_of_task;
CREATE INDEX run_of_task ON run (task_id, number);
CREATE INDEX run_queued ON run (queued_at);

-- What a run of a task keeps busy; limits count these.
CREATE TABLE task_place (
    task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    kind    TEXT NOT NULL, -- host, account
    place   TEXT NOT NULL,
    PRIMARY KEY (task_id, kind, place)
);

-- Tasks with the same turn share one place in the queue's round; see claim.go.
ALTER TABLE task ADD COLUMN turn TEXT NOT NULL DEFAULT '';
