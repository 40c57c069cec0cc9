-- +goose Up

ALTER TABLE run ADD COLUMN max_messages BIGINT NOT NULL DEFAULT 0; -- a second, 0: no bound
