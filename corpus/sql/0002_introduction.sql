-- 0002: introductions. They have an owner too, which the check of the owner table must allow: a table's
-- check cannot be changed, so the table is made anew.

CREATE TABLE introduction (
    uid TEXT PRIMARY KEY NOT NULL CHECK (uid <> ''),
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    need_id TEXT NOT NULL REFERENCES need (uid),
    capability_id TEXT REFERENCES capability (uid),
    state TEXT NOT NULL,
    reason TEXT,
    date TEXT,
    note TEXT,
    extra TEXT,
    UNIQUE (source, id)
) STRICT;

CREATE TABLE owner_next (
    kind TEXT NOT NULL CHECK (kind IN ('need', 'capability', 'introduction')),
    uid TEXT NOT NULL,
    position INTEGER NOT NULL,
    org_uid TEXT NOT NULL REFERENCES organisation (uid),
    PRIMARY KEY (kind, uid, position)
) STRICT, WITHOUT ROWID;

INSERT INTO owner_next (kind, uid, position, org_uid) SELECT kind, uid, position, org_uid FROM owner;

DROP TABLE owner;

ALTER TABLE owner_next RENAME TO owner;

CREATE UNIQUE INDEX owner_by_org ON owner (org_uid, kind, uid);
