#include "base/base.h"

#include "corpus/columns.h"
#include "corpus/orgname.h"
#include "corpus/record_json.h"
#include "web/edit.h"
#include "web/messages.h"

#include <string.h>

enum { OWNERS_MAX = 100, MEMBERS_LEAST = 2 /* of a consortium */ };

/* Said by the server, not taken from clients. */
static bool is_ignored(const char *name)
{
    static const char *const names[] = {"id",         "source",     "sample", "rev",
                                        "created_at", "updated_at", "sealed"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

/* need_title beside need_id, and so on: said by the server too. */
static bool is_title_of_another(const char *name, enum kind kind)
{
    for (int f = 0; f < FIELD_COUNT; f++) {
        enum kind other = field_refers((enum field)f);
        if (other == KIND_COUNT || other == KIND_PROPOSAL || !field_of_kind((enum field)f, kind))
            continue;
        size_t n = strlen(kind_name(other));
        if (strncmp(name, kind_name(other), n) == 0 && strcmp(name + n, "_title") == 0) return true;
    }
    return false;
}

static int set_field(struct record *r, enum field f, const cJSON *object, struct arena *arena,
                     struct err *err)
{
    bool ok = true;
    struct err warning = {0};
    const char *name = field_info(f)->name, *text = json_text_member(object, name, arena, &ok);
    if (!ok) return err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, name);
    if (!text) {
        r->value[f] = NULL;
        return 0;
    }
    if (record_set_value(r, f, text, strlen(text), arena, &warning, err)) return -1;
    /* A file of thousands of rows may be understood in part; one record sent by hand may not. Only
     * a doubtful credit code is no fault of the sender's. */
    if (warning.code && f != FIELD_CREDIT_CODE) {
        *err = warning;
        err->kind = ERR_INVALID;
        return -1;
    }
    return 0;
}

/* ---- owners ---------------------------------------------------------------------------------- */

static const char *org_by_name(struct store *store, const char *name, struct arena *arena,
                               struct err *err)
{
    const char *const *uids;
    size_t n;
    if (store_orgs_by_name(store, org_name_normal(name, arena), arena, &uids, &n, err)) return NULL;
    if (n == 1) return uids[0];
    if (n == 0)
        err_set(err, ERR_INVALID, MSG_ORG_NAME_UNKNOWN, name);
    else
        err_set(err, ERR_INVALID, MSG_ORG_NAME_AMBIGUOUS, name, n);
    return NULL;
}

static int check_org(struct store *store, const char *uid, struct arena *arena, struct err *err)
{
    struct record *org;
    if (store_get(store, KIND_ORG, uid, arena, &org, err)) return -1;
    return org ? 0 : err_set(err, ERR_INVALID, MSG_ORG_UNKNOWN, uid);
}

/* `orgs`: [{id, ...}], the main owner first. */
static int read_orgs(const cJSON *orgs, struct arena *arena, const char **owners, size_t *n,
                     struct err *err)
{
    if (!cJSON_IsArray(orgs)) return err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, "orgs");
    for (const cJSON *o = orgs->child; o; o = o->next) {
        const cJSON *id = cJSON_GetObjectItemCaseSensitive(o, "id");
        if (!cJSON_IsString(id) || *n == OWNERS_MAX)
            return err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, "orgs");
        owners[(*n)++] = arena_strdup(arena, id->valuestring);
    }
    return 0;
}

static int set_owners(struct record *r, const cJSON *object, struct store *store,
                      struct arena *arena, struct err *err)
{
    bool ok = true;
    const cJSON *orgs = cJSON_GetObjectItemCaseSensitive(object, "orgs");
    const char *id = json_text_member(object, "org_id", arena, &ok);
    const char *name = json_text_member(object, "org_name", arena, &ok);
    const char **owners = arena_alloc(arena, OWNERS_MAX, sizeof *owners);
    size_t n = 0;
    if (!ok) return err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, "org_id");
    if (kind_is_shared(r->kind) && orgs && !cJSON_IsNull(orgs) &&
        read_orgs(orgs, arena, owners, &n, err))
        return -1;
    if (id && n > 0 && strcmp(id, owners[0]) != 0)
        return err_set(err, ERR_INVALID, MSG_OWNERS_DIFFER, id, owners[0]);
    if (n == 0 && !id && name && !(id = org_by_name(store, name, arena, err))) return -1;
    if (n == 0 && id) owners[n++] = id;
    for (size_t i = 0; i < n; i++)
        if (check_org(store, owners[i], arena, err)) return -1;
    r->owners = owners;
    r->n_owners = n;
    return 0;
}

/* Nobody forms a consortium alone. One that was imported with a single member, the others being
 * unknown, may be edited as it is. */
static int check_members(const struct record *r, const struct record *stored, struct err *err)
{
    size_t n = 0, known = stored ? stored->n_owners : 0;
    for (size_t i = 0; i < r->n_owners; i++) {
        size_t k = 0;
        while (k < i && strcmp(r->owners[k], r->owners[i]) != 0) k++;
        n += k == i;
    }
    if (n >= MEMBERS_LEAST || (n == 1 && known == 1)) return 0;
    return err_set(err, ERR_INVALID, MSG_CONSORTIUM_MEMBERS, n, (size_t)MEMBERS_LEAST);
}

static bool may_have_owners(enum kind kind)
{
    return field_of_kind(FIELD_ORG_ID, kind);
}

/* Columns of imported files that are no field of ours. */
static int set_extra(struct record *r, const cJSON *extra, struct arena *arena, struct err *err)
{
    r->extra = NULL;
    if (cJSON_IsNull(extra)) return 0;
    if (!cJSON_IsObject(extra)) return err_set(err, ERR_INVALID, MSG_MEMBER_TYPE, "extra");
    for (const cJSON *m = extra->child; m; m = m->next)
        if (column_is_contact(m->string, arena))
            return err_set(err, ERR_INVALID, MSG_EXTRA_CONTACT, m->string);
    cJSON *own = cJSON_Duplicate(extra, true);
    r->extra = record_extra(own, arena);
    cJSON_Delete(own);
    return 0;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int set_member(struct record *r, const cJSON *object, const cJSON *member,
                      struct arena *arena, struct err *err)
{
    const char *name = member->string;
    if (cJSON_GetObjectItemCaseSensitive(object, name) != member)
        return err_set(err, ERR_INVALID, MSG_MEMBER_TWICE, name);
    enum field f = field_by_name(name);
    if (f != FIELD_COUNT && field_of_kind(f, r->kind))
        return field_info(f)->flags & FIELD_VIRTUAL ? 0 : set_field(r, f, object, arena, err);
    if (strcmp(name, "extra") == 0) return set_extra(r, member, arena, err);
    if (is_ignored(name) || is_title_of_another(name, r->kind) ||
        (strcmp(name, "orgs") == 0 && kind_is_shared(r->kind)))
        return 0;
    return err_set(err, ERR_INVALID, MSG_MEMBER_UNKNOWN, name, kind_plural(r->kind));
}

int edit_read(const cJSON *object, enum kind kind, const struct record *stored, struct store *store,
              struct arena *arena, struct record **out, struct err *err)
{
    struct record *r = arena_zalloc(arena, 1, sizeof *r);
    r->kind = kind;
    if (stored) {
        r->uid = stored->uid;
        r->source = stored->source;
        r->id = stored->id;
        r->extra = stored->extra;
        for (int f = 0; f < FIELD_COUNT; f++)
            if (field_info((enum field)f)->flags & FIELD_SEALED) r->value[f] = stored->value[f];
    }
    for (const cJSON *m = object->child; m; m = m->next)
        if (set_member(r, object, m, arena, err)) return -1;
    for (int f = 0; f < FIELD_COUNT; f++) {
        if (field_required((enum field)f, kind) && !r->value[f])
            return err_set(err, ERR_INVALID, MSG_MEMBER_REQUIRED, field_info((enum field)f)->name);
    }
    if (may_have_owners(kind) && set_owners(r, object, store, arena, err)) return -1;
    if (kind == KIND_CONSORTIUM && check_members(r, stored, err)) return -1;
    *out = r;
    return 0;
}
