-- +goose Up

CREATE TABLE users (
    id           TEXT    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL UNIQUE, -- in lower case
    hash         TEXT    NOT NULL,        -- of the password: argon2id, PHC string
    role         TEXT    NOT NULL,        -- read-only, user, operator, admin
    domains      TEXT    NOT NULL,        -- separated by blanks
    disabled     BOOLEAN NOT NULL,
    totp         TEXT    NOT NULL,        -- sealed key, or ''
    totp_pending TEXT    NOT NULL,        -- sealed key that no code has confirmed yet, or ''
    totp_step    BIGINT  NOT NULL,        -- codes of this time step and earlier ones are used up
    created_at   BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    login_at     BIGINT                   -- the last one
);

CREATE TABLE recovery_code (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash    BLOB NOT NULL, -- SHA-256
    PRIMARY KEY (user_id, hash)
);

CREATE TABLE token (
    id         TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    hash       BLOB   NOT NULL UNIQUE, -- SHA-256
    scopes     TEXT   NOT NULL,        -- separated by blanks
    created_at BIGINT NOT NULL,
    expires_at BIGINT,                 -- NULL: never
    used_at    BIGINT
);
CREATE INDEX token_of_user ON token (user_id);

-- A web session is worth nothing without the login that it names.
CREATE TABLE login (
    id         TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address    TEXT   NOT NULL,
    agent      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX login_of_user ON login (user_id);
CREATE INDEX login_expires ON login (expires_at);

-- The audit trail holds names as they were: it outlives what it tells of.
CREATE TABLE audit (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at          BIGINT  NOT NULL,
    actor_id    TEXT    NOT NULL,
    actor       TEXT    NOT NULL,
    via         TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    deed        TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    object_id   TEXT    NOT NULL,
    object      TEXT    NOT NULL,
    detail      TEXT    NOT NULL
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_object ON audit (kind, object_id, id);
-- +goose StatementBegin
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
-- +goose StatementEnd

-- NULL: the service itself.
ALTER TABLE task ADD COLUMN owner_id TEXT REFERENCES users (id);
CREATE INDEX task_of_owner ON task (owner_id);

-- Up to here there was one administrator, to whom all belonged.
INSERT INTO users (id, name, hash, role, domains, disabled, totp, totp_pending, totp_step, created_at, updated_at)
    SELECT lower(hex(randomblob(16))), name, hash, 'admin', '', FALSE, '', '', 0, updated_at, updated_at FROM admin;
UPDATE task SET owner_id = (SELECT id FROM users);
DROP TABLE admin;
DELETE FROM session; -- they name no login
