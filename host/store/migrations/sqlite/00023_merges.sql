-- +goose Up

-- What becomes of a folder that the plugin puts where another one goes: 'report',
-- 'refuse'; '' reports.
ALTER TABLE hook ADD COLUMN merges TEXT NOT NULL DEFAULT '';
