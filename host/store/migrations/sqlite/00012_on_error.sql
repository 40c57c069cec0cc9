-- +goose Up

-- What becomes of a folder or message when the plugin fails: 'hold', 'ignore',
-- 'stop'; '' holds.
ALTER TABLE hook ADD COLUMN on_error TEXT NOT NULL DEFAULT '';
