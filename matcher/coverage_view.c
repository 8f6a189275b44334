/* Looking at what was judged: for a chain, at the end of a day. */
#include "base/base.h"

#include "matcher/coverage_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BEFORE_ALL = -1 }; /* the day before the first */

/* A look at the map: the chain it is for, and memory for counting. */
struct look {
    const struct coverage *c;
    const char *chain;
    struct arena *arena;
    uint32_t *seen, mark; /* by organisation: the last count it was in */
};

static const struct stay *stay_at(const struct known *k, int day)
{
    for (size_t i = 0; day >= 0 && i < k->stays.len; i++) {
        const struct stay *s = &k->stays.at[i];
        if (s->from <= (uint32_t)day && (s->until == DAY_NEVER || (uint32_t)day < s->until))
            return s;
    }
    return NULL;
}

static bool in_chain(const struct look *l, const struct judged *item)
{
    if (!l->chain) return true;
    if (strcmp(l->chain, COVERAGE_NO_CHAIN) == 0) return !item->chain;
    return item->chain && strcmp(item->chain, l->chain) == 0;
}

/* ---- counting -------------------------------------------------------------------------------- */

static enum coverage_status status_of(size_t sources)
{
    return sources > 1 ? COVERAGE_MULTIPLE : sources ? COVERAGE_SINGLE : COVERAGE_GAP;
}

static enum coverage_status status_at(struct look *l, const struct judged *item, int day)
{
    const struct coverage *c = l->c;
    size_t sources = 0;
    if (!stay_at(&item->known, day)) return COVERAGE_ABSENT;
    l->mark++;
    for (size_t i = 0; i < item->hits.len; i++) {
        const struct hit *h = &item->hits.at[i];
        const struct stay *s =
            h->level < LEVEL_GOOD ? NULL : stay_at(&c->capabilities.at[h->capability], day);
        for (size_t k = 0; s && k < s->n_owners; k++) {
            uint32_t org = s->owners[k];
            if (l->seen[org] == l->mark || !stay_at(&c->orgs.at[org], day)) continue;
            l->seen[org] = l->mark;
            sources++;
        }
    }
    return status_of(sources);
}

static void count(struct coverage_counts *to, enum coverage_status s)
{
    if (s == COVERAGE_ABSENT) return;
    to->items++;
    to->of[s]++;
}

static struct coverage_counts counts_at(struct look *l, int day)
{
    struct coverage_counts counts = {0};
    for (size_t i = 0; i < l->c->items.len; i++)
        if (in_chain(l, &l->c->items.at[i])) count(&counts, status_at(l, &l->c->items.at[i], day));
    return counts;
}

/* ---- who covers an item ---------------------------------------------------------------------- */

struct source_list {
    VEC(struct coverage_source) at;
};

/* Hits come best first, so an organisation's first capability is its best. */
static void add_source(struct source_list *list, const struct coverage_ref *org,
                       const struct coverage *c, const struct hit *h)
{
    for (size_t i = 0; org && i < list->at.len; i++)
        if (list->at.at[i].org == org) {
            list->at.at[i].capabilities++;
            list->at.at[i].alone = MAX(list->at.at[i].alone, h->alone);
            return;
        }
    struct coverage_source s = {
        org, &c->capabilities.at[h->capability].ref, h->level, h->alone, h->expected, h->must_unmet,
        1};
    vec_push(&list->at, s);
}

static bool has_org(const struct source_list *list, const struct coverage_ref *org)
{
    for (size_t i = 0; i < list->at.len; i++)
        if (list->at.at[i].org == org) return true;
    return false;
}

static const struct coverage_source *settle(struct source_list *list, struct arena *arena,
                                            size_t *n)
{
    struct coverage_source *out = arena_alloc(arena, list->at.len, sizeof *out);
    if (list->at.len) memcpy(out, list->at.at, list->at.len * sizeof *out);
    *n = list->at.len;
    vec_free(&list->at);
    return out;
}

static void fill_item(const struct look *l, const struct judged *item, int day,
                      struct coverage_item *out)
{
    const struct coverage *c = l->c;
    struct source_list sources = {0}, verify = {0};
    for (int weak = 0; weak < 2; weak++) {
        for (size_t i = 0; i < item->hits.len; i++) {
            const struct hit *h = &item->hits.at[i];
            const struct stay *s = stay_at(&c->capabilities.at[h->capability], day);
            size_t owners = 0;
            if (!s || (!weak && h->level < LEVEL_GOOD)) continue;
            for (size_t k = 0; k < s->n_owners; k++) {
                const struct known *org = &c->orgs.at[s->owners[k]];
                if (!stay_at(org, day)) continue;
                owners++;
                if (!weak)
                    add_source(&sources, &org->ref, c, h);
                else if (h->level < LEVEL_GOOD && !has_org(&sources, &org->ref))
                    add_source(&verify, &org->ref, c, h);
            }
            if (weak && owners == 0) add_source(&verify, NULL, c, h);
        }
    }
    *out = (struct coverage_item){.ref = &item->known.ref,
                                  .chain = item->chain,
                                  .priority = item->priority,
                                  .status = item->status,
                                  .coverage = status_of(sources.at.len)};
    size_t alone = 0;
    for (size_t i = 0; i < sources.at.len; i++) alone += sources.at.at[i].alone >= LEVEL_GOOD;
    out->thin = out->coverage == COVERAGE_MULTIPLE && alone < 2;
    out->sources = settle(&sources, l->arena, &out->n_sources);
    out->verify_total = verify.at.len;
    verify.at.len = MIN(verify.at.len, (size_t)COVERAGE_VERIFY_MAX);
    out->to_verify = settle(&verify, l->arena, &out->n_to_verify);
}

/* ---- by chain -------------------------------------------------------------------------------- */

static bool same_chain(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static int compare_chains(const void *a, const void *b)
{
    const struct coverage_chain *x = a, *y = b;
    if (!x->chain != !y->chain) return x->chain ? -1 : 1;
    if (x->counts.items != y->counts.items) return x->counts.items > y->counts.items ? -1 : 1;
    return x->chain ? strcmp(x->chain, y->chain) : 0;
}

static void by_chain(struct coverage_view *v, struct arena *arena)
{
    v->chains = arena_alloc(arena, v->counts.items, sizeof *v->chains);
    for (size_t i = 0; i < v->counts.items; i++) {
        size_t k = 0;
        while (k < v->n_chains && !same_chain(v->chains[k].chain, v->items[i].chain)) k++;
        if (k == v->n_chains)
            v->chains[v->n_chains++] = (struct coverage_chain){.chain = v->items[i].chain};
        count(&v->chains[k].counts, v->items[i].coverage);
    }
    if (v->n_chains) qsort(v->chains, v->n_chains, sizeof *v->chains, compare_chains);
    struct coverage_item *sorted = arena_alloc(arena, v->counts.items, sizeof *sorted);
    size_t n = 0;
    for (size_t k = 0; k < v->n_chains; k++)
        for (size_t i = 0; i < v->counts.items; i++)
            if (same_chain(v->items[i].chain, v->chains[k].chain)) sorted[n++] = v->items[i];
    v->items = sorted;
}

/* ---- what hangs on whom ---------------------------------------------------------------------- */

static int compare_orgs(const void *a, const void *b)
{
    const struct coverage_org *x = a, *y = b;
    if (x->n_sole != y->n_sole) return x->n_sole > y->n_sole ? -1 : 1;
    if (x->items != y->items) return x->items > y->items ? -1 : 1;
    return strcmp(x->ref->uid, y->ref->uid);
}

static void by_org(struct coverage_view *v, struct arena *arena)
{
    size_t most = 0;
    for (size_t i = 0; i < v->counts.items; i++) most += v->items[i].n_sources;
    v->orgs = arena_alloc(arena, most, sizeof *v->orgs);
    struct map *known = map_new();
    for (size_t i = 0; i < v->counts.items; i++) {
        const struct coverage_item *item = &v->items[i];
        for (size_t k = 0; k < item->n_sources; k++) {
            const struct coverage_ref *org = item->sources[k].org;
            uint32_t at = map_add(known, org->uid, strlen(org->uid), (uint32_t)v->n_orgs);
            if (at == v->n_orgs) {
                struct coverage_org new_one = {.ref = org};
                v->orgs[v->n_orgs++] = new_one;
            }
            v->orgs[at].items++;
            v->orgs[at].n_sole += item->n_sources == 1;
            v->orgs[at].n_pair += item->n_sources == 2;
        }
    }
    for (size_t i = 0; i < v->n_orgs; i++) {
        v->orgs[i].sole = arena_alloc(arena, v->orgs[i].n_sole, sizeof *v->orgs[i].sole);
        v->orgs[i].pair = arena_alloc(arena, v->orgs[i].n_pair, sizeof *v->orgs[i].pair);
        v->orgs[i].n_sole = v->orgs[i].n_pair = 0;
    }
    for (size_t i = 0; i < v->counts.items; i++) {
        const struct coverage_item *item = &v->items[i];
        for (size_t k = 0; k < item->n_sources && item->n_sources <= 2; k++) {
            const char *uid = item->sources[k].org->uid;
            struct coverage_org *org = &v->orgs[map_get(known, uid, strlen(uid))];
            if (item->n_sources == 1)
                org->sole[org->n_sole++] = item;
            else
                org->pair[org->n_pair++] = item;
        }
    }
    map_free(known);
    if (v->n_orgs) qsort(v->orgs, v->n_orgs, sizeof *v->orgs, compare_orgs);
}

/* ---- over time ------------------------------------------------------------------------------- */

enum { MONTH_CHARS = 7 };

/* The last day at or before a date; dates are YYYY-MM-DD or YYYY-MM. */
static int day_by(const struct coverage *c, const char *date)
{
    int day = BEFORE_ALL;
    while ((size_t)(day + 1) < c->days.len && strncmp(c->days.at[day + 1], date, strlen(date)) <= 0)
        day++;
    return day;
}

static void over_time(struct look *l, struct coverage_view *v)
{
    const struct coverage *c = l->c;
    v->by_month = c->days.len > COVERAGE_DAYS_MAX;
    v->points = arena_alloc(l->arena, c->days.len, sizeof *v->points);
    for (size_t i = 0; i < c->days.len; i++) {
        const char *date = c->days.at[i];
        bool last = i + 1 == c->days.len || strncmp(date, c->days.at[i + 1], MONTH_CHARS) != 0;
        if (v->by_month && !last) continue;
        struct coverage_counts counts = counts_at(l, (int)i);
        if (counts.items == 0 && v->n_points == 0) continue; /* nothing to cover yet */
        v->points[v->n_points++] = (struct coverage_point){
            v->by_month ? arena_strndup(l->arena, date, MONTH_CHARS) : date, counts};
    }
}

/* The last day of the month before a date's. */
static const char *month_before(const char *date, struct arena *arena)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = (int)strtol(date, NULL, 10), month = (int)strtol(date + 5, NULL, 10) - 1;
    if (month < 1 || month > 11) {
        month = 12;
        year--;
    }
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return arena_printf(arena, "%04d-%02d-%02d", year, month,
                        days[month - 1] + (month == 2 && leap));
}

static void since_then(struct look *l, int day, struct coverage_view *v)
{
    const struct coverage *c = l->c;
    v->since = month_before(v->as_of, l->arena);
    int then = day_by(c, v->since);
    v->moves = arena_alloc(l->arena, c->items.len, sizeof *v->moves);
    for (size_t i = 0; i < c->items.len; i++) {
        const struct judged *item = &c->items.at[i];
        if (!in_chain(l, item)) continue;
        struct coverage_move m = {&item->known.ref, item->chain, status_at(l, item, then),
                                  status_at(l, item, day)};
        if (m.before != m.after) v->moves[v->n_moves++] = m;
    }
}

void coverage_look(const struct coverage *c, const char *chain, const char *at, struct arena *arena,
                   struct coverage_view *out)
{
    struct look l = {.c = c, .chain = chain, .arena = arena};
    l.seen = arena_zalloc(arena, c->orgs.len, sizeof *l.seen);
    *out = (struct coverage_view){0};
    int day = at ? day_by(c, at) : (int)c->days.len - 1;
    out->items = arena_alloc(arena, c->items.len, sizeof *out->items);
    for (size_t i = 0; i < c->items.len; i++) {
        const struct judged *item = &c->items.at[i];
        if (!in_chain(&l, item) || !stay_at(&item->known, day)) continue;
        fill_item(&l, item, day, &out->items[out->counts.items]);
        out->thin += out->items[out->counts.items].thin;
        count(&out->counts, out->items[out->counts.items].coverage);
    }
    by_chain(out, arena);
    by_org(out, arena);
    over_time(&l, out);
    if (c->days.len == 0) return;
    out->as_of = at ? arena_strdup(arena, at) : c->days.at[day];
    since_then(&l, day, out);
}
