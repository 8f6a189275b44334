/* store.h - the records on disk: one SQLite database, one write path.
 *
 * A `struct store` is one connection and belongs to one thread at a time: the server keeps one
 * writer behind a lock and a read-only store per worker (WAL: readers never wait for the writer).
 * Every change writes, in one transaction, the record with its new revision and one row of the
 * ordered change log (seq, time, actor, action, kind, uid, revision, before, after). History, ETag,
 * undo, index updates and audit all derive from that log; nothing is changed outside it.
 *
 * Only store*.c includes sqlite3.h. Every value is bound; statements are shared by SQLite and
 * PostgreSQL, table definitions live in corpus/sql/. */
#ifndef HN_CORPUS_STORE_H
#define HN_CORPUS_STORE_H

#include "corpus/record.h"

struct store;

enum store_mode {
    STORE_READ, /* read-only; the database must exist */
    STORE_WRITE /* created and migrated when needed; the directory too */
};

/* Opens DIR/hongniang.db. NULL with err: ERR_NOT_FOUND when there is nothing to read, ERR_INVALID
 * for another program's database or one of a newer version of this program, ERR_UNAVAILABLE for an
 * older one opened for reading (opening it for writing upgrades it), ERR_INTERNAL when it is
 * damaged. Readers work while a writer writes, and without the right to write into the directory.
 * Only there, and when no writer has left a log, is the file read as it lies: such a reader does
 * not see what a writer does later, so it should be short-lived. */
struct store *store_open(const char *dir, enum store_mode mode, struct err *err);
/* NULL is fine. */
void store_close(struct store *s);

/* Groups writes into one transaction; not nested. A read-only store uses them to see one state.
 * A write that fails inside undoes itself alone, so the rest may go on, except for ERR_IO: when the
 * disk is full the database may undo the whole transaction, and store_commit then says so. What
 * store_commit has acknowledged survives kill -9 and power loss. */
int store_begin(struct store *s, struct err *err);
int store_commit(struct store *s, struct err *err);
void store_rollback(struct store *s);

enum put_outcome { PUT_CREATED, PUT_UPDATED, PUT_UNCHANGED };

/* Inserts or replaces by (kind, uid); equal content changes nothing and writes no change row.
 * actor: who, e.g. "cli:import" or a user id. expected_rev: 0 accepts any; otherwise ERR_CONFLICT
 * unless the stored revision is that (0 when there is no record). *r is not touched; *outcome and
 * *rev (the revision now) may be NULL. A deleted record comes to life again with the next revision.
 * Owners must exist (ERR_INVALID; a deleted organisation does) and count once each; so must what
 * a record names (need_id, ...); an introduction takes the capability's main owner when it names
 * none. ERR_CONFLICT also when the uid belongs to a record of another source. Values are stored as
 * they are: see record_set_value. Opens a transaction of its own when none is open, as do the two
 * below. */
int store_put(struct store *s, const char *actor, const struct record *r, int64_t expected_rev,
              enum put_outcome *outcome, int64_t *rev, struct err *err);
/* Marks as deleted (history stays, and so do links to it). ERR_NOT_FOUND when absent. */
int store_delete(struct store *s, const char *actor, enum kind kind, const char *uid,
                 int64_t expected_rev, struct err *err);
/* Brings back the content before the change that made the latest revision, as a new revision
 * (undo of an undo is a redo). The revision before a creation is "deleted". ERR_NOT_FOUND when
 * there never was such a record. */
int store_undo(struct store *s, const char *actor, enum kind kind, const char *uid,
               int64_t expected_rev, struct err *err);

/* Reads one record into arena; *out is NULL when there is none or it is deleted. */
int store_get(struct store *s, enum kind kind, const char *uid, struct arena *arena,
              struct record **out, struct err *err);

struct store_query {
    enum kind kind;
    const char *after; /* uid to start behind (cursor), NULL: from the start */
    const char *owner; /* only records owned by this organisation, NULL: all */
    size_t limit;      /* 0: no limit */
};
/* Calls fn for each live record in bytewise uid order; the record lives in arena, which the
 * caller may reset inside fn. fn returns 0 to go on, 1 to stop, -1 with err set to fail. It may use
 * the store, other lists included, but not change records of the kind being listed. The two lists
 * of changes below work the same way. */
int store_list(struct store *s, const struct store_query *q, struct arena *arena,
               int (*fn)(void *ctx, struct record *r, struct err *err), void *ctx, struct err *err);
int store_count(struct store *s, enum kind kind, int64_t *count, struct err *err);

struct change {
    int64_t seq;
    const char *at, *actor, *action; /* action: create, update, delete, undo */
    enum kind kind;
    const char *uid;
    int64_t rev;
    const char *before, *after; /* JSON (record_json.h), contacts included; NULL: no record */
};
/* Changes with seq > after, in order, at most limit (0: all). */
int store_changes(struct store *s, int64_t after, size_t limit, struct arena *arena,
                  int (*fn)(void *ctx, const struct change *c, struct err *err), void *ctx,
                  struct err *err);
/* Changes of one record, newest first. */
int store_history(struct store *s, enum kind kind, const char *uid, size_t limit,
                  struct arena *arena,
                  int (*fn)(void *ctx, const struct change *c, struct err *err), void *ctx,
                  struct err *err);
/* The newest seq, 0 when nothing was ever written. */
int store_seq(struct store *s, int64_t *seq, struct err *err);

/* Organisations whose normalised name (orgname.h) equals norm: uids into arena, bytewise order. */
int store_orgs_by_name(struct store *s, const char *norm, struct arena *arena,
                       const char *const **uids, size_t *n, struct err *err);

/* Small settings of this data directory (writer token hash, sample marker). *value NULL: absent. */
int store_setting_get(struct store *s, const char *key, struct arena *arena, const char **value,
                      struct err *err);
int store_setting_set(struct store *s, const char *key, const char *value, struct err *err);

/* Is the file sound, every link whole, every record at the revision of its latest change? -1 with
 * ERR_INTERNAL when not. Reads the whole database. */
int store_check(struct store *s, struct err *err);

#endif
