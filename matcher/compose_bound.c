/* The bound: seats and constraints are bought at prices (Lagrangian relaxation).
 *
 * With prices p >= 0 on seats, a candidate's own best is to take, on at most `load` subtopics, the
 * seat where its units less the price are greatest; its gain is that less its cost. The best
 * `most` gains plus the sum of all prices is at least what any consortium is worth, whatever the
 * prices. As the inner problem has whole solutions, the least such bound equals the linear
 * relaxation with x <= y for each seat (Geoffrion, Lagrangean relaxation, 1974). Prices descend
 * along a deflected subgradient (Camerini, Fratta, Maffioli 1975) with Polyak's step towards the
 * best known solution. Prices are whole numbers, so each bound is exact. */
#include "base/base.h"

#include "matcher/compose_impl.h"

#include <math.h>
#include <string.h>

struct bounder {
    const struct model *m;
    size_t n_seats, n_prices; /* seats with the padding; with rows */
    double *price;            /* seats, then rows */
    double *direction, *slope;
    double *gain; /* of each free one, by its place in node->free */
    double row_limit;
};

struct choice {
    double bound;
    uint32_t at[COMPOSE_MEMBERS], n; /* places in node->free, by gain */
    double refused;                  /* the greatest gain that found no room, 0 if less */
};

struct bounder *bounder_new(const struct model *m, struct arena *arena)
{
    struct bounder *b = arena_zalloc(arena, 1, sizeof *b);
    b->m = m;
    b->n_seats = (size_t)m->stride * COMPOSE_SEATS;
    b->n_prices = b->n_seats + m->n_rows;
    b->price = arena_zalloc(arena, b->n_prices, sizeof *b->price);
    b->direction = arena_zalloc(arena, b->n_prices, sizeof *b->direction);
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

static void choose(struct bounder *b, const struct state *s, const struct node *n, struct choice *c)
{
    const double *seat = b->price, *row = b->price + b->n_seats;
    uint32_t room = s->most - s->n_in;
    *c = (struct choice){.bound = base_of(b, b->price)};
    for (uint32_t i = 0; i < s->n_in; i++) c->bound += gain_of(b->m, seat, row, s->in[i]);
    for (uint32_t x = 0; x < n->n_free && room; x++) {
        double gain = gain_of(b->m, seat, row, n->free[x]);
        b->gain[x] = gain;
        if (gain <= c->refused) continue;
        if (c->n == room && gain <= b->gain[c->at[c->n - 1]]) {
            c->refused = gain;
            continue;
        }
        if (c->n == room) c->refused = b->gain[c->at[--c->n]];
        uint32_t at = c->n++;
        for (; at > 0 && b->gain[c->at[at - 1]] < gain; at--) c->at[at] = c->at[at - 1];
        c->at[at] = x;
    }
    for (uint32_t k = 0; k < c->n; k++) c->bound += b->gain[c->at[k]];
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

/* The subgradient: seats offered less those bought; at 0 a price does not fall. False: all zero,
 * no prices are better. */
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
        if (b->price[k] <= 0 && b->slope[k] > 0) b->slope[k] = 0;
        any |= b->slope[k] != 0;
    }
    return any;
}

static void step(struct bounder *b, double length)
{
    double across = 0, norm = 0;
    for (size_t k = 0; k < b->n_prices; k++) {
        across += b->direction[k] * b->slope[k];
        norm += b->direction[k] * b->direction[k];
    }
    double keep = across < 0 && norm > 0 ? -1.5 * across / norm : 0;
    norm = 0;
    for (size_t k = 0; k < b->n_prices; k++) {
        b->direction[k] = b->slope[k] + keep * b->direction[k];
        norm += b->direction[k] * b->direction[k];
    }
    for (size_t k = 0; k < b->n_prices && norm > 0; k++) {
        double price = b->price[k] - rint(length / norm * b->direction[k]);
        price = price > 0 ? price : 0;
        b->price[k] = k >= b->n_seats && price > b->row_limit ? b->row_limit : price;
    }
}

/* ---- what follows ------------------------------------------------------------------------------
 */

/* Who cannot be in, or out of, anything better than `least`. Gains stay those of the choice. */
static bool decide(const struct bounder *b, struct state *s, const struct node *n,
                   const struct choice *c, double least)
{
    uint32_t room = s->most - s->n_in;
    if (room == 0) return true;
    double replaced = c->n == room ? b->gain[c->at[c->n - 1]] : 0;
    bool chosen_next = false;
    for (uint32_t k = 0; k < c->n; k++)
        chosen_next |= c->bound - b->gain[c->at[k]] + c->refused <= least;
    for (uint32_t x = 0; x < n->n_free; x++)
        if (c->bound - replaced + b->gain[x] <= least) {
            bool chosen = false;
            for (uint32_t k = 0; k < c->n; k++) chosen |= c->at[k] == x;
            if (!chosen && s->status[n->free[x]] != DECISION_OUT &&
                !state_decide(s, n->free[x], DECISION_OUT))
                return false;
        }
    if (!chosen_next) return true;
    for (uint32_t k = 0; k < c->n; k++)
        if (c->bound - b->gain[c->at[k]] + c->refused <= least &&
            s->status[n->free[c->at[k]]] != DECISION_IN &&
            !state_decide(s, n->free[c->at[k]], DECISION_IN))
            return false;
    return true;
}

static void keep_free(const struct state *s, struct node *n)
{
    uint32_t left = 0;
    for (uint32_t x = 0; x < n->n_free; x++)
        if (s->status[n->free[x]] == DECISION_FREE) n->free[left++] = n->free[x];
    n->n_free = left;
}

bool bound_tighten(struct bounder *b, struct state *s, struct node *n, double least, int rounds)
{
    double theta = 1, best = INFINITY;
    int stalled = 0;
    struct choice c;
    memcpy(b->price, n->prices.seat, b->n_prices * sizeof *b->price);
    memset(b->direction, 0, b->n_prices * sizeof *b->direction);
    keep_free(s, n);
    for (int round = 0;; round++) {
        choose(b, s, n, &c);
        bool more = find_slope(b, s, n, &c);
        if (c.bound < best) {
            stalled = 0;
            best = c.bound;
            memcpy(n->prices.seat, b->price, b->n_prices * sizeof *b->price);
            for (uint32_t k = 0; k < c.n; k++) n->chosen[k] = n->free[c.at[k]];
            n->n_chosen = c.n;
        } else if (++stalled == 4) {
            stalled = 0;
            theta /= 2;
        }
        n->bound = MIN(n->bound, c.bound);
        if (n->bound <= least) return false;
        if (!decide(b, s, n, &c, least)) return false;
        keep_free(s, n);
        if (!more || round + 1 >= rounds || s->n_in == s->most) break;
        double target = least > -INFINITY ? least : best - fabs(best) * 0.05 - 1;
        step(b, theta * (c.bound - target));
    }
    uint32_t left = 0;
    for (uint32_t k = 0; k < n->n_chosen; k++)
        if (s->status[n->chosen[k]] == DECISION_FREE) n->chosen[left++] = n->chosen[k];
    n->n_chosen = left;
    return true;
}
