#include "base/base.h"

#include "base/vec.h"
#include "matcher/history.h"
#include "matcher/precedent.h"

#include <stdlib.h>
#include <string.h>

enum { NEWCOMER_RECORDS = 2 };

/* Ties of an organisation are tie[start[org]] to tie[start[org + 1]], ascending by partner. */
struct history {
    size_t n;        /* organisations, snapshot_size */
    uint32_t *start; /* n + 1 */
    struct history_tie *tie;
    uint32_t *work; /* pieces of work with others, by organisation */
    size_t known, pieces;
};

/* ---- reading --------------------------------------------------------------------------------- */

/* A pair of organisations, the smaller in the upper half, for each piece of work they share. */
struct pairs {
    uint64_t *at;
    size_t len, cap;
};

struct reader {
    const struct snapshot *s;
    struct history *h;
    struct pairs pairs;
};

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* One piece of work by these; who is named twice counts once. */
static void add_work(struct reader *r, uint32_t *orgs, size_t n)
{
    size_t kept = 0;
    qsort(orgs, n, sizeof *orgs, compare_u32);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || orgs[kept - 1] != orgs[i]) orgs[kept++] = orgs[i];
    if (kept < 2) return;
    r->h->pieces++;
    for (size_t i = 0; i < kept; i++) {
        r->h->work[orgs[i]]++;
        for (size_t k = i + 1; k < kept; k++)
            vec_push(&r->pairs, (uint64_t)orgs[i] << 32 | orgs[k]);
    }
}

/* Results that belong to several. */
static void read_results(struct reader *r)
{
    size_t size = snapshot_size(r->s, KIND_CAPABILITY);
    for (uint32_t ord = 0; ord < size; ord++) {
        const uint32_t *owners;
        size_t n = snapshot_owners(r->s, KIND_CAPABILITY, ord, &owners);
        uint32_t orgs[HISTORY_CROWD];
        if (n < 2 || n > HISTORY_CROWD || !snapshot_record(r->s, KIND_CAPABILITY, ord)) continue;
        memcpy(orgs, owners, n * sizeof *orgs);
        add_work(r, orgs, n);
    }
}

/* Consortia agreed upon here, and those of the past that were imported. */
static void read_consortia(struct reader *r)
{
    size_t size = snapshot_size(r->s, KIND_CONSORTIUM);
    for (uint32_t ord = 0; ord < size; ord++) {
        const struct record *c = snapshot_record(r->s, KIND_CONSORTIUM, ord);
        uint32_t orgs[HISTORY_CROWD];
        size_t n = 0;
        if (!c || c->n_owners > HISTORY_CROWD) continue;
        for (size_t i = 0; i < c->n_owners; i++) {
            uint32_t org = snapshot_find(r->s, KIND_ORG, c->owners[i]);
            if (org != UINT32_MAX) orgs[n++] = org;
        }
        add_work(r, orgs, n);
    }
}

/* Introductions that led to a contract: the need's owner and who offered, which is the
 * capability's main owner where only the capability is named. */
static void read_contracts(struct reader *r)
{
    size_t size = snapshot_size(r->s, KIND_INTRODUCTION);
    for (uint32_t ord = 0; ord < size; ord++) {
        const struct record *i = snapshot_record(r->s, KIND_INTRODUCTION, ord);
        const uint32_t *owners;
        uint32_t pair[2] = {UINT32_MAX, UINT32_MAX};
        if (!i || !precedent_is_open(i)) continue;
        uint32_t need = snapshot_find(r->s, KIND_NEED, i->value[FIELD_NEED_ID]);
        if (need != UINT32_MAX && snapshot_owners(r->s, KIND_NEED, need, &owners))
            pair[0] = owners[0];
        const char *offered = i->value[FIELD_CAPABILITY_ID];
        uint32_t capability = offered ? snapshot_find(r->s, KIND_CAPABILITY, offered) : UINT32_MAX;
        if (i->n_owners)
            pair[1] = snapshot_find(r->s, KIND_ORG, i->owners[0]);
        else if (capability != UINT32_MAX &&
                 snapshot_owners(r->s, KIND_CAPABILITY, capability, &owners))
            pair[1] = owners[0];
        if (pair[0] != UINT32_MAX && pair[1] != UINT32_MAX) add_work(r, pair, 2);
    }
}

/* ---- the graph ------------------------------------------------------------------------------- */

/* Sorts the pairs, counts equal ones, and lays each out as a tie of either side. */
static void lay_out(struct history *h, struct pairs *pairs, struct arena *arena)
{
    size_t kinds = 0;
    struct {
        uint32_t a, b, joint;
    } *of = arena_alloc(arena, pairs->len, sizeof *of);
    if (pairs->len) qsort(pairs->at, pairs->len, sizeof *pairs->at, compare_u64);
    for (size_t i = 0; i < pairs->len; i++) {
        uint32_t a = (uint32_t)(pairs->at[i] >> 32), b = (uint32_t)pairs->at[i];
        if (kinds && of[kinds - 1].a == a && of[kinds - 1].b == b) {
            of[kinds - 1].joint++;
            continue;
        }
        of[kinds].a = a, of[kinds].b = b, of[kinds].joint = 1;
        kinds++;
    }
    h->start = arena_zalloc(arena, h->n + 2, sizeof *h->start);
    h->tie = arena_alloc(arena, 2 * kinds, sizeof *h->tie);
    /* One place further, so that filling moves each start to where it belongs. */
    for (size_t i = 0; i < kinds; i++) h->start[of[i].a + 2]++, h->start[of[i].b + 2]++;
    for (size_t org = 0; org < h->n; org++) {
        h->known += h->start[org + 2] > 0;
        h->start[org + 2] += h->start[org + 1];
    }
    /* Pairs are sorted by (a, b): for each org those where it is b come in the order of a < org,
     * and all of them before those where it is a. */
    for (size_t i = 0; i < kinds; i++)
        h->tie[h->start[of[i].b + 1]++] = (struct history_tie){of[i].a, of[i].joint};
    for (size_t i = 0; i < kinds; i++)
        h->tie[h->start[of[i].a + 1]++] = (struct history_tie){of[i].b, of[i].joint};
}

const struct history *history_of(const struct snapshot *s, struct arena *arena)
{
    struct history *h = arena_zalloc(arena, 1, sizeof *h);
    struct reader r = {.s = s, .h = h};
    h->n = snapshot_size(s, KIND_ORG);
    h->work = arena_zalloc(arena, h->n, sizeof *h->work);
    read_results(&r);
    read_consortia(&r);
    read_contracts(&r);
    lay_out(h, &r.pairs, arena);
    vec_free(&r.pairs);
    return h;
}

/* ---- asking ---------------------------------------------------------------------------------- */

size_t history_ties(const struct history *h, uint32_t org, const struct history_tie **ties)
{
    *ties = org < h->n ? h->tie + h->start[org] : NULL;
    return org < h->n ? h->start[org + 1] - h->start[org] : 0;
}

size_t history_joint(const struct history *h, uint32_t a, uint32_t b)
{
    const struct history_tie *ties;
    size_t low = 0, high = history_ties(h, a, &ties);
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (ties[mid].org == b) return ties[mid].joint;
        if (ties[mid].org < b)
            low = mid + 1;
        else
            high = mid;
    }
    return 0;
}

size_t history_known(const struct history *h, size_t *pieces)
{
    *pieces = h->pieces;
    return h->known;
}

size_t history_experience(const struct history *h, uint32_t org)
{
    return org < h->n ? h->work[org] : 0;
}

float history_closeness(const struct history *h, uint32_t a, uint32_t b)
{
    float joint = (float)history_joint(h, a, b);
    return joint / (1 + joint);
}

bool history_newcomer(const struct history *h, const struct snapshot *s, uint32_t org)
{
    const uint32_t *owned;
    const struct history_tie *ties;
    return history_ties(h, org, &ties) == 0 && snapshot_owned(s, org, &owned) <= NEWCOMER_RECORDS;
}
