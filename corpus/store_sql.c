/* The statements, for SQLite and PostgreSQL alike. Those of one kind of record are templates:
 *   @table    its table               @columns  uid, ..., the stored fields, extra
 *   @values   $1, $2, ... for them    @updates  column = excluded.column for all but the keys
 * Fields come from the field table, so that a new field needs no SQL but its column. */
#include "base/base.h"

#include "base/str.h"
#include "corpus/store_db.h"

#include <string.h>

static const char *const tables[KIND_COUNT] = {
    [KIND_ORG] = "organisation",          [KIND_NEED] = "need",
    [KIND_CAPABILITY] = "capability",     [KIND_BOTTLENECK] = "bottleneck",
    [KIND_INTRODUCTION] = "introduction", [KIND_PROPOSAL] = "proposal",
    [KIND_CONSORTIUM] = "consortium",
};

static const char *const templates[SQL_COUNT] = {
    [SQL_GET] = "SELECT @columns FROM @table WHERE uid = $1",
    [SQL_PUT] = "INSERT INTO @table (@columns) VALUES (@values)"
                " ON CONFLICT (uid) DO UPDATE SET @updates",
    [SQL_LIST] = "SELECT @columns FROM @table WHERE deleted = 0 AND uid > $1"
                 " ORDER BY uid LIMIT $2",
    [SQL_LIST_OWNED] = "SELECT @columns FROM @table WHERE deleted = 0 AND uid > $1"
                       " AND uid IN (SELECT uid FROM owner WHERE org_uid = $3 AND kind = $4)"
                       " ORDER BY uid LIMIT $2",
    [SQL_COUNT_LIVE] = "SELECT count(*) FROM @table WHERE deleted = 0",
    [SQL_CHECK_REVISIONS] =
        "SELECT count(*) FROM @table r WHERE rev <> coalesce("
        "(SELECT max(c.rev) FROM change c WHERE c.kind = $1 AND c.uid = r.uid), 0)",
    [SQL_OWNERS] = "SELECT org_uid FROM owner WHERE kind = $1 AND uid = $2 ORDER BY position",
    [SQL_OWNERS_CLEAR] = "DELETE FROM owner WHERE kind = $1 AND uid = $2",
    [SQL_OWNER_ADD] = "INSERT INTO owner (kind, uid, position, org_uid) VALUES ($1, $2, $3, $4)",
    [SQL_ORG_EXISTS] = "SELECT 1 FROM organisation WHERE uid = $1",
    [SQL_ORGS_BY_NAME] = "SELECT uid FROM organisation WHERE name_norm = $1 AND deleted = 0"
                         " ORDER BY uid",
    [SQL_CHANGE_ADD] = "INSERT INTO change (at, actor, action, kind, uid, rev, before, after)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    [SQL_CHANGES] = "SELECT seq, at, actor, action, kind, uid, rev, before, after FROM change"
                    " WHERE seq > $1 ORDER BY seq LIMIT $2",
    [SQL_HISTORY] = "SELECT seq, at, actor, action, kind, uid, rev, before, after FROM change"
                    " WHERE kind = $2 AND uid = $3 ORDER BY rev DESC LIMIT $1",
    [SQL_SEQ] = "SELECT coalesce(max(seq), 0) FROM change",
    [SQL_SETTING_GET] = "SELECT value FROM setting WHERE key = $1",
    [SQL_SETTING_SET] = "INSERT INTO setting (key, value) VALUES ($1, $2)"
                        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
};

enum list { LIST_NAMES, LIST_VALUES, LIST_UPDATES };

/* One column in one of the three lists; number is its place, from 1. */
static void add_column(struct str *sql, enum list list, const char *name, int number)
{
    /* The keys, and the time of creation, stay what they are. */
    bool key = number <= 3 || strcmp(name, "created_at") == 0;
    if (list == LIST_UPDATES && key) return;
    if (number > (list == LIST_UPDATES ? 4 : 1)) str_adds(sql, ", ");
    switch (list) {
    case LIST_NAMES: str_addf(sql, "\"%s\"", name); break; /* "group" is a word of SQL */
    case LIST_VALUES: str_addf(sql, "$%d", number); break;
    case LIST_UPDATES: str_addf(sql, "\"%s\" = excluded.\"%s\"", name, name); break;
    }
}

static void add_columns(struct str *sql, enum list list, enum kind kind, bool derived)
{
    static const char *const first[RECORD_COLUMNS] = {"uid",     "source",     "id",        "rev",
                                                      "deleted", "created_at", "updated_at"};
    int n = 0;
    for (int i = 0; i < RECORD_COLUMNS; i++) add_column(sql, list, first[i], ++n);
    for (int f = 0; f < FIELD_COUNT; f++) {
        const struct field_info *info = field_info((enum field)f);
        if (field_of_kind((enum field)f, kind) && !(info->flags & FIELD_VIRTUAL))
            add_column(sql, list, info->name, ++n);
    }
    add_column(sql, list, "extra", ++n);
    if (derived && kind == KIND_ORG) add_column(sql, list, "name_norm", ++n);
}

char *store_sql(enum sql id, enum kind kind)
{
    struct str sql;
    str_init(&sql);
    for (const char *p = templates[id]; *p;) {
        size_t word = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz");
        if (*p != '@') {
            str_addc(&sql, *p++);
            continue;
        }
        switch (p[1]) {
        case 't': str_adds(&sql, tables[kind]); break;
        case 'c': add_columns(&sql, LIST_NAMES, kind, id == SQL_PUT); break;
        case 'v': add_columns(&sql, LIST_VALUES, kind, true); break;
        case 'u': add_columns(&sql, LIST_UPDATES, kind, true); break;
        default: break;
        }
        p += 1 + word;
    }
    return str_take(&sql);
}
