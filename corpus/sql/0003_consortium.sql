-- 0003: proposals and consortia, and the group an organisation belongs to. A consortium has owners, its
-- members; as in 0002 the owner table is made anew for its check.

ALTER TABLE organisation ADD COLUMN "group" TEXT;

CREATE TABLE proposal (
    uid TEXT PRIMARY KEY NOT NULL CHECK (uid <> ''),
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    title TEXT NOT NULL,
    need_id TEXT REFERENCES need (uid),
    bottleneck_id TEXT REFERENCES bottleneck (uid),
    state TEXT,
    note TEXT,
    request TEXT,
    plan TEXT,
    extra TEXT,
    UNIQUE (source, id)
) STRICT;

CREATE TABLE consortium (
    uid TEXT PRIMARY KEY NOT NULL CHECK (uid <> ''),
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT,
    need_id TEXT REFERENCES need (uid),
    bottleneck_id TEXT REFERENCES bottleneck (uid),
    proposal_id TEXT REFERENCES proposal (uid),
    state TEXT,
    date TEXT,
    extra TEXT,
    UNIQUE (source, id)
) STRICT;

CREATE TABLE owner_next (
    kind TEXT NOT NULL CHECK (kind IN ('need', 'capability', 'introduction', 'consortium')),
    uid TEXT NOT NULL,
    position INTEGER NOT NULL,
    org_uid TEXT NOT NULL REFERENCES organisation (uid),
    PRIMARY KEY (kind, uid, position)
) STRICT, WITHOUT ROWID;

INSERT INTO owner_next (kind, uid, position, org_uid) SELECT kind, uid, position, org_uid FROM owner;

DROP TABLE owner;

ALTER TABLE owner_next RENAME TO owner;

CREATE UNIQUE INDEX owner_by_org ON owner (org_uid, kind, uid);
