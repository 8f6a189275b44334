/* What stands in the way: the smallest set of constraints to drop is a smallest hitting set of the
 * sets of constraints that contradict each other (Reiter, A theory of diagnosis from first
 * principles, 1987). Such sets are found as they are needed, by leaving out whatever can be left
 * out with the contradiction still there. */
#include "base/base.h"

#include "base/mem.h"
#include "base/vec.h"
#include "matcher/compose_impl.h"

#include <string.h>

enum {
    TESTS = 8000,        /* questions whether something is feasible, at most */
    TEST_EFFORT = 20000, /* of each */
    DROPS = 12           /* tried exactly; more than that is not what people can take in */
};

struct item {
    struct compose_relaxation what;
    uint32_t row, candidate; /* in the model; UINT32_MAX: not that */
};

struct relaxer {
    const struct model *m;
    struct state state;
    VEC(struct item) items; /* in the order in which they are given up rather */
    bool *dropped, *kept;   /* of items; kept: dropping it was looked at elsewhere */
    bool *unlocked;         /* of candidates */
    uint32_t drop[DROPS], best[DROPS];
    bool found;
    size_t tests;
    VEC(uint32_t) known; /* contradictions found so far: how many items, which */
};

/* ---- the candidates that matter ----------------------------------------------------------------
 */

static int by_rows(const void *a, const void *b, void *model)
{
    const struct model *m = *(const struct model **)model;
    uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    uint32_t n = m->row_start[i + 1] - m->row_start[i], k = m->row_start[j + 1] - m->row_start[j];
    if (n != k) return n < k ? -1 : 1;
    for (uint32_t x = 0; x < n; x++) {
        uint32_t of_i = m->row_of[m->row_start[i] + x], of_j = m->row_of[m->row_start[j] + x];
        if (of_i != of_j) return of_i < of_j ? -1 : 1;
    }
    return 0;
}

static int by_rows_and_key(const void *a, const void *b, void *model)
{
    int order = by_rows(a, b, model);
    uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    return order ? order : (i > j) - (i < j);
}

/* How many of those that all constraints treat alike can be of use. If they exclude each other, k
 * of them cost k (k - 1) / 2 drops, and dropping every demand does without them. */
static uint32_t useful(const struct model *m, uint32_t i, size_t n_demands)
{
    uint32_t k = 1;
    for (uint32_t x = m->row_start[i]; x < m->row_start[i + 1]; x++)
        if (m->rows[m->row_of[x]].block == BLOCK_GROUP) {
            while (k < COMPOSE_MEMBERS && (size_t)k * (k + 1) / 2 <= n_demands) k++;
            return k;
        }
    return COMPOSE_MEMBERS;
}

/* Scores do not matter, nor does who is neither locked nor demanded. number: of each kept one, the
 * number in p. */
static void reduce(const struct compose_problem *p, struct compose_problem *out, uint32_t *number,
                   struct arena *arena)
{
    struct compose_problem bare = *p;
    bare.n_subtopics = 0;
    const struct model *m = model_new(&bare, false, arena);
    uint32_t *order = arena_alloc(arena, m->n, sizeof *order), n = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        bool matters = m->locked[i];
        for (uint32_t x = m->row_start[i]; x < m->row_start[i + 1]; x++)
            matters |= m->rows[m->row_of[x]].at_least;
        if (matters) order[n++] = i;
    }
    if (n) qsort_r(order, n, sizeof *order, by_rows_and_key, &m);
    struct compose_candidate *kept = arena_alloc(arena, n, sizeof *kept);
    uint32_t *back = arena_alloc(arena, p->n, sizeof *back), alike = 0;
    memset(back, 0xff, p->n * sizeof *back);
    *out = bare;
    out->n = 0;
    for (uint32_t x = 0; x < n; x++) {
        uint32_t i = order[x];
        if (x && by_rows(&order[x - 1], &order[x], &m)) alike = 0;
        if (!m->locked[i] && alike++ >= useful(m, i, p->n_demands)) continue;
        back[m->origin[i]] = (uint32_t)out->n;
        number[out->n] = m->origin[i];
        kept[out->n++] = p->candidates[m->origin[i]];
    }
    out->candidates = kept;

    struct compose_conflict *conflicts = arena_alloc(arena, p->n_conflicts, sizeof *conflicts);
    out->n_conflicts = 0;
    for (size_t i = 0; i < p->n_conflicts; i++) {
        uint32_t a = back[p->conflicts[i].a], b = back[p->conflicts[i].b];
        if (a != UINT32_MAX && b != UINT32_MAX)
            conflicts[out->n_conflicts++] = (struct compose_conflict){a, b};
    }
    out->conflicts = conflicts;
    struct compose_avoid *avoids = arena_alloc(arena, p->n_avoids, sizeof *avoids);
    for (size_t d = 0; d < p->n_avoids; d++) {
        uint32_t *members = arena_alloc(arena, p->avoids[d].n, sizeof *members);
        avoids[d] = (struct compose_avoid){members, 0, p->avoids[d].most};
        for (size_t i = 0; i < p->avoids[d].n; i++)
            if (back[p->avoids[d].members[i]] != UINT32_MAX)
                members[avoids[d].n++] = back[p->avoids[d].members[i]];
    }
    out->avoids = avoids;
}

/* ---- contradictions ----------------------------------------------------------------------------
 */

static enum verdict possible(struct relaxer *x)
{
    struct state *s = &x->state;
    if (x->tests == 0) return VERDICT_UNKNOWN;
    x->tests--;
    s->most = x->m->most;
    for (size_t k = 0; k < x->items.len; k++) {
        const struct item *item = &x->items.at[k];
        if (item->row != UINT32_MAX) s->off[item->row] = x->dropped[k];
        if (item->candidate != UINT32_MAX) x->unlocked[item->candidate] = x->dropped[k];
        if (item->what.block == BLOCK_MOST && x->dropped[k]) s->most = COMPOSE_MEMBERS;
    }
    size_t effort = TEST_EFFORT;
    enum verdict v = VERDICT_NO;
    if (state_start(s, x->unlocked)) v = feasible(s, &effort);
    state_undo(s, 0);
    return v;
}

/* One that is known and of which nothing is dropped; 0: none is. */
static size_t recall(const struct relaxer *x, uint32_t *core)
{
    for (size_t at = 0; at < x->known.len; at += 1 + x->known.at[at]) {
        size_t n = x->known.at[at];
        bool whole = true;
        for (size_t k = 0; k < n; k++) whole = whole && !x->dropped[x->known.at[at + 1 + k]];
        if (!whole) continue;
        memcpy(core, x->known.at + at + 1, n * sizeof *core);
        return n;
    }
    return 0;
}

/* Items that contradict each other, as few as can be had by leaving out, into `core`; all others
 * are left out for a while. Returns how many. */
static size_t contradiction(struct relaxer *x, uint32_t *core)
{
    size_t n = recall(x, core), left = 0;
    if (n) return n;
    bool *before = mem_dup(x->dropped, x->items.len * sizeof *before);
    for (size_t k = 0; k < x->items.len; k++)
        if (!x->dropped[k]) core[n++] = (uint32_t)k;
    for (size_t size = MAX(n / 2, (size_t)1);; size = (size + 1) / 2) {
        left = 0;
        for (size_t k = 0; k < n; k += size) {
            size_t end = MIN(k + size, n);
            for (size_t j = k; j < end; j++) x->dropped[core[j]] = true;
            if (possible(x) == VERDICT_NO) continue;
            for (size_t j = k; j < end; j++) {
                x->dropped[core[j]] = false;
                core[left++] = core[j];
            }
        }
        n = left;
        if (size == 1) break;
    }
    memcpy(x->dropped, before, x->items.len * sizeof *before);
    free(before);
    if (x->tests == 0) return n; /* too many perhaps */
    vec_push(&x->known, (uint32_t)n);
    for (size_t k = 0; k < n; k++) vec_push(&x->known, core[k]);
    return n;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void take(struct relaxer *x, size_t n)
{
    uint32_t sorted[DROPS];
    memcpy(sorted, x->drop, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, ascending);
    for (size_t k = 0; x->found && k < n; k++) {
        if (sorted[k] > x->best[k]) return;
        if (sorted[k] < x->best[k]) break;
    }
    memcpy(x->best, sorted, n * sizeof *sorted);
    x->found = true;
}

/* Do the items left contradict each other more than `most` times over, with no item in two of the
 * contradictions? One of them is known. */
static bool too_many(struct relaxer *x, const uint32_t *core, size_t n_core, size_t most)
{
    bool *before = mem_dup(x->dropped, x->items.len * sizeof *before);
    uint32_t *next = mem_dup(core, x->items.len * sizeof *next);
    size_t found = 1;
    for (;;) {
        for (size_t k = 0; k < n_core; k++) x->dropped[next[k]] = true;
        n_core = recall(x, next);
        if (found > most || (!n_core && possible(x) != VERDICT_NO)) break;
        if (!n_core) n_core = contradiction(x, next);
        found++;
    }
    memcpy(x->dropped, before, x->items.len * sizeof *before);
    free(before);
    free(next);
    return found > most;
}

/* All ways to drop `size` items, of which n are dropped already. */
static void hit(struct relaxer *x, size_t n, size_t size)
{
    uint32_t *core = mem_alloc(x->items.len, sizeof *core);
    enum verdict v = recall(x, core) ? VERDICT_NO : possible(x);
    if (v == VERDICT_YES) take(x, n);
    if (v != VERDICT_NO || n == size) {
        free(core);
        return;
    }
    size_t n_core = contradiction(x, core), tried = 0;
    if (too_many(x, core, n_core, size - n)) n_core = 0;
    for (size_t k = 0; k < n_core; k++) {
        if (x->kept[core[k]]) continue;
        x->dropped[core[k]] = true;
        x->drop[n] = core[k];
        hit(x, n + 1, size);
        x->dropped[core[k]] = false;
        x->kept[core[k]] = true;
        core[tried++] = core[k];
    }
    for (size_t k = 0; k < tried; k++) x->kept[core[k]] = false;
    free(core);
}

/* Where the smallest is out of reach: something that will do. Locks go first, the last of them
 * before others, for each may stand in several ways. */
static size_t give_way(struct relaxer *x, uint32_t *drop)
{
    size_t n = 0;
    uint32_t *core = mem_alloc(x->items.len, sizeof *core);
    for (x->tests = SIZE_MAX; n < x->items.len && possible(x) != VERDICT_YES; n++) {
        size_t n_core = contradiction(x, core), at = 0;
        if (n_core == 0) break;
        for (size_t k = 0; k < n_core; k++)
            if (x->items.at[core[k]].what.block == BLOCK_LOCK) at = k;
        x->dropped[core[at]] = true;
        drop[n] = core[at];
    }
    free(core);
    return n;
}

/* ---- in and out --------------------------------------------------------------------------------
 */

static void add_rows(struct relaxer *x, enum compose_block block, const uint32_t *number)
{
    for (uint32_t r = 0; r < x->m->n_rows; r++) {
        const struct row *row = &x->m->rows[r];
        if (row->block != block) continue;
        struct compose_relaxation what = {block, row->a, row->b};
        if (block != BLOCK_DEMAND)
            what = (struct compose_relaxation){block, number[row->a], number[row->b]};
        vec_push(&x->items, (struct item){what, r, UINT32_MAX});
    }
}

static void add_items(struct relaxer *x, const uint32_t *number)
{
    add_rows(x, BLOCK_CONFLICT, number);
    add_rows(x, BLOCK_GROUP, number);
    if (x->m->most < COMPOSE_MEMBERS)
        vec_push(&x->items, (struct item){{BLOCK_MOST, 0, 0}, UINT32_MAX, UINT32_MAX});
    for (uint32_t i = 0; i < x->m->n; i++)
        if (x->m->locked[i])
            vec_push(&x->items,
                     (struct item){{BLOCK_LOCK, number[x->m->origin[i]], 0}, UINT32_MAX, i});
    add_rows(x, BLOCK_DEMAND, number);
}

/* The least cap that will do with the rest dropped. */
static uint32_t enough(struct relaxer *x)
{
    struct model wider = *x->m;
    const struct model *m = x->m;
    x->m = &wider;
    for (size_t k = 0; k < x->items.len; k++)
        if (x->items.at[k].what.block == BLOCK_MOST) x->dropped[k] = false;
    x->tests = COMPOSE_MEMBERS;
    for (wider.most = m->most + 1; wider.most < COMPOSE_MEMBERS; wider.most++)
        if (possible(x) == VERDICT_YES) break;
    x->m = m;
    return wider.most;
}

static size_t relax(struct relaxer *x, uint32_t *drop)
{
    x->tests = TESTS;
    if (possible(x) != VERDICT_NO) return 0;
    for (size_t size = 1; size <= DROPS && x->tests; size++) {
        hit(x, 0, size);
        if (x->found) {
            memcpy(drop, x->best, size * sizeof *drop);
            return size;
        }
    }
    return give_way(x, drop);
}

size_t compose_relax(const struct compose_problem *p, struct arena *arena,
                     struct compose_relaxation **out)
{
    struct arena scratch;
    arena_init(&scratch);
    struct compose_problem reduced;
    uint32_t *number = arena_alloc(&scratch, p->n, sizeof *number);
    reduce(p, &reduced, number, &scratch);
    struct relaxer x = {.m = model_new(&reduced, true, &scratch)};
    state_init(&x.state, x.m, &scratch);
    add_items(&x, number);
    x.dropped = arena_zalloc(&scratch, x.items.len, sizeof *x.dropped);
    x.kept = arena_zalloc(&scratch, x.items.len, sizeof *x.kept);
    x.unlocked = arena_zalloc(&scratch, x.m->n, sizeof *x.unlocked);
    uint32_t *drop = arena_alloc(&scratch, x.items.len + DROPS, sizeof *drop);

    size_t n = relax(&x, drop);
    *out = arena_alloc(arena, n, sizeof **out);
    memset(x.dropped, 0, x.items.len * sizeof *x.dropped);
    for (size_t k = 0; k < n; k++) {
        (*out)[k] = x.items.at[drop[k]].what;
        x.dropped[drop[k]] = true;
    }
    for (size_t k = 0; k < n; k++)
        if ((*out)[k].block == BLOCK_MOST) (*out)[k].a = enough(&x);
    vec_free(&x.items);
    vec_free(&x.known);
    arena_free(&scratch);
    return n;
}
