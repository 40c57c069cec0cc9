-- +goose Up

-- Copied messages that plugins are still to be told of (after_message): one row for
-- each message and plugin, written with the fact that the message was copied and
-- removed when the plugin was told. A row says all there is to tell, whatever
-- becomes of the ledger's other rows.
CREATE TABLE outbox (
    id              BIGINT  NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ledger          TEXT    NOT NULL,
    plugin          TEXT    NOT NULL,
    source          TEXT    NOT NULL,
    folder          BYTEA   NOT NULL, -- the server's own spelling, any bytes
    uid_validity    BIGINT  NOT NULL,
    uid             BIGINT  NOT NULL,
    folder_name     TEXT    NOT NULL,
    folder_use      TEXT    NOT NULL,
    size            BIGINT  NOT NULL,
    target          TEXT    NOT NULL,
    target_validity BIGINT  NOT NULL,
    target_uid      BIGINT  NOT NULL, -- 0 is not known
    stored          BIGINT  NOT NULL, -- bytes
    rewritten       BIGINT  NOT NULL, -- 1: not the bytes of the source
    date            TEXT    NOT NULL, -- RFC 3339, with its zone; '' is not known
    flags           TEXT    NOT NULL, -- separated by blanks
    state           BIGINT  NOT NULL, -- 0 unsure, 1 waiting, 2 given up
    attempts        BIGINT  NOT NULL,
    next_at         BIGINT  NOT NULL, -- ms
    reason          TEXT    NOT NULL,
    digest          TEXT    NOT NULL, -- of the plugin that was told last
    UNIQUE (ledger, plugin, source, folder, uid_validity, uid)
);
CREATE INDEX outbox_due ON outbox (ledger, plugin, state, attempts, id, next_at);
