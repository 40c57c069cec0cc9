-- +goose Up

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE admin (
    name       TEXT   NOT NULL PRIMARY KEY,
    hash       TEXT   NOT NULL, -- argon2id, PHC string
    updated_at BIGINT NOT NULL
);

CREATE TABLE session (
    token_hash BLOB   NOT NULL PRIMARY KEY, -- SHA-256 of the token
    data       BLOB   NOT NULL,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE task (
    id                   TEXT   NOT NULL PRIMARY KEY,
    name                 TEXT   NOT NULL UNIQUE,
    destination          TEXT   NOT NULL, -- JSON
    destination_password TEXT   NOT NULL, -- sealed, or ''
    every_ms             BIGINT NOT NULL, -- 0: by hand only
    next_at              BIGINT,          -- when the next scheduled run is due
    created_at           BIGINT NOT NULL,
    updated_at           BIGINT NOT NULL
);
CREATE INDEX task_due ON task (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE source (
    task_id  TEXT   NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    name     TEXT   NOT NULL,
    account  TEXT   NOT NULL, -- JSON
    password TEXT   NOT NULL, -- sealed, or ''
    PRIMARY KEY (task_id, name)
);

CREATE TABLE hook (
    task_id  TEXT   NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    plugin   TEXT   NOT NULL,
    digest   TEXT   NOT NULL,
    config   TEXT   NOT NULL,
    PRIMARY KEY (task_id, position)
);

CREATE TABLE run (
    id               TEXT    NOT NULL PRIMARY KEY,
    task_id          TEXT    NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    state            TEXT    NOT NULL, -- queued, running, ended
    started_by       TEXT    NOT NULL,
    epoch            BIGINT  NOT NULL, -- grows each time the run goes back to the queue
    cancel_requested BOOLEAN NOT NULL,
    queued_at        BIGINT  NOT NULL,
    started_at       BIGINT,
    ended_at         BIGINT,
    outcome          TEXT    NOT NULL, -- '' until the run has ended
    -- What can be large stands in columns of its own, behind the rest, so that
    -- lists of runs do not read it.
    progress         TEXT    NOT NULL, -- JSON without folders, or ''
    report           TEXT    NOT NULL, -- JSON without folders and listed messages, or ''
    progress_folders TEXT    NOT NULL, -- JSON, or ''
    report_detail    TEXT    NOT NULL  -- JSON: folders and listed messages, or ''
);
-- One run of a task at a time is a fact of the database, not a promise of the queue.
CREATE UNIQUE INDEX run_active ON run (task_id) WHERE state IN ('queued', 'running');
CREATE INDEX run_of_task ON run (task_id, queued_at);
CREATE INDEX run_open ON run (state) WHERE state IN ('queued', 'running');

CREATE TABLE run_log (
    run_id TEXT   NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    seq    BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    level  TEXT   NOT NULL,
    text   TEXT   NOT NULL,
    PRIMARY KEY (run_id, seq)
) WITHOUT ROWID;

-- The ledger. Its name is the ID of a task, or the name of a copy that was
-- started by hand.
CREATE TABLE pair (
    id              INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    ledger          TEXT    NOT NULL,
    source          TEXT    NOT NULL,
    folder          BLOB    NOT NULL, -- the server's own spelling, any bytes
    uid_validity    BIGINT  NOT NULL,
    target          TEXT    NOT NULL,
    target_validity BIGINT  NOT NULL,
    seen_validity   BIGINT  NOT NULL,
    seen_next       BIGINT  NOT NULL,
    seen_messages   BIGINT  NOT NULL,
    seen_modseq     BIGINT  NOT NULL,
    rules           TEXT    NOT NULL,
    present         BIGINT  NOT NULL,
    skipped         BIGINT  NOT NULL,
    UNIQUE (ledger, source, folder, uid_validity, target)
);

CREATE TABLE entry (
    pair_id     BIGINT NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
    uid         BIGINT NOT NULL,
    state       BIGINT NOT NULL,
    target_uid  BIGINT NOT NULL,
    target_next BIGINT NOT NULL,
    size        BIGINT NOT NULL,
    fingerprint BLOB,            -- NULL while unknown
    flags       TEXT   NOT NULL, -- separated by blanks
    PRIMARY KEY (pair_id, uid)
) WITHOUT ROWID;
