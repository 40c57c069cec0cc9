-- +goose Up

-- A run that has begun can be paused, and can wait for somebody. Both have no
-- node, and keep their task from having another run.
ALTER TABLE run ADD COLUMN pause_requested BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE run ADD COLUMN paused_by       TEXT    NOT NULL DEFAULT ''; -- who wanted the last pause
ALTER TABLE run ADD COLUMN paused_at       BIGINT;                      -- when it was wanted
ALTER TABLE run ADD COLUMN await           TEXT    NOT NULL DEFAULT ''; -- JSON: what it waits for, or waited for last
ALTER TABLE run ADD COLUMN await_until     BIGINT;                      -- when it is tried again by itself; NULL: not

DROP INDEX run_active;
CREATE UNIQUE INDEX run_active ON run (task_id) WHERE state <> 'ended';
-- Queries that say "state <> 'ended'" in these words go by this one.
DROP INDEX run_open;
CREATE INDEX run_open ON run (state, node, waiting_at) WHERE state <> 'ended';

-- How a task stands, by its latest run, so that lists and sums of many tasks need
-- not look at runs. The store writes it with the run.
ALTER TABLE task ADD COLUMN standing  INTEGER NOT NULL DEFAULT 5; -- the place in task.Standings: 5 is never
ALTER TABLE task ADD COLUMN latest_at BIGINT  NOT NULL DEFAULT 0; -- when the latest run was queued
UPDATE task SET
    latest_at = coalesce((SELECT r.queued_at FROM run AS r WHERE r.task_id = task.id ORDER BY r.number DESC LIMIT 1), 0),
    standing  = coalesce((SELECT CASE WHEN r.state <> 'ended' THEN 3
            WHEN r.outcome = 'done' THEN 6 WHEN r.outcome = 'listed' THEN 1 WHEN r.outcome = 'temporary' THEN 2
            WHEN r.outcome = 'stopped' THEN 4 ELSE 0 END
        FROM run AS r WHERE r.task_id = task.id ORDER BY r.number DESC LIMIT 1), 5);
CREATE INDEX task_standing ON task (standing, name, paused_at);
DROP INDEX task_due;
CREATE INDEX task_due ON task (next_at, name) WHERE next_at IS NOT NULL;
CREATE INDEX task_latest ON task (latest_at DESC, name);

-- What a task may delete or replace; off unless somebody has asked for it.
ALTER TABLE task ADD COLUMN removal TEXT NOT NULL DEFAULT ''; -- JSON, or ''
