-- schema.sql - the database as it is now, to be read. What builds it are the numbered steps beside this
-- file, which are never edited; a test checks that they lead here. corpus/fields.def says what the
-- columns of a record mean to import, API and export; each stored field is the column of its name.
--
-- All tables are STRICT. Text is UTF-8 and sorts bytewise; times are RFC 3339 UTC; JSON is opaque text.
-- The pragmas application_id (0x686E6A6C, "hnjl") and user_version (the last step) are set by
-- corpus/store_migrate.c.

-- Enterprises, universities, institutes, hospitals, platforms.
CREATE TABLE organisation (
    -- external id, or source:id
    uid TEXT PRIMARY KEY NOT NULL CHECK (uid <> ''),
    source TEXT NOT NULL,           -- "local", "sample", or the --source of an import
    id TEXT NOT NULL,               -- external id, unique within the source
    rev INTEGER NOT NULL,           -- 1, 2, ...: the ETag; one row of change for each
    -- 0 or 1; the row stays, so that links and history hold
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    created_at TEXT NOT NULL,       -- RFC 3339 UTC
    updated_at TEXT NOT NULL,       -- RFC 3339 UTC, of this rev
    name_norm TEXT NOT NULL,        -- what equal names have in common (orgname.h)
    name TEXT NOT NULL,
    kind TEXT,                      -- enterprise university institute hospital platform other
    tier TEXT,                      -- lead sme
    credit_code TEXT,               -- GB 32100-2015 (credit_code.h)
    town TEXT,
    region TEXT,
    summary TEXT,
    contact_name TEXT,              -- sealed: never indexed, embedded, quoted or logged
    contact_phone TEXT,             -- sealed
    contact_email TEXT,             -- sealed
    industry TEXT,
    chain TEXT,
    extra TEXT,                     -- unknown columns of the file: a JSON object, never queried
    "group" TEXT,                   -- of one group at most one is a member of a proposal
    UNIQUE (source, id)
) STRICT;

CREATE INDEX organisation_by_name ON organisation (name_norm, uid);

-- Challenges that enterprises post.
CREATE TABLE need (
    -- external id, or source:id
    uid TEXT PRIMARY KEY NOT NULL CHECK (uid <> ''),
    source TEXT NOT NULL,           -- "local", "sample", or the --source of an import
    id TEXT NOT NULL,               -- external id, unique within the source
    rev INTEGER NOT NULL,           -- 1, 2, ...: the ETag; one row of change for each
    -- 0 or 1; the row stays, so that links and history hold
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    created_at TEXT NOT NULL,       -- RFC 3339 UTC
    updated_at TEXT NOT NULL,       -- RFC 3339 UTC, of this rev
    title TEXT NOT NULL,
    text TEXT,
    key_technology TEXT,
    targets TEXT,                   -- the indicators that must be reached
    industry TEXT,
    chain TEXT,
    trl INTEGER,                    -- technology readiness asked for, 1-9
    budget_wan REAL,                -- 10,000 yuan
    deadline TEXT,                  -- YYYY-MM-DD, YYYY-MM or YYYY
    cooperation TEXT,
    visibility TEXT,                -- public registered invited; NULL: registered
    extra TEXT,                     -- unknown columns of the file: a JSON object, never queried
    UNIQUE (source, id)
) STRICT;

-- What organisations can offer.
CREATE TABLE capability (
    -- external id, or source:id
    uid TEXT PRIMARY KEY NOT NULL CHECK (uid <> ''),
    source TEXT NOT NULL,           -- "local", "sample", or the --source of an import
    id TEXT NOT NULL,               -- external id, unique within the source
    rev INTEGER NOT NULL,           -- 1, 2, ...: the ETag; one row of change for each
    -- 0 or 1; the row stays, so that links and history hold
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    created_at TEXT NOT NULL,       -- RFC 3339 UTC
    updated_at TEXT NOT NULL,       -- RFC 3339 UTC, of this rev
    title TEXT NOT NULL,
    kind TEXT,                      -- achievement patent paper expert team facility other
    text TEXT,
    chain TEXT,
    trl INTEGER,                    -- technology readiness reached, 1-9
    ip TEXT,
    year INTEGER,
    url TEXT,
    visibility TEXT,                -- public registered invited; NULL: registered
    extra TEXT,                     -- unknown columns of the file: a JSON object, never queried
    UNIQUE (source, id)
) STRICT;

-- Items of the government's key-technology list.
CREATE TABLE bottleneck (
    -- external id, or source:id
    uid TEXT PRIMARY KEY NOT NULL CHECK (uid <> ''),
    source TEXT NOT NULL,           -- "local", "sample", or the --source of an import
    id TEXT NOT NULL,               -- external id, unique within the source
    rev INTEGER NOT NULL,           -- 1, 2, ...: the ETag; one row of change for each
    -- 0 or 1; the row stays, so that links and history hold
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    created_at TEXT NOT NULL,       -- RFC 3339 UTC
    updated_at TEXT NOT NULL,       -- RFC 3339 UTC, of this rev
    title TEXT NOT NULL,
    text TEXT,
    chain TEXT,
    level TEXT,                     -- whose list: national, provincial, municipal, in the list's words
    priority TEXT,                  -- high medium low
    status TEXT,                    -- open tackling solved
    extra TEXT,                     -- unknown columns of the file: a JSON object, never queried
    UNIQUE (source, id)
) STRICT;

-- A need's owner brought together with who may answer it, and what came of it.
CREATE TABLE introduction (
    -- external id, or source:id
    uid TEXT PRIMARY KEY NOT NULL CHECK (uid <> ''),
    source TEXT NOT NULL,           -- "local", "sample", or the --source of an import
    id TEXT NOT NULL,               -- external id, unique within the source
    rev INTEGER NOT NULL,           -- 1, 2, ...: the ETag; one row of change for each
    -- 0 or 1; the row stays, so that links and history hold
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    created_at TEXT NOT NULL,       -- RFC 3339 UTC
    updated_at TEXT NOT NULL,       -- RFC 3339 UTC, of this rev
    need_id TEXT NOT NULL REFERENCES need (uid),
    capability_id TEXT REFERENCES capability (uid), -- NULL: the organisation as a whole, its owner
    -- pending asking_need asking_supply agreed met negotiating signed failed expired
    state TEXT NOT NULL,
    reason TEXT,                    -- why it failed, from a closed list (codes.def)
    date TEXT,                      -- of that state: YYYY-MM-DD, YYYY-MM or YYYY
    note TEXT,                      -- private: never indexed, embedded or shown to readers
    extra TEXT,                     -- unknown columns of the file: a JSON object, never queried
    UNIQUE (source, id)
) STRICT;

-- A consortium as it was proposed for a need or bottleneck item.
CREATE TABLE proposal (
    -- external id, or source:id
    uid TEXT PRIMARY KEY NOT NULL CHECK (uid <> ''),
    source TEXT NOT NULL,           -- "local", "sample", or the --source of an import
    id TEXT NOT NULL,               -- external id, unique within the source
    rev INTEGER NOT NULL,           -- 1, 2, ...: the ETag; one row of change for each
    -- 0 or 1; the row stays, so that links and history hold
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    created_at TEXT NOT NULL,       -- RFC 3339 UTC
    updated_at TEXT NOT NULL,       -- RFC 3339 UTC, of this rev
    title TEXT NOT NULL,
    -- what it is for: one of these two
    need_id TEXT REFERENCES need (uid),
    bottleneck_id TEXT REFERENCES bottleneck (uid),
    state TEXT,                     -- draft agreed withdrawn; NULL: draft
    note TEXT,                      -- private: never indexed, embedded or shown to readers
    request TEXT,                   -- what was asked for, a JSON object; private
    plan TEXT,                      -- what was proposed, a JSON object; private
    extra TEXT,                     -- unknown columns of the file: a JSON object, never queried
    UNIQUE (source, id)
) STRICT;

-- Organisations that solve a challenge together, or did; its owners are its members, who leads first.
CREATE TABLE consortium (
    -- external id, or source:id
    uid TEXT PRIMARY KEY NOT NULL CHECK (uid <> ''),
    source TEXT NOT NULL,           -- "local", "sample", or the --source of an import
    id TEXT NOT NULL,               -- external id, unique within the source
    rev INTEGER NOT NULL,           -- 1, 2, ...: the ETag; one row of change for each
    -- 0 or 1; the row stays, so that links and history hold
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    created_at TEXT NOT NULL,       -- RFC 3339 UTC
    updated_at TEXT NOT NULL,       -- RFC 3339 UTC, of this rev
    title TEXT NOT NULL,
    text TEXT,
    need_id TEXT REFERENCES need (uid),
    bottleneck_id TEXT REFERENCES bottleneck (uid),
    -- what it came from, where it was proposed here
    proposal_id TEXT REFERENCES proposal (uid),
    state TEXT,                     -- active ended; NULL: active
    date TEXT,                      -- since when: YYYY-MM-DD, YYYY-MM or YYYY
    extra TEXT,                     -- unknown columns of the file: a JSON object, never queried
    UNIQUE (source, id)
) STRICT;

-- Whose need or capability a record is, who offers in an introduction, or who is in a consortium; a need
-- and an introduction have at most one owner. A deleted organisation keeps its row, so the links to it stay.
CREATE TABLE owner (
    -- of the record that is owned
    kind TEXT NOT NULL CHECK (kind IN ('need', 'capability', 'introduction', 'consortium')),
    uid TEXT NOT NULL,
    position INTEGER NOT NULL,      -- 0: the main owner
    org_uid TEXT NOT NULL REFERENCES organisation (uid),
    PRIMARY KEY (kind, uid, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX owner_by_org ON owner (org_uid, kind, uid);

-- The one log of all changes to records, in order. History, ETag, undo, index updates and audit
-- derive from it; rows are only ever added.
CREATE TABLE change (
    -- the order of all changes; never used twice
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,            -- cli:import, a user id, ...
    action TEXT NOT NULL CHECK (action IN ('create', 'update', 'delete', 'undo')),
    -- org need capability bottleneck introduction proposal consortium
    kind TEXT NOT NULL,
    uid TEXT NOT NULL,
    rev INTEGER NOT NULL,           -- of the record, made by this change
    before TEXT,                    -- the record as JSON (record_json.h), NULL: there was none
    after TEXT,                     -- NULL: deleted
    UNIQUE (kind, uid, rev)
) STRICT;

-- Small settings of this data directory.
CREATE TABLE setting (
    key TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
