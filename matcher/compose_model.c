#include "base/base.h"

#include "base/mem.h"
#include "base/vec.h"
#include "matcher/compose_impl.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* ---- the problem by key and in whole numbers --------------------------------------------------
 */

struct by_key {
    const struct compose_candidate *candidates;
};

static int by_key(const void *a, const void *b, void *context)
{
    const struct compose_candidate *c = ((const struct by_key *)context)->candidates;
    return strcmp(c[*(const uint32_t *)a].key, c[*(const uint32_t *)b].key);
}

/* The greatest power of two that keeps values small enough to be summed up exactly. */
static double scale_of(const struct compose_problem *p)
{
    double sum = 0;
    for (size_t t = 0; t < p->n_subtopics; t++) sum += p->weight[t];
    for (size_t i = 0; i < p->n; i++) sum = MAX(sum, fabs(p->candidates[i].cost));
    return sum > 0 ? ldexp(1, 35 - ilogb(sum)) : 1;
}

static void copy_candidates(struct model *m, const struct compose_problem *p, struct arena *arena)
{
    uint32_t *origin = arena_alloc(arena, m->n, sizeof *origin);
    for (uint32_t i = 0; i < m->n; i++) origin[i] = i;
    /* By way of a struct, because qsort_r wants what it hands on writable. */
    struct by_key context = {p->candidates};
    if (m->n) qsort_r(origin, m->n, sizeof *origin, by_key, &context);

    double *unit = arena_zalloc(arena, (size_t)m->n * m->stride, sizeof *unit);
    double *cost = arena_alloc(arena, m->n, sizeof *cost);
    uint32_t *load = arena_alloc(arena, m->n, sizeof *load);
    bool *locked = arena_alloc(arena, m->n, sizeof *locked);
    for (uint32_t i = 0; i < m->n; i++) {
        const struct compose_candidate *c = &p->candidates[origin[i]];
        for (uint32_t t = 0; t < m->n_subtopics; t++)
            unit[i * m->stride + t] = rint((double)c->score[t] * p->weight[t] * m->scale);
        cost[i] = rint(c->cost * 10 * m->scale);
        load[i] = MIN(c->load, m->n_subtopics);
        locked[i] = c->locked;
    }
    m->origin = origin;
    m->unit = unit;
    m->cost = cost;
    m->load = load;
    m->locked = locked;
}

/* ---- constraints ------------------------------------------------------------------------------
 */

struct rows {
    struct model *m;
    const struct compose_problem *p;
    struct arena *arena;
    const uint32_t *number; /* in the model, by number in the problem */
    VEC(struct row) all;
};

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void add_row(struct rows *r, struct row row, const uint32_t *members, size_t n)
{
    uint32_t *own = arena_alloc(r->arena, n, sizeof *own);
    if (n) memcpy(own, members, n * sizeof *own);
    if (n) qsort(own, n, sizeof *own, ascending);
    row.members = own;
    row.n = (uint32_t)n;
    vec_push(&r->all, row);
}

static void add_demands(struct rows *r, uint32_t *list)
{
    for (size_t d = 0; d < r->p->n_demands; d++) {
        const struct compose_demand *demand = &r->p->demands[d];
        size_t n = 0;
        for (uint32_t i = 0; i < r->m->n; i++)
            if (r->p->candidates[r->m->origin[i]].classes & demand->classes) list[n++] = i;
        if (demand->least)
            add_row(r,
                    (struct row){.block = BLOCK_DEMAND,
                                 .at_least = true,
                                 .bound = (uint32_t)MIN(demand->least, UINT32_MAX / 2),
                                 .a = (uint32_t)d},
                    list, n);
    }
}

static void add_pair(struct rows *r, enum compose_block block, const uint32_t *pair)
{
    add_row(r,
            (struct row){
                .block = block, .bound = 1, .a = r->m->origin[pair[0]], .b = r->m->origin[pair[1]]},
            pair, 2);
}

static int by_pair(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return x[0] != y[0] ? ascending(x, y) : ascending(x + 1, y + 1);
}

/* Said twice or the other way round, a conflict is one conflict. */
static void add_conflicts(struct rows *r)
{
    uint32_t(*pairs)[2] = mem_alloc(r->p->n_conflicts, sizeof *pairs);
    size_t n = 0;
    for (size_t i = 0; i < r->p->n_conflicts; i++) {
        const struct compose_conflict *c = &r->p->conflicts[i];
        assert(c->a < r->m->n && c->b < r->m->n);
        if (c->a == c->b) continue;
        uint32_t a = r->number[c->a], b = r->number[c->b];
        pairs[n][0] = MIN(a, b);
        pairs[n++][1] = MAX(a, b);
    }
    if (n) qsort(pairs, n, sizeof *pairs, by_pair);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || by_pair(pairs[i - 1], pairs[i])) add_pair(r, BLOCK_CONFLICT, pairs[i]);
    free(pairs);
}

struct grouped {
    uint32_t group, i;
};

static int by_group(const void *a, const void *b)
{
    const struct grouped *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    return (x->i > y->i) - (x->i < y->i);
}

static void add_groups(struct rows *r, bool pairs, uint32_t *list)
{
    struct grouped *all = mem_alloc(r->m->n, sizeof *all);
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->m->n; i++) {
        uint32_t group = r->p->candidates[r->m->origin[i]].group;
        if (group) all[n++] = (struct grouped){group, i};
    }
    if (n) qsort(all, n, sizeof *all, by_group);
    for (uint32_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && all[end].group == all[i].group; end++) list[end - i] = all[end].i;
        if (end - i == 1) continue;
        if (!pairs)
            add_row(r, (struct row){.block = BLOCK_GROUP, .bound = 1}, list, end - i);
        else
            for (uint32_t x = i; x < end; x++)
                for (uint32_t y = x + 1; y < end; y++)
                    add_pair(r, BLOCK_GROUP, (uint32_t[2]){all[x].i, all[y].i});
    }
    free(all);
}

static void add_avoids(struct rows *r, uint32_t *list)
{
    for (size_t d = 0; d < r->p->n_avoids; d++) {
        const struct compose_avoid *avoid = &r->p->avoids[d];
        if (avoid->n <= avoid->most) continue;
        assert(avoid->n <= r->m->n);
        for (size_t i = 0; i < avoid->n; i++) list[i] = r->number[avoid->members[i]];
        add_row(r, (struct row){.block = BLOCK_MOST, .bound = (uint32_t)avoid->most}, list,
                avoid->n);
    }
}

/* From rows to their members there is a list already; this is the way back. */
static void turn_round(struct model *m, struct arena *arena)
{
    uint32_t *start = arena_zalloc(arena, m->n + 2, sizeof *start), total = 0;
    for (uint32_t r = 0; r < m->n_rows; r++) {
        total += m->rows[r].n;
        for (uint32_t i = 0; i < m->rows[r].n; i++) start[m->rows[r].members[i] + 2]++;
    }
    for (uint32_t i = 2; i < m->n + 2; i++) start[i] += start[i - 1];
    uint32_t *of = arena_alloc(arena, total, sizeof *of);
    for (uint32_t r = 0; r < m->n_rows; r++)
        for (uint32_t i = 0; i < m->rows[r].n; i++) of[start[m->rows[r].members[i] + 1]++] = r;
    m->row_start = start;
    m->row_of = of;
}

static void make_rows(struct model *m, const struct compose_problem *p, bool pairs,
                      struct arena *arena)
{
    uint32_t *number = mem_alloc(m->n, sizeof *number), *list = mem_alloc(m->n, sizeof *list);
    for (uint32_t i = 0; i < m->n; i++) number[m->origin[i]] = i;
    struct rows r = {.m = m, .p = p, .arena = arena, .number = number};
    add_conflicts(&r);
    add_groups(&r, pairs, list);
    add_demands(&r, list);
    add_avoids(&r, list);
    struct row *rows = arena_alloc(arena, r.all.len, sizeof *rows);
    if (r.all.len) memcpy(rows, r.all.at, r.all.len * sizeof *rows);
    m->rows = rows;
    m->n_rows = (uint32_t)r.all.len;
    vec_free(&r.all);
    free(number);
    free(list);
    turn_round(m, arena);
}

const struct model *model_new(const struct compose_problem *p, bool pairs, struct arena *arena)
{
    assert(p->n <= COMPOSE_CANDIDATES && p->n_subtopics <= COMPOSE_SUBTOPICS &&
           p->most <= COMPOSE_MEMBERS);
    struct model *m = arena_zalloc(arena, 1, sizeof *m);
    m->n = (uint32_t)p->n;
    m->n_subtopics = (uint32_t)p->n_subtopics;
    m->stride = (m->n_subtopics + 1) & ~1u;
    m->most = p->most ? (uint32_t)p->most : COMPOSE_MEMBERS;
    m->scale = scale_of(p);
    copy_candidates(m, p, arena);
    make_rows(m, p, pairs, arena);
    return m;
}

bool model_row_dominates(const struct model *m, uint32_t i, uint32_t j)
{
    uint32_t a = m->row_start[i], a_end = m->row_start[i + 1];
    uint32_t b = m->row_start[j], b_end = m->row_start[j + 1];
    while (a < a_end || b < b_end) {
        uint32_t of_i = a < a_end ? m->row_of[a] : UINT32_MAX;
        uint32_t of_j = b < b_end ? m->row_of[b] : UINT32_MAX;
        if (of_i < of_j && !m->rows[of_i].at_least) return false;
        if (of_j < of_i && m->rows[of_j].at_least) return false;
        a += of_i <= of_j;
        b += of_j <= of_i;
    }
    return true;
}

/* ---- decisions --------------------------------------------------------------------------------
 */

void state_init(struct state *s, const struct model *m, struct arena *arena)
{
    *s = (struct state){.m = m,
                        .most = m->most,
                        .status = arena_zalloc(arena, m->n, sizeof *s->status),
                        .off = arena_zalloc(arena, m->n_rows, sizeof *s->off),
                        .in = arena_alloc(arena, COMPOSE_MEMBERS + 1, sizeof *s->in),
                        .row_in = arena_zalloc(arena, m->n_rows, sizeof *s->row_in),
                        .row_free = arena_alloc(arena, m->n_rows, sizeof *s->row_free),
                        .trail = arena_alloc(arena, m->n, sizeof *s->trail)};
    for (uint32_t r = 0; r < m->n_rows; r++) s->row_free[r] = m->rows[r].n;
}

static bool note(struct state *s, uint32_t i, enum decision d)
{
    if (s->status[i] != DECISION_FREE) return s->status[i] == d;
    if (d == DECISION_IN && s->n_in == s->most) return false;
    s->status[i] = (uint8_t)d;
    s->trail[s->n_trail++] = i;
    if (d == DECISION_IN) s->in[s->n_in++] = i;
    for (uint32_t r = s->m->row_start[i]; r < s->m->row_start[i + 1]; r++) {
        s->row_free[s->m->row_of[r]]--;
        s->row_in[s->m->row_of[r]] += d == DECISION_IN;
    }
    return true;
}

static bool note_rest(struct state *s, uint32_t r, enum decision d)
{
    const struct row *row = &s->m->rows[r];
    for (uint32_t i = 0; i < row->n && s->row_free[r]; i++)
        if (s->status[row->members[i]] == DECISION_FREE && !note(s, row->members[i], d))
            return false;
    return true;
}

static bool imply(struct state *s, uint32_t r)
{
    const struct row *row = &s->m->rows[r];
    if (s->off[r]) return true;
    uint32_t in = s->row_in[r], left = s->row_free[r];
    if (!row->at_least)
        return in < row->bound || (in == row->bound && note_rest(s, r, DECISION_OUT));
    if (in + left < row->bound) return false;
    return in + left > row->bound || note_rest(s, r, DECISION_IN);
}

/* From the decisions noted at `from` and after to what they imply. */
static bool follow(struct state *s, uint32_t from)
{
    for (; from < s->n_trail; from++) {
        uint32_t i = s->trail[from];
        for (uint32_t r = s->m->row_start[i]; r < s->m->row_start[i + 1]; r++)
            if (!imply(s, s->m->row_of[r])) return false;
    }
    for (uint32_t r = 0; r < s->m->n_rows; r++) {
        const struct row *row = &s->m->rows[r];
        if (row->at_least && !s->off[r] && s->row_in[r] + (s->most - s->n_in) < row->bound)
            return false;
    }
    return true;
}

bool state_decide(struct state *s, uint32_t i, enum decision d)
{
    uint32_t from = s->n_trail;
    return note(s, i, d) && follow(s, from);
}

bool state_start(struct state *s, const bool *unlocked)
{
    for (uint32_t r = 0; r < s->m->n_rows; r++)
        if (!imply(s, r)) return false;
    for (uint32_t i = 0; i < s->m->n; i++)
        if (s->m->locked[i] && !(unlocked && unlocked[i]) && !note(s, i, DECISION_IN)) return false;
    return follow(s, 0);
}

void state_undo(struct state *s, uint32_t n_trail)
{
    while (s->n_trail > n_trail) {
        uint32_t i = s->trail[--s->n_trail];
        bool in = s->status[i] == DECISION_IN;
        s->status[i] = DECISION_FREE;
        s->n_in -= in;
        for (uint32_t r = s->m->row_start[i]; r < s->m->row_start[i + 1]; r++) {
            s->row_free[s->m->row_of[r]]++;
            s->row_in[s->m->row_of[r]] -= in;
        }
    }
}
