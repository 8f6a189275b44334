#include "base/base.h"

#include "corpus/import_impl.h"
#include "corpus/messages.h"
#include "corpus/orgname.h"

#include <string.h>

/* ---- what this import knows already ---- */

static const struct known_org *recall(const struct import *im, const char *key)
{
    uint32_t at = map_get(im->orgs, key, strlen(key));
    return at == MAP_ABSENT ? NULL : &im->known.at[at];
}

static void remember(struct import *im, const char *key, const struct known_org *org)
{
    struct known_org kept = {.uid = arena_strdup(&im->arena, org->uid),
                             .norm = arena_strdup(&im->arena, org->norm)};
    map_set(im->orgs, key, strlen(key), (uint32_t)im->known.len);
    vec_push(&im->known, kept);
}

static char *name_key(struct import *im, const char *norm)
{
    return arena_printf(&im->row_arena, "n%s", norm);
}

/* ---- by name ---- */

/* Has it an id of its own, rather than one made from its name? */
static bool has_own_id(struct import *im, const char *uid, const char *norm)
{
    const char *derived = import_derive_id(&im->row_arena, KIND_ORG, "", norm);
    size_t len = strlen(uid), n = strlen(derived);
    return len < n || strcmp(uid + len - n, derived) != 0 || (len > n && uid[len - n - 1] != ':');
}

int import_org_candidates(struct import *im, const char *norm, const char *const **uids, size_t *n,
                          struct err *err)
{
    if (store_orgs_by_name(im->store, norm, &im->row_arena, uids, n, err) != 0) return -1;
    if (*n < 2) return 0;
    /* One entered with its id, the others known by no more than their name: it is that one. */
    size_t own = 0, which = 0;
    for (size_t i = 0; i < *n; i++) {
        if (has_own_id(im, (*uids)[i], norm)) {
            own++;
            which = i;
        }
    }
    if (own == 1) {
        *uids += which;
        *n = 1;
    }
    return 0;
}

int import_org_by_name(struct import *im, const char *name, struct known_org *org, struct err *err)
{
    const char *norm = org_name_normal(name, &im->row_arena);
    const struct known_org *known = recall(im, name_key(im, norm));
    if (known) {
        *org = *known;
        return 0;
    }
    const char *const *uids;
    size_t n;
    if (import_org_candidates(im, norm, &uids, &n, err) != 0) return -1;
    if (n > 1) {
        struct str list;
        str_init(&list);
        for (size_t i = 0; i < n && list.len < 200; i++)
            str_addf(&list, "%s%s", i ? ", " : "", uids[i]);
        err_set(err, ERR_INVALID, MSG_IMPORT_ORG_AMBIGUOUS, name, list.data);
        str_free(&list);
        return -1;
    }
    *org = (struct known_org){.norm = norm, .create = n == 0};
    if (n == 1) {
        org->uid = uids[0];
        remember(im, name_key(im, norm), org);
    } else {
        const char *id = import_derive_id(&im->row_arena, KIND_ORG, "", norm);
        org->uid = import_uid(&im->row_arena, im->source, id);
    }
    return 0;
}

int import_org_create(struct import *im, const char *name, struct known_org *org, struct err *err)
{
    struct arena *a = &im->row_arena;
    struct record r = {.kind = KIND_ORG, .uid = org->uid, .source = im->source};
    r.id = import_derive_id(a, KIND_ORG, "", org->norm);
    const char *kind = org_name_kind(org->norm);
    enum put_outcome outcome;
    if (record_set_value(&r, FIELD_NAME, name, strlen(name), a, NULL, err) != 0 ||
        record_set_value(&r, FIELD_KIND, kind, strlen(kind), a, NULL, err) != 0 ||
        store_put(im->store, im->o->actor, &r, 0, &outcome, NULL, err) != 0)
        return -1;
    im->result.orgs_created++;
    org->create = false;
    remember(im, name_key(im, org->norm), org);
    return 0;
}

/* ---- by id ---- */

static int get_org(struct import *im, const char *uid, struct known_org *org, struct err *err)
{
    struct record *r;
    if (store_get(im->store, KIND_ORG, uid, &im->row_arena, &r, err) != 0) return -1;
    if (!r) return 0;
    const char *name = r->value[FIELD_NAME] ? r->value[FIELD_NAME] : "";
    *org = (struct known_org){.uid = r->uid, .norm = org_name_normal(name, &im->row_arena)};
    return 1;
}

int import_org_by_id(struct import *im, const char *id, struct known_org *org, struct err *err)
{
    const char *key = arena_printf(&im->row_arena, "i%s", id);
    const struct known_org *known = recall(im, key);
    if (known) {
        *org = *known;
        return 0;
    }
    int found = get_org(im, import_uid(&im->row_arena, im->source, id), org, err);
    if (found == 0) found = get_org(im, id, org, err);
    if (found < 0) return -1;
    if (!found) return err_set(err, ERR_INVALID, MSG_IMPORT_ORG_UNKNOWN, id);
    remember(im, key, org);
    return 0;
}

/* ---- contacts ---- */

int import_org_contact(struct import *im, const char *uid, const char *const *contact, size_t line,
                       struct err *err)
{
    struct record *r;
    if (store_get(im->store, KIND_ORG, uid, &im->row_arena, &r, err) != 0) return -1;
    if (!r) return 0;
    bool has = false, same = true;
    for (int f = FIELD_CONTACT_NAME; f <= FIELD_CONTACT_EMAIL; f++) {
        has |= r->value[f] != NULL;
        same &= !contact[f] || (r->value[f] && strcmp(r->value[f], contact[f]) == 0);
    }
    if (same) return 0;
    if (has) {
        struct err warning = {0};
        err_set(&warning, ERR_INVALID, MSG_IMPORT_CONTACT_DIFFERS);
        import_warn(im, line, "contact_name", &warning);
        return 0;
    }
    for (int f = FIELD_CONTACT_NAME; f <= FIELD_CONTACT_EMAIL; f++) r->value[f] = contact[f];
    enum put_outcome outcome;
    return store_put(im->store, im->o->actor, r, 0, &outcome, NULL, err);
}
