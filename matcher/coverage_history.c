/* What was there when, out of the change log. */
#include "base/base.h"

#include "corpus/record_json.h"
#include "matcher/coverage_impl.h"

#include <stdio.h>
#include <string.h>

static bool on_the_map(enum kind kind)
{
    return kind == KIND_ORG || kind == KIND_CAPABILITY || kind == KIND_BOTTLENECK;
}

/* ---- first reading: days, and what is gone --------------------------------------------------- */

struct first_reading {
    struct coverage *c;
    int64_t seq;
    struct gone_list *gone;
    struct map *latest; /* of kind and uid: the deletion, as an index of gone */
};

enum { DATE_CHARS = 10 }; /* of an RFC 3339 time */

/* A clock that was set back does not turn the order of changes. */
static void note_day(struct coverage *c, const char *at)
{
    const char *last = c->days.len ? c->days.at[c->days.len - 1] : "";
    if (strncmp(at, last, DATE_CHARS) > 0)
        vec_push(&c->days, arena_strndup(&c->arena, at, DATE_CHARS));
}

static int read_first(void *to, const struct change *change, struct err *err)
{
    struct first_reading *r = to;
    (void)err;
    if (change->seq > r->seq) return 1;
    if (!on_the_map(change->kind)) return 0;
    note_day(r->c, change->at);
    if (change->kind == KIND_ORG) return 0; /* its own name is all that is needed of it */
    char key[512];
    int len = snprintf(key, sizeof key, "%d:%s", change->kind, change->uid);
    size_t key_len = MIN((size_t)len, sizeof key - 1);
    uint32_t was = map_get(r->latest, key, key_len);
    if (was != MAP_ABSENT) r->gone->at.at[was].uid = NULL;
    if (change->after || !change->before) return 0;
    struct gone g = {change->seq, change->kind, arena_strdup(&r->gone->arena, change->uid),
                     arena_strdup(&r->gone->arena, change->before)};
    map_set(r->latest, key, key_len, (uint32_t)r->gone->at.len);
    vec_push(&r->gone->at, g);
    return 0;
}

/* The latest of a kind stay; what came to life again does not. */
static void keep_latest(struct gone_list *gone)
{
    size_t kept = gone->at.len, of_kind[KIND_COUNT] = {0};
    for (size_t i = gone->at.len; i-- > 0;) {
        struct gone g = gone->at.at[i];
        if (!g.uid) continue;
        if (++of_kind[g.kind] > COVERAGE_GONE_MAX)
            gone->left_out++;
        else
            gone->at.at[--kept] = g;
    }
    gone->at.len -= kept;
    if (gone->at.len) memmove(gone->at.at, gone->at.at + kept, gone->at.len * sizeof *gone->at.at);
}

int coverage_read_days(struct coverage *c, const struct coverage_log *log, int64_t seq,
                       struct gone_list *gone, struct err *err)
{
    struct first_reading r = {.c = c, .seq = seq, .gone = gone, .latest = map_new()};
    int rc = log->read(log->ctx, read_first, &r, err);
    map_free(r.latest);
    if (rc == 0) keep_latest(gone);
    return rc;
}

/* ---- second reading: stays ------------------------------------------------------------------- */

struct second_reading {
    struct coverage *c;
    int64_t seq;
    struct arena scratch; /* of the row at hand */
    uint32_t day;
};

static bool same_owners(const struct stay *a, const uint32_t *owners, size_t n)
{
    return a->n_owners == n && (n == 0 || memcmp(a->owners, owners, n * sizeof *owners) == 0);
}

static void leave(struct known *k, uint32_t day)
{
    struct stay *last = k->stays.len ? &k->stays.at[k->stays.len - 1] : NULL;
    if (!last || last->until != DAY_NEVER) return;
    last->until = day;
    if (last->from == day) k->stays.len--; /* it came and went within a day */
}

static void come(struct known *k, uint32_t day, const uint32_t *owners, size_t n)
{
    struct stay *last = k->stays.len ? &k->stays.at[k->stays.len - 1] : NULL;
    if (last && last->until == DAY_NEVER && same_owners(last, owners, n)) return;
    leave(k, day);
    vec_push(&k->stays, (struct stay){day, DAY_NEVER, owners, n});
}

/* The organisation's ordinal; its name comes with its own rows or from the snapshot. */
static uint32_t org_of(struct coverage *c, const char *uid)
{
    size_t len = strlen(uid);
    uint32_t ord = map_add(c->org_by_uid, uid, len, (uint32_t)c->orgs.len);
    if (ord == c->orgs.len) {
        const char *own = arena_strdup(&c->arena, uid);
        vec_push(&c->orgs, (struct known){.ref = {.uid = own, .title = own, .gone = true}});
    }
    return ord;
}

static int org_changed(struct second_reading *r, const struct change *change, struct err *err)
{
    uint32_t ord = org_of(r->c, change->uid); /* which may move them all */
    struct known *org = &r->c->orgs.at[ord];
    if (change->after) {
        come(org, r->day, NULL, 0);
        return 0;
    }
    leave(org, r->day);
    struct record *was =
        change->before ? record_from_json(KIND_ORG, change->before, &r->scratch, err) : NULL;
    if (change->before && !was) return -1;
    if (was) org->ref = coverage_ref_of(was, true, &r->c->arena);
    return 0;
}

static int capability_changed(struct second_reading *r, struct known *k,
                              const struct change *change, struct err *err)
{
    if (!change->after) {
        leave(k, r->day);
        return 0;
    }
    struct record *now = record_from_json(KIND_CAPABILITY, change->after, &r->scratch, err);
    if (!now) return -1;
    uint32_t *owners = arena_alloc(&r->c->arena, now->n_owners, sizeof *owners);
    for (size_t i = 0; i < now->n_owners; i++) owners[i] = org_of(r->c, now->owners[i]);
    come(k, r->day, owners, now->n_owners);
    return 0;
}

static int read_second(void *to, const struct change *change, struct err *err)
{
    struct second_reading *r = to;
    struct coverage *c = r->c;
    int rc = 0;
    if (change->seq > r->seq) return 1;
    if (!on_the_map(change->kind)) return 0;
    while (r->day + 1 < c->days.len && strncmp(change->at, c->days.at[r->day + 1], DATE_CHARS) >= 0)
        r->day++;
    if (change->kind == KIND_ORG) {
        rc = org_changed(r, change, err);
    } else {
        bool item = change->kind == KIND_BOTTLENECK;
        uint32_t ord =
            map_get(item ? c->item_by_uid : c->capability_by_uid, change->uid, strlen(change->uid));
        if (ord == MAP_ABSENT) return 0;
        struct known *k = item ? &c->items.at[ord].known : &c->capabilities.at[ord];
        if (!item)
            rc = capability_changed(r, k, change, err);
        else if (change->after)
            come(k, r->day, NULL, 0);
        else
            leave(k, r->day);
    }
    arena_reset(&r->scratch);
    return rc;
}

int coverage_read_stays(struct coverage *c, const struct coverage_log *log, int64_t seq,
                        const struct snapshot *s, struct err *err)
{
    struct second_reading r = {.c = c, .seq = seq};
    arena_init(&r.scratch);
    int rc = log->read(log->ctx, read_second, &r, err);
    arena_free(&r.scratch);
    for (uint32_t i = 0; i < c->orgs.len; i++) {
        uint32_t ord = snapshot_find(s, KIND_ORG, c->orgs.at[i].ref.uid);
        if (ord != UINT32_MAX)
            c->orgs.at[i].ref =
                coverage_ref_of(snapshot_record(s, KIND_ORG, ord), false, &c->arena);
    }
    return rc;
}
