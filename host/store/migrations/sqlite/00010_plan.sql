-- +goose Up

-- Whether the task runs only once a plan was approved.
ALTER TABLE task ADD COLUMN plan_first BOOLEAN NOT NULL DEFAULT FALSE;

-- Folders that a person has put somewhere by hand.
CREATE TABLE task_override (
    task_id  TEXT    NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    source   TEXT    NOT NULL, -- its name
    folder   TEXT    NOT NULL, -- Name of the source folder
    target   TEXT    NOT NULL, -- Name of the destination folder
    excluded BOOLEAN NOT NULL,
    PRIMARY KEY (task_id, source, folder)
);

-- What a run would do, as it was found out at a time.
CREATE TABLE task_plan (
    id          TEXT    NOT NULL PRIMARY KEY,
    task_id     TEXT    NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    made_at     BIGINT  NOT NULL,
    made_by     TEXT    NOT NULL, -- their name then
    incomplete  BOOLEAN NOT NULL, -- rows are missing
    body        TEXT    NOT NULL, -- JSON
    approved_at BIGINT,
    approved_by TEXT    NOT NULL,
    ended_at    BIGINT,           -- withdrawn, replaced, or carried out
    ended_by    TEXT    NOT NULL, -- who did
    run_id      TEXT    NOT NULL  -- that carried it out; '': none
);
CREATE INDEX plan_of_task ON task_plan (task_id, made_at);
-- At most one plan of a task binds its runs.
CREATE UNIQUE INDEX plan_in_force ON task_plan (task_id) WHERE approved_at IS NOT NULL AND ended_at IS NULL;
