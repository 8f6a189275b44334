-- 0001: the first schema. Steps are never edited once released; schema.sql is the one to read.

CREATE TABLE organisation (
    uid TEXT PRIMARY KEY NOT NULL CHECK (uid <> ''),
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    name_norm TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT,
    tier TEXT,
    credit_code TEXT,
    town TEXT,
    region TEXT,
    summary TEXT,
    contact_name TEXT,
    contact_phone TEXT,
    contact_email TEXT,
    industry TEXT,
    chain TEXT,
    extra TEXT,
    UNIQUE (source, id)
) STRICT;

CREATE INDEX organisation_by_name ON organisation (name_norm, uid);

CREATE TABLE need (
    uid TEXT PRIMARY KEY NOT NULL CHECK (uid <> ''),
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT,
    key_technology TEXT,
    targets TEXT,
    industry TEXT,
    chain TEXT,
    trl INTEGER,
    budget_wan REAL,
    deadline TEXT,
    cooperation TEXT,
    visibility TEXT,
    extra TEXT,
    UNIQUE (source, id)
) STRICT;

CREATE TABLE capability (
    uid TEXT PRIMARY KEY NOT NULL CHECK (uid <> ''),
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT,
    text TEXT,
    chain TEXT,
    trl INTEGER,
    ip TEXT,
    year INTEGER,
    url TEXT,
    visibility TEXT,
    extra TEXT,
    UNIQUE (source, id)
) STRICT;

CREATE TABLE bottleneck (
    uid TEXT PRIMARY KEY NOT NULL CHECK (uid <> ''),
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT,
    chain TEXT,
    level TEXT,
    priority TEXT,
    status TEXT,
    extra TEXT,
    UNIQUE (source, id)
) STRICT;

CREATE TABLE owner (
    kind TEXT NOT NULL CHECK (kind IN ('need', 'capability')),
    uid TEXT NOT NULL,
    position INTEGER NOT NULL,
    org_uid TEXT NOT NULL REFERENCES organisation (uid),
    PRIMARY KEY (kind, uid, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX owner_by_org ON owner (org_uid, kind, uid);

CREATE TABLE change (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('create', 'update', 'delete', 'undo')),
    kind TEXT NOT NULL,
    uid TEXT NOT NULL,
    rev INTEGER NOT NULL,
    before TEXT,
    after TEXT,
    UNIQUE (kind, uid, rev)
) STRICT;

CREATE TABLE setting (
    key TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
