-- +goose Up

-- A deleted task keeps all it has for a while, so that it can be restored. Its name is
-- its ID meanwhile, and it refers to nothing, so that neither is taken by it.
ALTER TABLE task ADD COLUMN deleted_at  BIGINT;                      -- NULL: it is not deleted
ALTER TABLE task ADD COLUMN deletion_id TEXT   NOT NULL DEFAULT ''; -- those with the same one were deleted at once
ALTER TABLE task ADD COLUMN deleted     TEXT   NOT NULL DEFAULT ''; -- JSON: what it gave up, or ''
CREATE INDEX task_deleted ON task (deleted_at) WHERE deleted_at IS NOT NULL;

DROP INDEX task_standing;
CREATE INDEX task_standing ON task (standing, name, paused_at) WHERE deleted_at IS NULL;
DROP INDEX task_latest;
CREATE INDEX task_latest ON task (latest_at DESC, name) WHERE deleted_at IS NULL;
