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
    STORE_READ,  /* read-only; the database must exist */
    STORE_WRITE  /* created and migrated when needed; the directory too */
};

/* Opens DIR/hongniang.db. A database of a newer program version is refused. */
struct store *store_open(const char *dir, enum store_mode mode, struct err *err);
void store_close(struct store *s);

/* Groups writes into one transaction; not nested. A read-only store uses them to see one state. */
int store_begin(struct store *s, struct err *err);
int store_commit(struct store *s, struct err *err);
void store_rollback(struct store *s);

enum put_outcome { PUT_CREATED, PUT_UPDATED, PUT_UNCHANGED };

/* Inserts or replaces by (kind, uid); equal content changes nothing and writes no change row.
 * actor: who, e.g. "cli:import" or a user id. expected_rev: 0 accepts any; otherwise ERR_CONFLICT
 * unless the stored revision is that. On success r->rev is not touched; *rev (may be NULL) is the
 * revision now. A deleted record comes to life again with the next revision.
 * Opens a transaction of its own when none is open. */
int store_put(struct store *s, const char *actor, const struct record *r, int64_t expected_rev,
              enum put_outcome *outcome, int64_t *rev, struct err *err);
/* Marks as deleted (history stays). ERR_NOT_FOUND when absent. */
int store_delete(struct store *s, const char *actor, enum kind kind, const char *uid,
                 int64_t expected_rev, struct err *err);
/* Brings back the content before the change that made the latest revision, as a new revision
 * (undo of an undo is a redo). The revision before a creation is "deleted". */
int store_undo(struct store *s, const char *actor, enum kind kind, const char *uid,
               int64_t expected_rev, struct err *err);

/* Reads one record into arena; *out is NULL when there is none or it is deleted. */
int store_get(struct store *s, enum kind kind, const char *uid, struct arena *arena,
              struct record **out, struct err *err);

struct store_query {
    enum kind kind;
    const char *after;   /* uid to start behind (cursor), NULL: from the start */
    const char *owner;   /* only records owned by this organisation, NULL: all */
    size_t limit;        /* 0: no limit */
};
/* Calls fn for each live record in bytewise uid order; the record lives in arena, which the
 * caller may reset inside fn. fn returns 0 to go on, 1 to stop, -1 with err set to fail. */
int store_list(struct store *s, const struct store_query *q, struct arena *arena,
               int (*fn)(void *ctx, struct record *r, struct err *err), void *ctx,
               struct err *err);
int store_count(struct store *s, enum kind kind, int64_t *count, struct err *err);

struct change {
    int64_t seq;
    const char *at, *actor, *action; /* action: create, update, delete, undo */
    enum kind kind;
    const char *uid;
    int64_t rev;
    const char *before, *after; /* JSON of the record, NULL for none */
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

#endif
