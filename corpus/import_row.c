/* One row to one record, in the order that rejects before it writes: read the values, find the
 * owners, settle the id, merge with what is stored, and only then create owners and the record. */
#include "base/base.h"

#include "base/utf8.h"
#include "corpus/csv.h"
#include "corpus/import_impl.h"
#include "corpus/messages.h"
#include "corpus/orgname.h"

#include <cjson/cJSON.h>
#include <sodium.h>
#include <string.h>

enum { MAX_ID = 200, MAX_OWNERS = 200, MAX_EXTRA = CSV_MAX_FIELD };

struct owner {
    const char *name; /* as written; NULL when given by id */
    struct known_org org;
};

struct draft {
    struct import *im;
    struct arena *arena;
    const struct row *row;
    const struct cell *best[TARGET_COUNT]; /* the cell that gives each field, NULL: not mentioned */
    struct record r;
    const char *contact[FIELD_COUNT]; /* of a need's or capability's owner */
    struct owner *owner;
    size_t n_owners, n_surplus;
    bool owners_given, id_derived;
    const char *field; /* at hand, for errors */
};

/* ---- ids ---- */

char *import_uid(struct arena *arena, const char *source, const char *id)
{
    if (strcmp(source, "local") == 0) return arena_strdup(arena, id);
    return arena_printf(arena, "%s:%s", source, id);
}

/* BLAKE2b, RFC 7693. 64 bits: with a million records the odds of any collision are 3 in 10^8. */
char *import_derive_id(struct arena *arena, enum kind kind, const char *owner, const char *title)
{
    unsigned char hash[16], *part = arena_alloc(arena, strlen(owner) + strlen(title) + 2, 1);
    size_t n = strlen(owner) + 1;
    memcpy(part, owner, n);
    memcpy(part + n, title, strlen(title));
    crypto_generichash(hash, sizeof hash, part, n + strlen(title), NULL, 0);
    char hex[17];
    sodium_bin2hex(hex, sizeof hex, hash, 8);
    return arena_printf(arena, "%c-%s", kind_name(kind)[0], hex);
}

/* ---- cells ---- */

static const struct column *column_of(const struct draft *d, const struct cell *c)
{
    return &d->im->columns.at.at[c->column];
}

static bool is_filled(const struct cell *c)
{
    if (c->json) return c->json->child != NULL;
    for (size_t i = 0; i < c->len; i++) {
        if ((unsigned char)c->text[i] > ' ') return true;
    }
    return false;
}

static void choose_cells(struct draft *d)
{
    for (size_t i = 0; i < d->row->n; i++) {
        const struct cell *c = &d->row->cell[i];
        const struct column *column = column_of(d, c);
        if (column->target == TARGET_EXTRA) continue;
        const struct cell **best = &d->best[column->target];
        if (!*best || (is_filled(c) && !is_filled(*best)) ||
            (is_filled(c) == is_filled(*best) && column->rank < column_of(d, *best)->rank))
            *best = c;
    }
}

static struct csv_cell trimmed(const char *text, size_t len)
{
    while (len && (unsigned char)*text <= ' ') text++, len--;
    while (len && (unsigned char)text[len - 1] <= ' ') len--;
    return (struct csv_cell){text, len};
}

/* The text of a string, number or boolean, or of an object's member called name or id. */
static const char *scalar(struct draft *d, const cJSON *v, const char *member)
{
    if (member && cJSON_IsObject(v)) v = cJSON_GetObjectItemCaseSensitive(v, member);
    if (!v || v->child || cJSON_IsObject(v) || cJSON_IsArray(v)) return NULL;
    if (cJSON_IsString(v)) return v->valuestring;
    if (cJSON_IsNull(v)) return "";
    char *text = cJSON_PrintUnformatted(v);
    const char *kept = arena_strdup(d->arena, text ? text : "");
    cJSON_free(text);
    return kept;
}

static bool is_json(int target)
{
    return target < FIELD_COUNT && field_info((enum field)target)->type == TYPE_JSON;
}

static int cell_text(struct draft *d, const struct cell *c, struct csv_cell *out, struct err *err)
{
    if (!c->json) {
        *out = (struct csv_cell){c->text, c->len};
        return 0;
    }
    if (is_json(column_of(d, c)->target)) {
        char *text = cJSON_PrintUnformatted(c->json);
        *out = (struct csv_cell){arena_strdup(d->arena, text ? text : ""), text ? strlen(text) : 0};
        cJSON_free(text);
        return 0;
    }
    struct str joined;
    str_init(&joined);
    const char *part = "";
    for (const cJSON *v = c->json->child; v && part; v = v->next) {
        part = cJSON_IsArray(c->json) ? scalar(d, v, NULL) : NULL;
        if (part && *part) str_addf(&joined, "%s%s", joined.len ? "; " : "", part);
    }
    *out = (struct csv_cell){arena_strndup(d->arena, joined.data, joined.len), joined.len};
    str_free(&joined);
    return part ? 0 : err_set(err, ERR_INVALID, MSG_IMPORT_NESTED);
}

/* ---- values ---- */

static int set_value(struct draft *d, struct record *r, enum field f, struct csv_cell v,
                     struct err *err)
{
    struct err warning = {0};
    if (record_set_value(r, f, v.text, v.len, d->arena, &warning, err) != 0) return -1;
    if (warning.kind != ERR_NONE) import_warn(d->im, d->row->line, d->field, &warning);
    return 0;
}

static int set_values(struct draft *d, struct err *err)
{
    struct record contact = {.kind = KIND_ORG}; /* of an introduction or consortium: nobody's */
    for (int f = 0; f < FIELD_COUNT; f++) {
        if (!d->best[f] || (field_info((enum field)f)->flags & FIELD_VIRTUAL)) continue;
        d->field = target_name(f);
        struct csv_cell text;
        struct record *r = field_of_kind((enum field)f, d->r.kind) ? &d->r : &contact;
        if (cell_text(d, d->best[f], &text, err) != 0 ||
            set_value(d, r, (enum field)f, text, err) != 0)
            return -1;
        if (r == &contact) d->contact[f] = contact.value[f];
    }
    enum field f = required_field(d->r.kind);
    d->field = target_name(f);
    if (!d->im->columns.seen[f]) return columns_check_required(&d->im->columns, err);
    if (!d->r.value[f]) return err_set(err, ERR_INVALID, MSG_IMPORT_MISSING_VALUE, target_name(f));
    return 0;
}

/* What the name or the columns tell of the kind, where neither file nor store does. */
static int default_kind(struct draft *d, struct err *err)
{
    const char *kind = NULL;
    if (d->r.value[FIELD_KIND]) return 0;
    if (d->r.kind == KIND_ORG)
        kind = org_name_kind(org_name_normal(d->r.value[FIELD_NAME], d->arena));
    for (size_t i = 0; i < d->row->n && d->r.kind == KIND_CAPABILITY && !kind; i++) {
        if (is_filled(&d->row->cell[i])) kind = column_of(d, &d->row->cell[i])->implies;
    }
    if (!kind) return 0;
    return record_set_value(&d->r, FIELD_KIND, kind, strlen(kind), d->arena, NULL, err);
}

/* ---- owners ---- */

static int add_owner(struct draft *d, bool by_id, const char *text, size_t len, struct err *err)
{
    struct csv_cell t = trimmed(text, len);
    if (!t.len) return 0;
    if (d->n_owners == MAX_OWNERS)
        return err_set(err, ERR_TOO_LARGE, MSG_IMPORT_ORG_TOO_MANY, MAX_OWNERS);
    const char *given = arena_strndup(d->arena, t.text, t.len);
    struct owner o = {.name = by_id ? NULL : given};
    if ((by_id ? import_org_by_id(d->im, given, &o.org, err)
               : import_org_by_name(d->im, given, &o.org, err)) != 0)
        return -1;
    for (size_t i = 0; i < d->n_owners; i++) {
        if (strcmp(d->owner[i].org.uid, o.org.uid) == 0) return 0;
    }
    d->owner[d->n_owners++] = o;
    return 0;
}

/* Semicolons of both widths, the enumeration comma, the bar, and line breaks. */
static bool is_separator(uint32_t cp)
{
    return cp == ';' || cp == 0xFF1B || cp == 0x3001 || cp == '|' || cp == 0xFF5C || cp == '\n';
}

static int add_owners_of_text(struct draft *d, bool by_id, struct csv_cell t, struct err *err)
{
    const char *start = t.text, *end = t.text + t.len;
    for (const char *p = start; p < end;) {
        uint32_t cp;
        size_t n = utf8_decode(p, end, &cp);
        if (is_separator(cp)) {
            if (add_owner(d, by_id, start, (size_t)(p - start), err) != 0) return -1;
            start = p + n;
        }
        p += n;
    }
    return add_owner(d, by_id, start, (size_t)(end - start), err);
}

static int add_owners_of_json(struct draft *d, bool by_id, const cJSON *list, struct err *err)
{
    const char *member = by_id ? "id" : "name";
    for (const cJSON *v = cJSON_IsArray(list) ? list->child : list; v; v = v->next) {
        const char *text = scalar(d, v, member);
        if (!text) return err_set(err, ERR_INVALID, MSG_IMPORT_NESTED);
        if (add_owner(d, by_id, text, strlen(text), err) != 0) return -1;
        if (!cJSON_IsArray(list)) break;
    }
    return 0;
}

static int find_owners(struct draft *d, struct err *err)
{
    bool by_id = d->best[FIELD_ORG_ID] && is_filled(d->best[FIELD_ORG_ID]);
    const struct cell *c = d->best[by_id ? FIELD_ORG_ID : FIELD_ORG_NAME];
    d->owners_given = c || d->best[FIELD_ORG_ID];
    if (!c) return 0;
    d->field = target_name(by_id ? FIELD_ORG_ID : FIELD_ORG_NAME);
    d->owner = arena_alloc(d->arena, MAX_OWNERS, sizeof *d->owner);
    if ((c->json ? add_owners_of_json(d, by_id, c->json, err)
                 : add_owners_of_text(d, by_id, (struct csv_cell){c->text, c->len}, err)) != 0)
        return -1;
    if (!kind_is_shared(d->r.kind) && d->n_owners > 1) {
        d->n_surplus = d->n_owners - 1;
        d->n_owners = 1;
        struct err warning = {0};
        err_set(&warning, ERR_INVALID, MSG_IMPORT_ORG_SURPLUS, d->n_surplus);
        import_warn(d->im, d->row->line, d->field, &warning);
    }
    if (d->r.kind == KIND_CONSORTIUM && d->n_owners == 1) {
        struct err warning = {0};
        err_set(&warning, ERR_INVALID, MSG_IMPORT_ONE_MEMBER);
        import_warn(d->im, d->row->line, d->field, &warning);
    }
    return 0;
}

static int create_owners(struct draft *d, struct err *err)
{
    const char **uids = arena_alloc(d->arena, d->n_owners, sizeof *uids);
    for (size_t i = 0; i < d->n_owners; i++) {
        struct owner *o = &d->owner[i];
        if (o->org.create && import_org_create(d->im, o->name, &o->org, err) != 0) return -1;
        uids[i] = o->org.uid;
    }
    d->r.owners = uids;
    d->r.n_owners = d->n_owners;
    return 0;
}

static int hand_over_contact(struct draft *d, struct err *err)
{
    bool any = false;
    for (int f = 0; f < FIELD_COUNT; f++) any |= d->contact[f] != NULL;
    if (!any) return 0;
    if (d->r.n_owners && kind_is_searched(d->r.kind))
        return import_org_contact(d->im, d->r.owners[0], d->contact, d->row->line, err);
    struct err warning = {0};
    err_set(&warning, ERR_INVALID, MSG_IMPORT_CONTACT_DROPPED);
    import_warn(d->im, d->row->line, "contact_name", &warning);
    return 0;
}

/* ---- other records ---- */

/* need_id, capability_id and the like: an id of the same source, then a uid. */
static int find_references(struct draft *d, struct err *err)
{
    struct record *named;
    for (int f = 0; f < FIELD_COUNT; f++) {
        enum kind kind = field_refers((enum field)f);
        if (kind == KIND_COUNT || !d->r.value[f]) continue;
        d->field = target_name(f);
        const char *uid = import_uid(d->arena, d->im->source, d->r.value[f]);
        if (store_get(d->im->store, kind, uid, d->arena, &named, err) != 0) return -1;
        if (!named && store_get(d->im->store, kind, d->r.value[f], d->arena, &named, err) != 0)
            return -1;
        if (!named) return err_set(err, ERR_INVALID, MSG_STORE_REFERENCE, d->field, d->r.value[f]);
        d->r.value[f] = named->uid;
    }
    return 0;
}

/* ---- which record is it? ---- */

static int given_id(struct draft *d, struct err *err)
{
    struct csv_cell t;
    if (cell_text(d, d->best[TARGET_ID], &t, err) != 0) return -1;
    t = trimmed(t.text, t.len);
    bool control = false;
    for (size_t i = 0; i < t.len; i++)
        control |= (unsigned char)t.text[i] < ' ' || t.text[i] == 0x7F;
    if (t.len > MAX_ID || control) return err_set(err, ERR_INVALID, MSG_IMPORT_ID_INVALID);
    d->r.id = arena_strndup(d->arena, t.text, t.len);
    d->r.uid = import_uid(d->arena, d->im->source, d->r.id);
    return 0;
}

/* What an earlier import of the source made of this name comes first: only so does importing twice
 * change nothing when the same file enters a namesake with an id. */
static int org_by_its_name(struct draft *d, struct err *err)
{
    struct record *old;
    struct known_org org;
    const char *norm = org_name_normal(d->r.value[FIELD_NAME], d->arena);
    d->field = target_name(FIELD_NAME);
    d->r.id = import_derive_id(d->arena, KIND_ORG, "", norm);
    d->r.uid = import_uid(d->arena, d->im->source, d->r.id);
    if (store_get(d->im->store, KIND_ORG, d->r.uid, d->arena, &old, err) != 0) return -1;
    if (old) return 0;
    if (import_org_by_name(d->im, d->r.value[FIELD_NAME], &org, err) != 0) return -1;
    d->r.uid = org.uid;
    return 0;
}

static int derived_id(struct draft *d, struct err *err)
{
    d->id_derived = true;
    if (d->r.kind == KIND_ORG) return org_by_its_name(d, err);
    const char *what = record_title(&d->r), *capability = d->r.value[FIELD_CAPABILITY_ID];
    if (capability) what = arena_printf(d->arena, "%s\n%s", what, capability);
    d->r.id = import_derive_id(d->arena, d->r.kind, d->n_owners ? d->owner[0].org.norm : "", what);
    d->r.uid = import_uid(d->arena, d->im->source, d->r.id);
    return 0;
}

/* The content of a row whatever the order of its columns. */
static uint64_t content_hash(const struct draft *d)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < d->row->n; i++) {
        const struct cell *c = &d->row->cell[i];
        const char *name = column_of(d, c)->name;
        if (!is_filled(c)) continue;
        char *json = c->json ? cJSON_PrintUnformatted(c->json) : NULL;
        struct csv_cell t = json ? (struct csv_cell){json, strlen(json)} : trimmed(c->text, c->len);
        sum += hash_bytes(hash_bytes(c->json != NULL, name, strlen(name)), t.text, t.len);
        cJSON_free(json);
    }
    return sum;
}

/* 1 when the row was met before with the same content, -1 with other content. */
static int check_repeated(struct draft *d, uint64_t hash, struct err *err)
{
    struct import *im = d->im;
    uint32_t at = map_get(im->seen, d->r.uid, strlen(d->r.uid));
    if (at == MAP_ABSENT) return 0;
    const struct seen_row *before = &im->rows.at[at];
    if (before->hash == hash) {
        struct err warning = {0};
        err_set(&warning, ERR_INVALID, MSG_IMPORT_REPEATED, before->line);
        import_warn(im, d->row->line, "", &warning);
        im->result.unchanged++;
        return 1;
    }
    d->field = d->id_derived ? target_name(required_field(d->r.kind)) : "id";
    if (d->id_derived)
        return err_set(err, ERR_CONFLICT, MSG_IMPORT_TITLE_TWICE, before->line, d->row->line,
                       d->r.value[required_field(d->r.kind)]);
    return err_set(err, ERR_CONFLICT, MSG_IMPORT_ID_TWICE, d->r.id, before->line, d->row->line);
}

static void remember_row(struct draft *d, uint64_t hash)
{
    struct import *im = d->im;
    map_set(im->seen, d->r.uid, strlen(d->r.uid), (uint32_t)im->rows.len);
    vec_push(&im->rows, (struct seen_row){d->row->line, hash});
}

/* ---- what is stored already ---- */

/* An organisation that comes with an id of its own, while another one has its name. */
static int warn_of_namesakes(struct draft *d, struct err *err)
{
    if (d->r.kind != KIND_ORG || d->id_derived) return 0;
    const char *const *uids;
    size_t n;
    const char *norm = org_name_normal(d->r.value[FIELD_NAME], d->arena);
    if (store_orgs_by_name(d->im->store, norm, d->arena, &uids, &n, err) != 0) return -1;
    if (!n) return 0;
    struct err warning = {0};
    err_set(&warning, ERR_INVALID, MSG_IMPORT_ORG_SAME_NAME, uids[0]);
    import_warn(d->im, d->row->line, target_name(FIELD_NAME), &warning);
    return 0;
}

/* Lays the row over the stored record: what it does not mention stays. */
static int merge_stored(struct draft *d, const struct record **stored, struct err *err)
{
    struct record *old;
    if (store_get(d->im->store, d->r.kind, d->r.uid, d->arena, &old, err) != 0) return -1;
    *stored = old;
    if (!old) return warn_of_namesakes(d, err);
    if (!d->id_derived && strcmp(old->source, d->im->source) != 0) {
        d->field = "id";
        return err_set(err, ERR_CONFLICT, MSG_IMPORT_ID_TAKEN, d->r.id, old->source);
    }
    d->r.source = old->source;
    d->r.id = old->id;
    for (int f = 0; f < FIELD_COUNT; f++) {
        if (!d->best[f]) d->r.value[f] = old->value[f];
    }
    const char *now = d->r.value[FIELD_CAPABILITY_ID], *then = old->value[FIELD_CAPABILITY_ID];
    bool same_side = !now || (then && strcmp(now, then) == 0);
    if (!d->owners_given && same_side) {
        d->r.owners = old->owners;
        d->r.n_owners = old->n_owners;
    }
    return 0;
}

/* ---- columns that are no field ---- */

static void set_extra(cJSON *extra, const char *key, cJSON *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(extra, key);
    if (value) cJSON_AddItemToObject(extra, key, value);
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp((*(cJSON *const *)a)->string, (*(cJSON *const *)b)->string);
}

/* Moves the members of from, sorted by key, into an empty object. */
static void move_sorted(cJSON *from, cJSON *to)
{
    VEC(cJSON *) members = {0};
    while (from->child) vec_push(&members, cJSON_DetachItemViaPointer(from, from->child));
    if (members.len) qsort(members.at, members.len, sizeof *members.at, compare_keys);
    for (size_t i = 0; i < members.len; i++) {
        char *key = mem_strdup(members.at[i]->string);
        cJSON_AddItemToObject(to, key, members.at[i]);
        free(key);
    }
    vec_free(&members);
}

static bool is_extra(const struct draft *d, const struct cell *c)
{
    int target = column_of(d, c)->target;
    if (target == TARGET_EXTRA || d->best[target] != c)
        return target == TARGET_EXTRA || is_filled(c);
    return (target == FIELD_ORG_NAME || target == FIELD_ORG_ID) && d->n_surplus;
}

/* A contact that lost to another column is a contact still, so it may not go to extra. */
static bool is_sealed(int target)
{
    return target < FIELD_COUNT && (field_info((enum field)target)->flags & FIELD_SEALED);
}

static int build_extra(struct draft *d, const struct record *stored, struct err *err)
{
    d->field = "";
    cJSON *all = stored && stored->extra ? cJSON_Parse(stored->extra) : NULL;
    if (!cJSON_IsObject(all)) {
        cJSON_Delete(all);
        all = cJSON_CreateObject();
    }
    for (size_t i = 0; i < d->row->n; i++) {
        const struct cell *c = &d->row->cell[i];
        if (!is_extra(d, c)) continue;
        if (is_sealed(column_of(d, c)->target)) {
            struct err warning = {0};
            err_set(&warning, ERR_INVALID, MSG_IMPORT_CONTACT_SURPLUS, column_of(d, c)->name);
            import_warn(d->im, d->row->line, target_name(column_of(d, c)->target), &warning);
            continue;
        }
        struct csv_cell t = c->json ? (struct csv_cell){"", 0} : trimmed(c->text, c->len);
        cJSON *value = NULL;
        if (is_filled(c))
            value = c->value ? cJSON_Duplicate(c->value, 1)
                             : cJSON_CreateString(arena_strndup(d->arena, t.text, t.len));
        set_extra(all, column_of(d, c)->name, value);
    }
    cJSON *sorted = cJSON_CreateObject();
    move_sorted(all, sorted);
    cJSON_Delete(all);
    char *text = sorted->child ? cJSON_PrintUnformatted(sorted) : NULL;
    cJSON_Delete(sorted);
    size_t len = text ? strlen(text) : 0;
    d->r.extra = len <= MAX_EXTRA ? arena_strdup(d->arena, text) : NULL;
    cJSON_free(text);
    if (len > MAX_EXTRA)
        return err_set(err, ERR_TOO_LARGE, MSG_IMPORT_EXTRA_TOO_LONG, (size_t)MAX_EXTRA >> 10);
    return 0;
}

/* ---- the row ---- */

static int store_row(struct draft *d, struct err *err)
{
    struct import *im = d->im;
    const struct record *stored;
    if (merge_stored(d, &stored, err) != 0 || default_kind(d, err) != 0 ||
        build_extra(d, stored, err) != 0)
        return -1;
    if (d->owners_given && create_owners(d, err) != 0) return -1;
    enum put_outcome outcome;
    if (store_put(im->store, im->o->actor, &d->r, 0, &outcome, NULL, err) != 0) return -1;
    im->result.created += outcome == PUT_CREATED;
    im->result.updated += outcome == PUT_UPDATED;
    im->result.unchanged += outcome == PUT_UNCHANGED;
    return hand_over_contact(d, err);
}

int import_row(struct import *im, const struct row *row, const char **field, struct err *err)
{
    struct draft d = {.im = im, .arena = &im->row_arena, .row = row, .field = ""};
    d.r.kind = im->o->kind;
    d.r.source = im->source;
    choose_cells(&d);
    int rc = -1;
    if (set_values(&d, err) != 0 || find_references(&d, err) != 0 || find_owners(&d, err) != 0)
        goto out;
    d.field = "id";
    bool given = d.best[TARGET_ID] && is_filled(d.best[TARGET_ID]);
    if ((given ? given_id(&d, err) : derived_id(&d, err)) != 0) goto out;
    uint64_t hash = content_hash(&d);
    rc = check_repeated(&d, hash, err);
    if (rc != 0) goto out;
    d.field = "";
    rc = store_row(&d, err);
    if (rc == 0) remember_row(&d, hash);
out:
    *field = d.field;
    return rc < 0 ? -1 : 0;
}
