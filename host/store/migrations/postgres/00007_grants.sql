-- +goose Up

-- What a plugin of a task may do beside answering.
ALTER TABLE hook ADD COLUMN grants TEXT NOT NULL DEFAULT ''; -- JSON list of grants as people write them, or ''

-- What plugins remember. The ledger is the ID of a task, or the name of a copy.
CREATE TABLE plugin_memory (
    ledger TEXT   COLLATE "C" NOT NULL, -- sorted as SQLite does
    plugin TEXT   COLLATE "C" NOT NULL, -- its ID, or the name of a script's file
    names  BIGINT NOT NULL, -- how many values there are
    size   BIGINT NOT NULL, -- bytes of names and values together
    PRIMARY KEY (ledger, plugin)
);
CREATE TABLE plugin_value (
    ledger TEXT COLLATE "C" NOT NULL,
    plugin TEXT COLLATE "C" NOT NULL,
    name   TEXT NOT NULL,
    value  BYTEA NOT NULL,
    PRIMARY KEY (ledger, plugin, name),
    FOREIGN KEY (ledger, plugin) REFERENCES plugin_memory (ledger, plugin) ON DELETE CASCADE
);

-- Values that the host fills in for plugins.
CREATE TABLE plugin_secret (
    name       TEXT   COLLATE "C" NOT NULL PRIMARY KEY, -- sorted as SQLite does
    hosts      TEXT   NOT NULL, -- where it may be sent, separated by blanks
    value      TEXT   NOT NULL, -- sealed
    updated_at BIGINT NOT NULL
);
