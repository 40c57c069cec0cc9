-- +goose Up

-- How the access tokens of a stored account are got, and whether that may be done. An
-- account without a row has a password.
CREATE TABLE consent (
    account_id    TEXT   NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    settings      TEXT   NOT NULL, -- JSON
    client_secret TEXT   NOT NULL, -- sealed, or ''
    refresh_token TEXT   NOT NULL, -- sealed, or ''
    access_token  TEXT   NOT NULL, -- sealed, or ''
    access_until  BIGINT NOT NULL, -- when access_token expires
    state         TEXT   NOT NULL, -- JSON: when it was given, when it ends, why it does not hold
    version       BIGINT NOT NULL, -- changes with all of the above but state
    renewer       TEXT   NOT NULL, -- who gets an access token now, or ''
    renewer_until BIGINT NOT NULL  -- nobody else does until then
);
