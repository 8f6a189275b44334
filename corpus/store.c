#include "base/base.h"

#include "base/vec.h"
#include "corpus/messages.h"
#include "corpus/orgname.h"
#include "corpus/store_db.h"

#include <string.h>

/* ---- rows to records ------------------------------------------------------------------------ */

/* A number of the row at hand in the canonical form of its field. */
static const char *number_text(const struct statement *st, int column, enum field_type type,
                               struct arena *arena)
{
    if (db_is_null(st, column)) return NULL;
    return type == TYPE_INT ? arena_printf(arena, "%lld", (long long)db_int(st, column))
                            : arena_printf(arena, "%.15g", db_real(st, column));
}

/* The first column of all rows, in arena; releases the statement. */
static int read_uids(struct store *s, struct statement *st, struct arena *arena,
                     const char *const **uids, size_t *n, struct err *err)
{
    VEC(const char *) found = {0};
    int rc;
    while ((rc = db_step(s, st, err)) == 1) vec_push(&found, db_text(st, 0, arena));
    db_release(st);
    const char **copy = arena_alloc(arena, found.len, sizeof *copy);
    if (found.len) memcpy(copy, found.at, found.len * sizeof *copy);
    *uids = copy;
    *n = found.len;
    vec_free(&found);
    return rc;
}

static int read_owners(struct store *s, struct record *r, struct arena *arena, struct err *err)
{
    if (!kind_is_owned(r->kind)) return 0;
    struct statement *st = db_statement(s, SQL_OWNERS, r->kind, err);
    if (!st) return -1;
    db_bind_text(st, 1, kind_name(r->kind));
    db_bind_text(st, 2, r->uid);
    return read_uids(s, st, arena, &r->owners, &r->n_owners, err);
}

/* The row at hand of a statement that selects @columns. */
static struct record *read_row(struct store *s, const struct statement *st, enum kind kind,
                               struct arena *arena, struct err *err)
{
    struct record *r = arena_zalloc(arena, 1, sizeof *r);
    r->kind = kind;
    r->uid = db_text(st, 0, arena);
    r->source = db_text(st, 1, arena);
    r->id = db_text(st, 2, arena);
    r->rev = db_int(st, 3);
    r->deleted = db_int(st, 4) != 0;
    r->created_at = db_text(st, 5, arena);
    r->updated_at = db_text(st, 6, arena);
    int column = RECORD_COLUMNS;
    for (int f = 0; f < FIELD_COUNT; f++) {
        const struct field_info *info = field_info((enum field)f);
        if (!field_of_kind((enum field)f, kind) || info->flags & FIELD_VIRTUAL) continue;
        bool number = info->type == TYPE_INT || info->type == TYPE_REAL;
        r->value[f] =
            number ? number_text(st, column, info->type, arena) : db_text(st, column, arena);
        column++;
    }
    r->extra = db_text(st, column, arena);
    return read_owners(s, r, arena, err) == 0 ? r : NULL;
}

int store_read_record(struct store *s, enum kind kind, const char *uid, struct arena *arena,
                      struct record **out, struct err *err)
{
    *out = NULL;
    struct statement *st = db_statement(s, SQL_GET, kind, err);
    if (!st) return -1;
    db_bind_text(st, 1, uid);
    int rc = db_step(s, st, err);
    if (rc == 1) {
        *out = read_row(s, st, kind, arena, err);
        rc = *out ? 0 : -1;
    }
    db_release(st);
    return rc;
}

int store_get(struct store *s, enum kind kind, const char *uid, struct arena *arena,
              struct record **out, struct err *err)
{
    int rc = store_read_record(s, kind, uid, arena, out, err);
    if (*out && (*out)->deleted) *out = NULL;
    return rc;
}

int store_list(struct store *s, const struct store_query *q, struct arena *arena,
               int (*fn)(void *ctx, struct record *r, struct err *err), void *ctx, struct err *err)
{
    struct statement *st = db_statement(s, q->owner ? SQL_LIST_OWNED : SQL_LIST, q->kind, err);
    if (!st) return -1;
    db_bind_text(st, 1, q->after ? q->after : "");
    db_bind_int(st, 2, q->limit ? (int64_t)MIN(q->limit, (size_t)INT64_MAX) : INT64_MAX);
    if (q->owner) {
        db_bind_text(st, 3, q->owner);
        db_bind_text(st, 4, kind_name(q->kind));
    }
    int rc, said = 0;
    while ((rc = db_step(s, st, err)) == 1) {
        struct record *r = read_row(s, st, q->kind, arena, err);
        said = r ? fn(ctx, r, err) : -1;
        if (said != 0) break;
    }
    db_release(st);
    return rc < 0 || said < 0 ? -1 : 0;
}

int store_count(struct store *s, enum kind kind, int64_t *count, struct err *err)
{
    struct statement *st = db_statement(s, SQL_COUNT_LIVE, kind, err);
    if (!st) return -1;
    int rc = db_step(s, st, err);
    if (rc == 1) *count = db_int(st, 0);
    db_release(st);
    return rc < 0 ? -1 : 0;
}

/* ---- records to rows ------------------------------------------------------------------------ */

static void bind_field(struct statement *st, int n, enum field_type type, const char *value)
{
    if (value && type == TYPE_INT)
        db_bind_int(st, n, strtoll(value, NULL, 10));
    else if (value && type == TYPE_REAL)
        db_bind_real(st, n, strtod(value, NULL));
    else
        db_bind_text(st, n, value);
}

static int write_row(struct store *s, const struct record *r, struct arena *arena, struct err *err)
{
    struct statement *st = db_statement(s, SQL_PUT, r->kind, err);
    if (!st) return -1;
    db_bind_text(st, 1, r->uid);
    db_bind_text(st, 2, r->source);
    db_bind_text(st, 3, r->id);
    db_bind_int(st, 4, r->rev);
    db_bind_int(st, 5, r->deleted);
    db_bind_text(st, 6, r->created_at);
    db_bind_text(st, 7, r->updated_at);
    int n = RECORD_COLUMNS;
    for (int f = 0; f < FIELD_COUNT; f++) {
        const struct field_info *info = field_info((enum field)f);
        if (field_of_kind((enum field)f, r->kind) && !(info->flags & FIELD_VIRTUAL))
            bind_field(st, ++n, info->type, r->value[f]);
    }
    db_bind_text(st, ++n, r->extra);
    if (r->kind == KIND_ORG) db_bind_text(st, ++n, org_name_normal(r->value[FIELD_NAME], arena));
    return db_run(s, st, err);
}

static int org_exists(struct store *s, const char *uid, bool *exists, struct err *err)
{
    struct statement *st = db_statement(s, SQL_ORG_EXISTS, KIND_ORG, err);
    if (!st) return -1;
    db_bind_text(st, 1, uid);
    int rc = db_step(s, st, err);
    *exists = rc == 1;
    db_release(st);
    return rc < 0 ? -1 : 0;
}

static int write_owners(struct store *s, const struct record *r, struct err *err)
{
    struct statement *st = db_statement(s, SQL_OWNERS_CLEAR, r->kind, err);
    if (!st) return -1;
    db_bind_text(st, 1, kind_name(r->kind));
    db_bind_text(st, 2, r->uid);
    int rc = db_run(s, st, err);
    for (size_t i = 0; i < r->n_owners && rc == 0; i++) {
        bool exists;
        if (org_exists(s, r->owners[i], &exists, err) != 0) return -1;
        if (!exists) return err_set(err, ERR_INVALID, MSG_STORE_OWNER, r->owners[i]);
        st = db_statement(s, SQL_OWNER_ADD, r->kind, err);
        if (!st) return -1;
        db_bind_text(st, 1, kind_name(r->kind));
        db_bind_text(st, 2, r->uid);
        db_bind_int(st, 3, (int64_t)i);
        db_bind_text(st, 4, r->owners[i]);
        rc = db_run(s, st, err);
    }
    return rc;
}

int store_write_record(struct store *s, const struct record *r, bool owners, struct arena *arena,
                       struct err *err)
{
    if (write_row(s, r, arena, err) != 0) return -1;
    return owners ? write_owners(s, r, err) : 0;
}

/* ---- names and settings --------------------------------------------------------------------- */

int store_orgs_by_name(struct store *s, const char *norm, struct arena *arena,
                       const char *const **uids, size_t *n, struct err *err)
{
    struct statement *st = db_statement(s, SQL_ORGS_BY_NAME, KIND_ORG, err);
    if (!st) return -1;
    db_bind_text(st, 1, norm);
    return read_uids(s, st, arena, uids, n, err);
}

int store_setting_get(struct store *s, const char *key, struct arena *arena, const char **value,
                      struct err *err)
{
    *value = NULL;
    struct statement *st = db_statement(s, SQL_SETTING_GET, KIND_ORG, err);
    if (!st) return -1;
    db_bind_text(st, 1, key);
    int rc = db_step(s, st, err);
    if (rc == 1) *value = db_text(st, 0, arena);
    db_release(st);
    return rc < 0 ? -1 : 0;
}

int store_setting_set(struct store *s, const char *key, const char *value, struct err *err)
{
    struct statement *st = db_statement(s, SQL_SETTING_SET, KIND_ORG, err);
    if (!st) return -1;
    db_bind_text(st, 1, key);
    db_bind_text(st, 2, value);
    return db_run(s, st, err);
}
