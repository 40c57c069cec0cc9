-- +goose Up

-- What has to be known of a message before one of its two copies is deleted.
ALTER TABLE entry ADD COLUMN copied_at       BIGINT NOT NULL DEFAULT 0; -- ms; when it was recorded as copied
ALTER TABLE entry ADD COLUMN target_validity BIGINT NOT NULL DEFAULT 0; -- UIDVALIDITY that target_uid belongs to
ALTER TABLE entry ADD COLUMN missing_since   BIGINT NOT NULL DEFAULT 0; -- ms; first complete listing of the source without it
ALTER TABLE entry ADD COLUMN moved           BIGINT NOT NULL DEFAULT 0; -- 1: its removal at the source has begun

-- The UIDNEXT of the target folder below which the ledger knows what is ours; 0 is
-- not known.
ALTER TABLE pair ADD COLUMN target_next BIGINT NOT NULL DEFAULT 0;
-- A digest of the flags at the source; empty is not known.
ALTER TABLE pair ADD COLUMN seen_flags BYTEA NOT NULL DEFAULT '';
