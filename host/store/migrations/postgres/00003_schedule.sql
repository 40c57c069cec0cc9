-- +goose Up

-- Beside every_ms: the other parts of a schedule, and what has become of it.
ALTER TABLE task ADD COLUMN cron        TEXT   NOT NULL DEFAULT '';
ALTER TABLE task ADD COLUMN zone        TEXT   NOT NULL DEFAULT ''; -- IANA name; '' is the service's
ALTER TABLE task ADD COLUMN time_window TEXT   NOT NULL DEFAULT ''; -- JSON; '' is the whole week
ALTER TABLE task ADD COLUMN jitter      BIGINT NOT NULL DEFAULT 0;  -- hundredths
ALTER TABLE task ADD COLUMN anchor_at   BIGINT NOT NULL DEFAULT 0;  -- every_ms counts from here
ALTER TABLE task ADD COLUMN paused_by   TEXT   NOT NULL DEFAULT '';
ALTER TABLE task ADD COLUMN paused_at   BIGINT;                     -- NULL: not paused; next_at is NULL else
ALTER TABLE task ADD COLUMN skipped     BIGINT NOT NULL DEFAULT 0;  -- due while a run was not over
ALTER TABLE task ADD COLUMN skipped_at  BIGINT;
