/* The one way records change, and the log that everything else follows. */
#include "base/base.h"

#include "base/clock.h"
#include "corpus/messages.h"
#include "corpus/record_json.h"
#include "corpus/store_db.h"

#include <string.h>

/* ---- the log, written ----------------------------------------------------------------------- */

/* before and after: NULL for none. One of them is there. */
static int log_change(struct store *s, const char *actor, const char *action, int64_t rev,
                      const char *at, const struct record *before, const struct record *after,
                      struct arena *arena, struct err *err)
{
    struct statement *st = db_statement(s, SQL_CHANGE_ADD, KIND_ORG, err);
    if (!st) return -1;
    const struct record *r = after ? after : before;
    db_bind_text(st, 1, at);
    db_bind_text(st, 2, actor);
    db_bind_text(st, 3, action);
    db_bind_text(st, 4, kind_name(r->kind));
    db_bind_text(st, 5, r->uid);
    db_bind_int(st, 6, rev);
    db_bind_text(st, 7, before ? record_to_json(before, arena) : NULL);
    db_bind_text(st, 8, after ? record_to_json(after, arena) : NULL);
    return db_run(s, st, err);
}

/* ---- changes -------------------------------------------------------------------------------- */

static bool same_owners(const struct record *a, const struct record *b)
{
    if (a->n_owners != b->n_owners) return false;
    for (size_t i = 0; i < a->n_owners; i++)
        if (strcmp(a->owners[i], b->owners[i]) != 0) return false;
    return true;
}

/* Writes next as the revision behind now (NULL: there was no record). Called inside a unit. */
static int write_change(struct store *s, const char *actor, const char *action,
                        const struct record *now, struct record *next, struct arena *arena,
                        struct err *err)
{
    char at[CLOCK_STAMP_BYTES];
    clock_stamp(at);
    next->rev = now ? now->rev + 1 : 1;
    next->created_at = now ? now->created_at : at;
    next->updated_at = at;
    bool owners = now ? !same_owners(now, next) : next->n_owners > 0;
    if (store_write_record(s, next, owners, arena, err) != 0) return -1;
    return log_change(s, actor, action, next->rev, at, now && !now->deleted ? now : NULL,
                      next->deleted ? NULL : next, arena, err);
}

/* Reads the record as it is and refuses when it is not at the revision the caller saw. */
static int read_expected(struct store *s, enum kind kind, const char *uid, int64_t expected_rev,
                         struct arena *arena, struct record **now, struct err *err)
{
    if (store_read_record(s, kind, uid, arena, now, err) != 0) return -1;
    int64_t rev = *now ? (*now)->rev : 0;
    if (!expected_rev || rev == expected_rev) return 0;
    return err_set(err, ERR_CONFLICT, MSG_STORE_CHANGED, uid, (long long)rev,
                   (long long)expected_rev);
}

/* What is stored of r: each owner once, and owners only where the kind has them. */
static struct record storable(const struct record *r, struct arena *arena)
{
    struct record next = *r;
    bool owned = kind_is_owned(r->kind);
    const char **owners = arena_alloc(arena, r->n_owners, sizeof *owners);
    next.n_owners = 0;
    for (size_t i = 0; owned && i < r->n_owners; i++) {
        size_t j = 0;
        while (j < next.n_owners && strcmp(owners[j], r->owners[i]) != 0) j++;
        if (j == next.n_owners) owners[next.n_owners++] = r->owners[i];
    }
    next.owners = owners;
    next.deleted = false;
    return next;
}

/* What a record names must be there (a deleted record is). Where an introduction names no
 * organisation, whose capability it was when it was introduced is kept: the capability may change
 * hands. */
static int settle_references(struct store *s, struct record *r, struct arena *arena,
                             struct err *err)
{
    struct record *named;
    for (int f = 0; f < FIELD_COUNT; f++) {
        enum kind kind = field_refers((enum field)f);
        if (kind == KIND_COUNT || !r->value[f]) continue;
        if (store_read_record(s, kind, r->value[f], arena, &named, err) != 0) return -1;
        if (!named)
            return err_set(err, ERR_INVALID, MSG_STORE_REFERENCE, field_info((enum field)f)->name,
                           r->value[f]);
        if (kind == KIND_CAPABILITY && r->n_owners == 0 && named->n_owners) {
            r->owners = named->owners;
            r->n_owners = 1;
        }
    }
    if (r->n_owners) return 0;
    if (r->kind == KIND_CONSORTIUM) return err_set(err, ERR_INVALID, MSG_STORE_MEMBERS);
    bool names_nobody = r->kind == KIND_INTRODUCTION && !r->value[FIELD_CAPABILITY_ID];
    return names_nobody ? err_set(err, ERR_INVALID, MSG_STORE_SUPPLIER) : 0;
}

static int put(struct store *s, const char *actor, const struct record *r, int64_t expected_rev,
               enum put_outcome *outcome, int64_t *rev, struct arena *arena, struct err *err)
{
    struct record *now, next = storable(r, arena);
    if (record_check(r, err) != 0) return -1;
    if (settle_references(s, &next, arena, err) != 0) return -1;
    if (read_expected(s, r->kind, r->uid, expected_rev, arena, &now, err) != 0) return -1;
    if (now && (strcmp(now->source, r->source) != 0 || strcmp(now->id, r->id) != 0))
        return err_set(err, ERR_CONFLICT, MSG_STORE_TAKEN, r->uid, now->source, now->id);
    bool alive = now && !now->deleted;
    if (alive && record_same(now, &next)) {
        *outcome = PUT_UNCHANGED;
        *rev = now->rev;
        return 0;
    }
    *outcome = alive ? PUT_UPDATED : PUT_CREATED;
    if (write_change(s, actor, alive ? "update" : "create", now, &next, arena, err) != 0) return -1;
    *rev = next.rev;
    return 0;
}

int store_put(struct store *s, const char *actor, const struct record *r, int64_t expected_rev,
              enum put_outcome *outcome, int64_t *rev, struct err *err)
{
    enum put_outcome what;
    int64_t which;
    struct arena arena;
    arena_init(&arena);
    enum unit unit = db_unit_begin(s, err);
    int rc = unit == UNIT_FAILED ? -1 : put(s, actor, r, expected_rev, &what, &which, &arena, err);
    rc = db_unit_end(s, unit, rc, err);
    if (rc == 0 && outcome) *outcome = what;
    if (rc == 0 && rev) *rev = which;
    arena_free(&arena);
    return rc;
}

static int not_found(enum kind kind, const char *uid, struct err *err)
{
    switch (kind) {
    case KIND_NEED: return err_set(err, ERR_NOT_FOUND, MSG_STORE_NO_NEED, uid);
    case KIND_CAPABILITY: return err_set(err, ERR_NOT_FOUND, MSG_STORE_NO_CAPABILITY, uid);
    case KIND_BOTTLENECK: return err_set(err, ERR_NOT_FOUND, MSG_STORE_NO_BOTTLENECK, uid);
    case KIND_INTRODUCTION: return err_set(err, ERR_NOT_FOUND, MSG_STORE_NO_INTRODUCTION, uid);
    case KIND_PROPOSAL: return err_set(err, ERR_NOT_FOUND, MSG_STORE_NO_PROPOSAL, uid);
    case KIND_CONSORTIUM: return err_set(err, ERR_NOT_FOUND, MSG_STORE_NO_CONSORTIUM, uid);
    default: return err_set(err, ERR_NOT_FOUND, MSG_STORE_NO_ORG, uid);
    }
}

static int erase(struct store *s, const char *actor, enum kind kind, const char *uid,
                 int64_t expected_rev, struct arena *arena, struct err *err)
{
    struct record *now;
    if (read_expected(s, kind, uid, expected_rev, arena, &now, err) != 0) return -1;
    if (!now || now->deleted) return not_found(kind, uid, err);
    struct record next = *now;
    next.deleted = true;
    return write_change(s, actor, "delete", now, &next, arena, err);
}

int store_delete(struct store *s, const char *actor, enum kind kind, const char *uid,
                 int64_t expected_rev, struct err *err)
{
    struct arena arena;
    arena_init(&arena);
    enum unit unit = db_unit_begin(s, err);
    int rc = unit == UNIT_FAILED ? -1 : erase(s, actor, kind, uid, expected_rev, &arena, err);
    rc = db_unit_end(s, unit, rc, err);
    arena_free(&arena);
    return rc;
}

/* The content before the latest change; *found is false when there never was a change, *before NULL
 * when there was nothing before it. */
static int read_before(struct store *s, enum kind kind, const char *uid, struct arena *arena,
                       const char **before, bool *found, struct err *err)
{
    struct statement *st = db_statement(s, SQL_HISTORY, kind, err);
    if (!st) return -1;
    db_bind_int(st, 1, 1);
    db_bind_text(st, 2, kind_name(kind));
    db_bind_text(st, 3, uid);
    int rc = db_step(s, st, err);
    *found = rc == 1;
    *before = rc == 1 ? db_text(st, 7, arena) : NULL;
    db_release(st);
    return rc < 0 ? -1 : 0;
}

static int undo(struct store *s, const char *actor, enum kind kind, const char *uid,
                int64_t expected_rev, struct arena *arena, struct err *err)
{
    struct record *now;
    const char *before;
    bool found;
    if (read_expected(s, kind, uid, expected_rev, arena, &now, err) != 0) return -1;
    if (read_before(s, kind, uid, arena, &before, &found, err) != 0) return -1;
    if (!now || !found) return not_found(kind, uid, err);
    struct record next = *now;
    if (before) {
        struct record *old = record_from_json(kind, before, arena, err);
        if (!old) return -1;
        next = *old;
    }
    next.deleted = !before;
    return write_change(s, actor, "undo", now, &next, arena, err);
}

int store_undo(struct store *s, const char *actor, enum kind kind, const char *uid,
               int64_t expected_rev, struct err *err)
{
    struct arena arena;
    arena_init(&arena);
    enum unit unit = db_unit_begin(s, err);
    int rc = unit == UNIT_FAILED ? -1 : undo(s, actor, kind, uid, expected_rev, &arena, err);
    rc = db_unit_end(s, unit, rc, err);
    arena_free(&arena);
    return rc;
}

/* ---- the log, read -------------------------------------------------------------------------- */

/* Hands each row to fn, then releases the statement. */
static int each_change(struct store *s, struct statement *st, struct arena *arena,
                       int (*fn)(void *ctx, const struct change *c, struct err *err), void *ctx,
                       struct err *err)
{
    int rc, said = 0;
    while (said == 0 && (rc = db_step(s, st, err)) == 1) {
        struct change c = {
            .seq = db_int(st, 0),
            .at = db_text(st, 1, arena),
            .actor = db_text(st, 2, arena),
            .action = db_text(st, 3, arena),
            .kind = kind_by_name(db_text(st, 4, arena)),
            .uid = db_text(st, 5, arena),
            .rev = db_int(st, 6),
            .before = db_text(st, 7, arena),
            .after = db_text(st, 8, arena),
        };
        said = fn(ctx, &c, err);
    }
    db_release(st);
    return rc < 0 || said < 0 ? -1 : 0;
}

static int64_t sql_limit(size_t limit)
{
    return limit ? (int64_t)MIN(limit, (size_t)INT64_MAX) : INT64_MAX;
}

int store_changes(struct store *s, int64_t after, size_t limit, struct arena *arena,
                  int (*fn)(void *ctx, const struct change *c, struct err *err), void *ctx,
                  struct err *err)
{
    struct statement *st = db_statement(s, SQL_CHANGES, KIND_ORG, err);
    if (!st) return -1;
    db_bind_int(st, 1, after);
    db_bind_int(st, 2, sql_limit(limit));
    return each_change(s, st, arena, fn, ctx, err);
}

int store_history(struct store *s, enum kind kind, const char *uid, size_t limit,
                  struct arena *arena,
                  int (*fn)(void *ctx, const struct change *c, struct err *err), void *ctx,
                  struct err *err)
{
    struct statement *st = db_statement(s, SQL_HISTORY, kind, err);
    if (!st) return -1;
    db_bind_int(st, 1, sql_limit(limit));
    db_bind_text(st, 2, kind_name(kind));
    db_bind_text(st, 3, uid);
    return each_change(s, st, arena, fn, ctx, err);
}

int store_seq(struct store *s, int64_t *seq, struct err *err)
{
    struct statement *st = db_statement(s, SQL_SEQ, KIND_ORG, err);
    if (!st) return -1;
    int rc = db_step(s, st, err);
    if (rc == 1) *seq = db_int(st, 0);
    db_release(st);
    return rc < 0 ? -1 : 0;
}
