/* The bound: seats and constraints are bought at prices (Lagrangian relaxation).
 *
 * With prices p >= 0 on seats, a candidate's own best is to take, on at most `load` subtopics, the
 * seat where its units less the price are greatest; its gain is that less its cost. The best
 * `most` gains plus the sum of all prices is at least what any consortium is worth, whatever the
 * prices. As the inner problem has whole solutions, the least such bound equals the linear
 * relaxation with x <= y for each seat (Geoffrion, Lagrangean relaxation, 1974). Prices are whole
 * numbers, so each bound is exact, however its prices were found. */
#include "base/base.h"

#include "matcher/compose_impl.h"

#include <math.h>
#include <string.h>

/* What may still be gained at a node, as a part of what would settle it, that is not worth the
 * while. */
#define ENOUGH 0.01

enum { BUNDLE_WORK = 300 /* of a round, for each price, in the units of bound_work */ };

struct bounder {
    const struct model *m;
    size_t n_seats, n_prices; /* seats with the padding; with rows */
    double *price;            /* seats, then rows */
    double *slope;
    struct bundle *bundle;
    double *gain; /* of each free one, by its place in node->free */
    double row_limit;
    double best; /* at this node */
    size_t work;
};

/* The best at given prices. */
struct choice {
    double bound, base;                     /* base: of prices and of those that are in */
    uint32_t at[COMPOSE_MEMBERS + 1], n_at; /* places in node->free, by gain: one more than fit */
    uint32_t n;                             /* of them are chosen */
};

struct bounder *bounder_new(const struct model *m, struct arena *arena)
{
    struct bounder *b = arena_zalloc(arena, 1, sizeof *b);
    b->m = m;
    b->n_seats = (size_t)m->stride * COMPOSE_SEATS;
    b->n_prices = b->n_seats + m->n_rows;
    b->price = arena_zalloc(arena, b->n_prices, sizeof *b->price);
    b->bundle = bundle_new(b->n_prices, arena);
    b->slope = arena_zalloc(arena, b->n_prices, sizeof *b->slope);
    b->gain = arena_alloc(arena, m->n, sizeof *b->gain);
    /* Keeps every sum below 2^53. */
    b->row_limit = floor(ldexp(1, 50) / (COMPOSE_MEMBERS * (m->n_rows + 1.0)));
    return b;
}

void node_init(struct node *n, const struct model *m, struct arena *arena)
{
    size_t n_seats = (size_t)m->stride * COMPOSE_SEATS;
    *n = (struct node){.bound = INFINITY};
    n->prices.seat = arena_zalloc(arena, n_seats + m->n_rows, sizeof(double));
    n->prices.row = n->prices.seat + n_seats;
    n->free = arena_alloc(arena, m->n, sizeof *n->free);
}

void bound_shares(const struct bounder *b, double *share)
{
    bundle_shares(b->bundle, share);
}

size_t bound_work(const struct bounder *b)
{
    return b->work;
}

/* ---- one candidate -----------------------------------------------------------------------------
 */

/* What the seat that pays most on each subtopic pays. */
static void pays(const struct model *m, const double *price, uint32_t i, double *pay)
{
    const double *u = m->unit + (size_t)i * m->stride;
    const double *first = price, *second = price + m->stride, *third = second + m->stride;
    for (uint32_t t = 0; t < m->stride; t++) {
        double a = u[t] * 10 - first[t], b = u[t] * 3 - second[t], c = u[t] - third[t];
        a = a > b ? a : b;
        c = c > 0 ? c : 0;
        pay[t] = a > c ? a : c;
    }
}

static double greatest(const double *pay, uint32_t n, uint32_t load)
{
    double top[COMPOSE_SUBTOPICS] = {0}, sum = 0;
    if (load == 0) return 0;
    for (uint32_t t = 0; t < n; t++) {
        if (pay[t] <= top[load - 1]) continue;
        uint32_t at = load - 1;
        for (; at > 0 && top[at - 1] < pay[t]; at--) top[at] = top[at - 1];
        top[at] = pay[t];
    }
    for (uint32_t l = 0; l < load; l++) sum += top[l];
    return sum;
}

static double gain_of(const struct model *m, const double *seat, const double *row, uint32_t i)
{
    double pay[COMPOSE_SUBTOPICS], sum = -m->cost[i];
    pays(m, seat, i, pay);
    if (m->load[i] >= m->n_subtopics)
        for (uint32_t t = 0; t < m->n_subtopics; t++) sum += pay[t];
    else
        sum += greatest(pay, m->n_subtopics, m->load[i]);
    for (uint32_t x = m->row_start[i]; x < m->row_start[i + 1]; x++) {
        uint32_t r = m->row_of[x];
        sum += m->rows[r].at_least ? row[r] : -row[r];
    }
    return sum;
}

static double base_of(const struct bounder *b, const double *price)
{
    double sum = 0;
    for (size_t k = 0; k < b->n_seats; k++) sum += price[k];
    for (uint32_t r = 0; r < b->m->n_rows; r++) {
        double worth = price[b->n_seats + r] * b->m->rows[r].bound;
        sum += b->m->rows[r].at_least ? -worth : worth;
    }
    return sum;
}

double bound_gain(const struct bounder *b, const struct node *n, uint32_t i)
{
    return gain_of(b->m, n->prices.seat, n->prices.row, i);
}

double bound_base(const struct bounder *b, const struct node *n)
{
    return base_of(b, n->prices.seat);
}

/* ---- all of them -------------------------------------------------------------------------------
 */

/* False: too few are left. */
static bool choose(struct bounder *b, const struct state *s, const struct node *n, struct choice *c)
{
    const double *seat = b->price, *row = b->price + b->n_seats;
    uint32_t room = s->most - s->n_in, need = s->least > s->n_in ? s->least - s->n_in : 0;
    *c = (struct choice){.base = base_of(b, b->price)};
    for (uint32_t i = 0; i < s->n_in; i++) c->base += gain_of(b->m, seat, row, s->in[i]);
    for (uint32_t x = 0; x < n->n_free && room; x++) {
        double gain = gain_of(b->m, seat, row, n->free[x]);
        b->gain[x] = gain;
        if (c->n_at == room + 1 && gain <= b->gain[c->at[room]]) continue;
        uint32_t at = c->n_at <= room ? c->n_at++ : room;
        for (; at > 0 && b->gain[c->at[at - 1]] < gain; at--) c->at[at] = c->at[at - 1];
        c->at[at] = x;
    }
    c->bound = c->base;
    for (; c->n < MIN(c->n_at, room) && (c->n < need || b->gain[c->at[c->n]] > 0); c->n++)
        c->bound += b->gain[c->at[c->n]];
    return c->n >= need;
}

/* Takes what i would buy from the slope: the seats, and its part in each row. */
static void buy(struct bounder *b, uint32_t i)
{
    const struct model *m = b->m;
    double pay[COMPOSE_SUBTOPICS];
    pays(m, b->price, i, pay);
    const double *u = m->unit + (size_t)i * m->stride;
    for (uint32_t l = 0; l < m->load[i]; l++) {
        uint32_t best = 0;
        for (uint32_t t = 1; t < m->n_subtopics; t++)
            if (pay[t] > pay[best]) best = t;
        if (pay[best] <= 0) break;
        uint32_t k = pay[best] == u[best] * 10 - b->price[best]              ? 0
                     : pay[best] == u[best] * 3 - b->price[m->stride + best] ? 1
                                                                             : 2;
        b->slope[k * m->stride + best]--;
        pay[best] = 0;
    }
    for (uint32_t x = m->row_start[i]; x < m->row_start[i + 1]; x++) {
        uint32_t r = m->row_of[x];
        b->slope[b->n_seats + r] += m->rows[r].at_least ? 1 : -1;
    }
}

/* The subgradient: seats offered less those bought. False: all zero, no prices are better. */
static bool find_slope(struct bounder *b, const struct state *s, const struct node *n,
                       const struct choice *c)
{
    const struct model *m = b->m;
    for (size_t k = 0; k < b->n_seats; k++) b->slope[k] = k % m->stride < m->n_subtopics;
    for (uint32_t r = 0; r < m->n_rows; r++)
        b->slope[b->n_seats + r] =
            m->rows[r].at_least ? -(double)m->rows[r].bound : (double)m->rows[r].bound;
    for (uint32_t i = 0; i < s->n_in; i++) buy(b, s->in[i]);
    for (uint32_t x = 0; x < c->n; x++) buy(b, n->free[c->at[x]]);
    bool any = false;
    for (size_t k = 0; k < b->n_prices; k++) {
        any |= b->slope[k] < 0 || (b->slope[k] > 0 && b->price[k] > 0);
    }
    return any;
}

/* ---- what follows ------------------------------------------------------------------------------
 */

/* Who cannot be in, or out of, anything better than `least`. */
static bool decide(const struct bounder *b, struct state *s, const struct node *n,
                   const struct choice *c, double least)
{
    uint32_t room = s->most - s->n_in, need = s->least > s->n_in ? s->least - s->n_in : 0;
    if (room == 0) return true;
    double last = c->n ? b->gain[c->at[c->n - 1]] : 0; /* makes room for another */
    double limit = least - c->bound + (c->n == room ? last : MIN(last, 0));
    double next = c->n < c->n_at && (c->n == need || b->gain[c->at[c->n]] > 0)
                      ? b->gain[c->at[c->n]]
                  : c->n == need ? -INFINITY
                                 : 0;
    uint32_t must[COMPOSE_MEMBERS], n_must = 0;
    for (uint32_t k = 0; k < c->n; k++) {
        if (c->bound - b->gain[c->at[k]] + next <= least) must[n_must++] = n->free[c->at[k]];
        b->gain[c->at[k]] = INFINITY;
    }
    for (uint32_t x = 0; x < n->n_free; x++)
        if (b->gain[x] <= limit && !state_decide(s, n->free[x], DECISION_OUT)) return false;
    for (uint32_t k = 0; k < n_must; k++)
        if (!state_decide(s, must[k], DECISION_IN)) return false;
    return true;
}

static void keep_free(const struct state *s, struct node *n)
{
    uint32_t left = 0;
    for (uint32_t x = 0; x < n->n_free; x++)
        if (s->status[n->free[x]] == DECISION_FREE) n->free[left++] = n->free[x];
    n->n_free = left;
}

/* Sizes of a consortium that cannot be better than `least`. */
static bool drop_sizes(const struct bounder *b, struct state *s, struct node *n,
                       const struct choice *c, double least)
{
    double sum = c->base;
    uint64_t good = 0;
    for (uint32_t k = 0; s->n_in + k <= s->most && k <= c->n_at; k++) {
        if (sum > least) good |= UINT64_C(1) << (s->n_in + k);
        if (k < c->n_at) sum += b->gain[c->at[k]];
    }
    n->sizes &= good;
    return n->sizes != 0;
}

/* A new best: what the search goes on from. */
static void keep(const struct bounder *b, struct node *n, const struct choice *c)
{
    memcpy(n->prices.seat, b->price, b->n_prices * sizeof *b->price);
    for (uint32_t k = 0; k < c->n; k++) n->chosen[k] = n->free[c->at[k]];
    n->n_chosen = c->n;
}

static double next_prices(struct bounder *b, const struct node *n, const struct choice *c,
                          double least)
{
    struct point p = {.value = c->bound, .slope = b->slope, .n_set = c->n};
    for (uint32_t k = 0; k < c->n; k++) p.set[k] = n->free[c->at[k]];
    double target = least > -INFINITY ? least : c->bound - fabs(c->bound) * 0.05 - 1;
    double promise = bundle_next(b->bundle, b->price, &p, target);
    for (size_t k = b->n_seats; k < b->n_prices; k++) b->price[k] = MIN(b->price[k], b->row_limit);
    return promise;
}

bool bound_tighten(struct bounder *b, struct state *s, struct node *n, double least, int rounds,
                   bool again)
{
    struct choice c;
    if (!again) {
        memcpy(b->price, n->prices.seat, b->n_prices * sizeof *b->price);
        bundle_clear(b->bundle);
        b->best = INFINITY;
    }
    keep_free(s, n);
    for (int round = 0;; round++) {
        b->work += (size_t)(n->n_free + s->n_in) * b->m->stride + BUNDLE_WORK * b->n_prices;
        if (!choose(b, s, n, &c)) return false;
        bool more = find_slope(b, s, n, &c);
        if (c.bound < b->best) keep(b, n, &c);
        b->best = MIN(b->best, c.bound);
        n->bound = MIN(n->bound, c.bound);
        if (n->bound <= least) return false;
        if (n->sizes && !drop_sizes(b, s, n, &c, least)) return false;
        bool settled = !more || s->n_in == s->most || rounds == 1;
        double promise = settled ? 0 : next_prices(b, n, &c, least);
        if (!decide(b, s, n, &c, least)) return false;
        keep_free(s, n);
        if (settled || s->n_in == s->most || round + 1 >= rounds ||
            promise < ENOUGH * (n->bound - least))
            break;
    }
    uint32_t left = 0;
    for (uint32_t k = 0; k < n->n_chosen; k++)
        if (s->status[n->chosen[k]] == DECISION_FREE) n->chosen[left++] = n->chosen[k];
    n->n_chosen = left;
    return true;
}
