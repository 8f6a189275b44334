/* The search: depth first, branching on whether a candidate is a member. The bound is that of
 * compose_bound.c, tightened at every node from where its parent left it. */
#include "base/base.h"

#include "base/mem.h"
#include "matcher/compose_impl.h"

#include <math.h>
#include <string.h>

/* Work is told in units of what it takes to price one candidate on one subtopic. Without a limit of
 * its own a search ends after DEFAULT_WORK, a second or two; SEAT_WORK is that of one unit of load
 * finding its seat, for each member and subtopic. */
enum { DEFAULT_WORK = 500000000, IMPROVE_WORK = DEFAULT_WORK / 50, SEAT_WORK = 5 };
/* More than this part of a candidate in the linear relaxation is as good as all of it. */
#define CERTAIN 0.99

enum { ROOT_ROUNDS = 15, ROOT_TURNS = 20, NODE_ROUNDS = 12, PAIR_ROUNDS = 3, NEIGHBOURS = 60 };

struct search {
    const struct model *m;
    struct state state;
    struct bounder *bounder;
    struct node *nodes; /* by depth */
    struct arena *arena;
    double best, open; /* units; of what was left unexplored the greatest bound */
    uint32_t members[COMPOSE_MEMBERS], n_members;
    size_t n_nodes, effort;
    size_t done, work; /* work done that is not the bound's; at most */
    bool exhausted;
    uint32_t *row_count; /* zeros between calls */
    double *gain;        /* room for one for each candidate */
};

/* ---- solutions ---------------------------------------------------------------------------------
 */

static double cost_of(const struct model *m, const uint32_t *members, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += m->cost[members[i]];
    return sum;
}

static double seat_one(struct search *s, struct seating *seating, uint32_t i)
{
    s->done += (size_t)SEAT_WORK * s->m->load[i] * s->m->stride * (seating->n + 1);
    return seating_add(seating, i);
}

static double seat_all(struct search *s, struct seating *seating, const uint32_t *members,
                       uint32_t n)
{
    double sum = 0;
    seating_init(seating, s->m);
    for (uint32_t i = 0; i < n; i++) sum += seat_one(s, seating, members[i]);
    return sum;
}

static void take(struct search *s, const uint32_t *members, uint32_t n, double value)
{
    if (value <= s->best) return;
    s->best = value;
    s->n_members = n;
    memcpy(s->members, members, n * sizeof *members);
}

static void consider(struct search *s, const uint32_t *members, uint32_t n)
{
    struct seating seating;
    double cost = cost_of(s->m, members, n);
    if (seats_at_most(s->m, members, n) - cost <= s->best) return;
    take(s, members, n, seat_all(s, &seating, members, n) - cost);
}

static bool allowed(struct search *s, const uint32_t *members, uint32_t n)
{
    const struct model *m = s->m;
    bool good = true;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t x = m->row_start[members[i]]; x < m->row_start[members[i] + 1]; x++)
            s->row_count[m->row_of[x]]++;
    for (uint32_t r = 0; r < m->n_rows; r++) {
        good &= m->rows[r].at_least ? s->row_count[r] >= m->rows[r].bound
                                    : s->row_count[r] <= m->rows[r].bound;
        s->row_count[r] = 0;
    }
    return good;
}

/* The members that are in, the chosen ones as far as constraints let them, and whoever else is
 * needed. */
static void complete(struct search *s, const struct node *n)
{
    uint32_t start = s->state.n_trail;
    size_t effort = 50;
    for (uint32_t k = 0; k < n->n_chosen; k++) {
        uint32_t before = s->state.n_trail;
        if (s->state.status[n->chosen[k]] == DECISION_FREE &&
            !state_decide(&s->state, n->chosen[k], DECISION_IN))
            state_undo(&s->state, before);
    }
    if (feasible(&s->state, &effort) == VERDICT_YES) consider(s, s->state.in, s->state.n_in);
    state_undo(&s->state, start);
}

/* What i adds to the seats taken so far (units, best first) by taking the subtopics where it adds
 * most. */
static double gain_added(const struct model *m, uint32_t i, double (*seated)[COMPOSE_SEATS],
                         bool sit)
{
    double adds[COMPOSE_SUBTOPICS], sum = 0;
    const double *unit = m->unit + (size_t)i * m->stride;
    for (uint32_t t = 0; t < m->n_subtopics; t++) {
        double u = unit[t];
        const double *at = seated[t];
        adds[t] = u > at[0]   ? 10 * (u - at[0]) + 3 * (at[0] - at[1]) + at[1] - at[2]
                  : u > at[1] ? 3 * (u - at[1]) + at[1] - at[2]
                              : MAX(u - at[2], 0);
    }
    for (uint32_t l = 0; l < m->load[i]; l++) {
        uint32_t best = 0;
        for (uint32_t t = 1; t < m->n_subtopics; t++)
            if (adds[t] > adds[best]) best = t;
        if (adds[best] <= 0) break;
        sum += adds[best];
        adds[best] = 0;
        double *at = seated[best], u = unit[best];
        if (!sit) continue;
        at[2] = u > at[1] ? at[1] : u;
        if (u > at[0])
            at[1] = at[0], at[0] = u;
        else if (u > at[1])
            at[1] = u;
    }
    return sum;
}

/* One after the other whoever adds most, others staying where they sit. */
static void grow(struct search *s)
{
    const struct model *m = s->m;
    double(*seated)[COMPOSE_SEATS] = arena_alloc(s->arena, m->stride + 1, sizeof *seated);
    uint32_t start = s->state.n_trail, n = s->state.n_in;
    memset(seated, 0, m->stride * sizeof *seated);
    for (uint32_t k = 0; k < n; k++) gain_added(m, s->state.in[k], seated, true);
    while (s->state.n_in < s->state.most) {
        uint32_t best = UINT32_MAX;
        double most = 0;
        for (uint32_t i = 0; i < m->n; i++) {
            if (s->state.status[i] != DECISION_FREE) continue;
            double gain = gain_added(m, i, seated, false) - m->cost[i];
            if (gain > most) {
                most = gain;
                best = i;
            }
        }
        if (best == UINT32_MAX) break;
        uint32_t before = s->state.n_trail, had = s->state.n_in;
        if (!state_decide(&s->state, best, DECISION_IN)) {
            state_undo(&s->state, before);
            if (!state_decide(&s->state, best, DECISION_OUT)) break;
            continue;
        }
        for (; had < s->state.n_in; had++) gain_added(m, s->state.in[had], seated, true);
    }
    size_t effort = 1000;
    if (feasible(&s->state, &effort) == VERDICT_YES) consider(s, s->state.in, s->state.n_in);
    state_undo(&s->state, start);
}

/* The candidates that gain most at the node's prices. */
struct near {
    uint32_t candidate[NEIGHBOURS], n;
    double gain[NEIGHBOURS];
};

static void find_near(const struct search *s, const struct node *n, struct near *near)
{
    near->n = 0;
    for (uint32_t x = 0; x < n->n_free; x++) {
        double gain = bound_gain(s->bounder, n, n->free[x]);
        if (near->n == NEIGHBOURS && gain <= near->gain[near->n - 1]) continue;
        uint32_t at = near->n < NEIGHBOURS ? near->n++ : NEIGHBOURS - 1;
        for (; at > 0 && near->gain[at - 1] < gain; at--) {
            near->gain[at] = near->gain[at - 1];
            near->candidate[at] = near->candidate[at - 1];
        }
        near->gain[at] = gain;
        near->candidate[at] = n->free[x];
    }
}

/* These members, and one of the others besides. limit: what prices say the members are worth
 * without it; who cannot be better by that is not looked at. */
static void try_with(struct search *s, const uint32_t *others, const double *gain,
                     uint32_t n_others, const uint32_t *members, uint32_t n, double limit)
{
    struct seating base;
    uint32_t set[COMPOSE_MEMBERS + 1];
    double worth = 0;
    bool seated = false;
    memcpy(set, members, n * sizeof *members);
    s->done += (size_t)n_others * s->m->stride;
    for (uint32_t x = 0; x < n_others; x++) {
        if (limit + gain[x] <= s->best) continue;
        set[n] = others[x];
        bool member = false;
        for (uint32_t k = 0; k < n; k++) member |= set[k] == set[n];
        s->done += (size_t)n * s->m->stride;
        if (member || !allowed(s, set, n + 1)) continue;
        double cost = cost_of(s->m, set, n + 1);
        if (seats_at_most(s->m, set, n + 1) - cost <= s->best) continue;
        if (!seated) worth = seat_all(s, &base, members, n);
        seated = true;
        struct seating with = base;
        take(s, set, n + 1, worth + seat_one(s, &with, set[n]) - cost);
    }
}

/* One member left out, exchanged or added, as long as that helps. */
static void improve(struct search *s, const struct node *n)
{
    struct near near;
    find_near(s, n, &near);
    size_t limit = s->done + IMPROVE_WORK;
    for (double before = -INFINITY; s->best > before && s->done < limit;) {
        before = s->best;
        uint32_t now[COMPOSE_MEMBERS], rest[COMPOSE_MEMBERS], size = s->n_members;
        double gain[COMPOSE_MEMBERS], sum = bound_base(s->bounder, n);
        memcpy(now, s->members, size * sizeof *now);
        for (uint32_t k = 0; k < size; k++) {
            gain[k] = bound_gain(s->bounder, n, now[k]);
            sum += gain[k];
        }
        if (size < s->state.most) try_with(s, near.candidate, near.gain, near.n, now, size, sum);
        for (uint32_t k = 0; k < size && s->done < limit; k++) {
            if (s->m->locked[now[k]]) continue;
            memcpy(rest, now, size * sizeof *now);
            memmove(rest + k, rest + k + 1, (size - k - 1) * sizeof *rest);
            if (sum - gain[k] > s->best && allowed(s, rest, size - 1)) consider(s, rest, size - 1);
            try_with(s, near.candidate, near.gain, near.n, rest, size - 1, sum - gain[k]);
        }
    }
}

/* ---- branches ----------------------------------------------------------------------------------
 */

static bool dominates(const struct model *m, uint32_t i, uint32_t j)
{
    if (m->cost[i] > m->cost[j] || m->load[i] < m->load[j]) return false;
    const double *a = m->unit + (size_t)i * m->stride, *b = m->unit + (size_t)j * m->stride;
    for (uint32_t t = 0; t < m->n_subtopics; t++)
        if (a[t] < b[t]) return false;
    return model_row_dominates(m, i, j);
}

/* Without i, those may go too that i could stand for: with them instead of i nothing is better. */
static bool leave_out(struct search *s, const struct node *n, uint32_t i)
{
    if (!state_decide(&s->state, i, DECISION_OUT)) return false;
    for (uint32_t x = 0; x < n->n_free; x++) {
        uint32_t j = n->free[x];
        if (s->state.status[j] == DECISION_FREE && dominates(s->m, i, j) &&
            !state_decide(&s->state, j, DECISION_OUT))
            return false;
    }
    return true;
}

static void stop(struct search *s, double bound)
{
    s->exhausted = true;
    s->open = MAX(s->open, bound);
}

/* False: nothing better than the best known is to be found here. */
static bool look(struct search *s, struct node *n, int rounds, bool again)
{
    if (!bound_tighten(s->bounder, &s->state, n, s->best, rounds, again)) return false;
    complete(s, n);
    return n->bound > s->best;
}

/* At the root prices and solutions improve in turns, for each makes the other easier. */
static bool settle(struct search *s, struct node *n)
{
    for (int turn = 0; turn < ROOT_TURNS; turn++) {
        double gap = n->bound - s->best, best = s->best;
        if (!look(s, n, ROOT_ROUNDS, turn > 0)) return false;
        if (s->n_members) improve(s, n);
        if (n->bound <= s->best) return false;
        if (turn > 2 && s->best <= best && n->bound - s->best > 0.95 * gap) break;
    }
    return true;
}

static size_t n_prices(const struct model *m)
{
    return (size_t)m->stride * COMPOSE_SEATS + m->n_rows;
}

static void forget_prices(struct node *n, const struct model *m)
{
    memset(n->prices.seat, 0, n_prices(m) * sizeof(double));
}

static void inherit(struct node *child, const struct node *n, const struct model *m)
{
    memcpy(child->free, n->free, n->n_free * sizeof *n->free);
    child->n_free = n->n_free;
    child->bound = n->bound;
    memcpy(child->prices.seat, n->prices.seat, n_prices(m) * sizeof(double));
}

/* With room for one more, all are tried. */
static void try_last(struct search *s, struct node *n)
{
    double limit = bound_base(s->bounder, n);
    for (uint32_t k = 0; k < s->state.n_in; k++) limit += bound_gain(s->bounder, n, s->state.in[k]);
    if (s->state.least < s->state.most && allowed(s, s->state.in, s->state.n_in))
        consider(s, s->state.in, s->state.n_in);
    for (uint32_t x = 0; x < n->n_free; x++) {
        s->gain[x] = bound_gain(s->bounder, n, n->free[x]);
    }
    try_with(s, n->free, s->gain, n->n_free, s->state.in, s->state.n_in, limit);
}

/* Whoever is most in the linear relaxation without being so for certain: its being in or out
 * changes most. */
static uint32_t pick(struct search *s, const struct node *n)
{
    uint32_t best = n->n_chosen ? n->chosen[0] : n->free[0];
    double most = 0;
    memset(s->gain, 0, s->m->n * sizeof *s->gain);
    bound_shares(s->bounder, s->gain);
    for (uint32_t x = 0; x < n->n_free; x++) {
        double share = s->gain[n->free[x]];
        if (share <= CERTAIN && share > most) {
            most = share;
            best = n->free[x];
        }
    }
    return best;
}

static void explore(struct search *s, uint32_t depth)
{
    struct node *n = &s->nodes[depth];
    for (bool first = true;; first = false) {
        if (s->n_nodes++ >= s->effort || bound_work(s->bounder) + s->done > s->work) {
            stop(s, n->bound);
            return;
        }
        uint32_t room = s->state.most - s->state.n_in;
        int rounds = room == 1 ? 1 : room == 2 && !first ? PAIR_ROUNDS : NODE_ROUNDS;
        if (!look(s, n, rounds, false)) return;
        if (s->state.most - s->state.n_in == 1) {
            try_last(s, n);
            return;
        }
        if (!n->n_free || s->state.n_in == s->state.most) {
            if (s->state.n_in < s->state.least) return;
            size_t effort = SIZE_MAX;
            if (feasible(&s->state, &effort) == VERDICT_YES)
                consider(s, s->state.in, s->state.n_in);
            return;
        }
        uint32_t i = pick(s, n), before = s->state.n_trail;
        if (state_decide(&s->state, i, DECISION_IN)) {
            inherit(n + 1, n, s->m);
            explore(s, depth + 1);
        }
        state_undo(&s->state, before);
        if (s->exhausted) {
            stop(s, n->bound);
            return;
        }
        if (n->bound <= s->best || !leave_out(s, n, i)) return;
    }
}

/* Each size by itself: a fraction of a member, as prices see it, bounds badly. Prices that balance
 * sizes lie on a ridge that is hard to leave where candidates are alike, so they begin anew. */
static void search(struct search *s)
{
    struct node *root = &s->nodes[0];
    grow(s);
    root->sizes = (UINT64_C(2) << s->m->most) - 1;
    if (!settle(s, root)) return;
    for (uint32_t size = s->m->most + 1; size-- > 0;) {
        if (!(root->sizes >> size & 1) || size < s->state.n_in) continue;
        uint32_t before = s->state.n_trail;
        s->state.least = s->state.most = size;
        inherit(root + 1, root, s->m);
        if (root->sizes & (root->sizes - 1)) forget_prices(root + 1, s->m);
        if (settle(s, root + 1)) explore(s, 1);
        state_undo(&s->state, before);
        if (s->exhausted) {
            stop(s, root->bound);
            return;
        }
    }
}

/* ---- in and out --------------------------------------------------------------------------------
 */

static bool begin(struct search *s, bool *proven)
{
    size_t effort = 100000;
    *proven = true;
    if (!state_start(&s->state, NULL)) return false;
    uint32_t before = s->state.n_trail;
    enum verdict v = feasible(&s->state, &effort);
    if (v == VERDICT_YES) consider(s, s->state.in, s->state.n_in);
    state_undo(&s->state, before);
    *proven = v != VERDICT_UNKNOWN;
    return v == VERDICT_YES;
}

static void write_out(struct search *s, const struct compose_problem *p, struct arena *arena,
                      struct compose_solution *out)
{
    const struct model *m = s->m;
    uint32_t sorted[COMPOSE_MEMBERS];
    memcpy(sorted, s->members, sizeof sorted);
    for (uint32_t k = 1; k < s->n_members; k++)
        for (uint32_t j = k; j > 0 && sorted[j - 1] > sorted[j]; j--) {
            uint32_t swap = sorted[j];
            sorted[j] = sorted[j - 1];
            sorted[j - 1] = swap;
        }
    uint32_t seat[COMPOSE_SUBTOPICS * COMPOSE_SEATS];
    struct seating seating;
    seat_all(s, &seating, sorted, s->n_members);
    seating_read(&seating, seat);
    out->members = arena_alloc(arena, s->n_members, sizeof *out->members);
    out->n_members = s->n_members;
    for (uint32_t k = 0; k < s->n_members; k++) out->members[k] = m->origin[sorted[k]];
    out->seats = arena_alloc(arena, m->n_subtopics, sizeof *out->seats);
    for (uint32_t q = 0; q < m->n_subtopics * COMPOSE_SEATS; q++) {
        uint32_t t = q / COMPOSE_SEATS, i = seat[q] == UINT32_MAX ? seat[q] : m->origin[seat[q]];
        out->seats[t][q % COMPOSE_SEATS] = (struct compose_seat){
            .candidate = i, .score = i == UINT32_MAX ? 0 : p->candidates[i].score[t]};
    }
}

void compose_solve(const struct compose_problem *p, struct arena *arena,
                   struct compose_solution *out)
{
    struct arena scratch;
    arena_init(&scratch);
    const struct model *m = model_new(p, false, &scratch);
    struct search s = {.m = m, .arena = &scratch, .best = -INFINITY, .open = -INFINITY};
    s.effort = p->effort ? p->effort : SIZE_MAX;
    s.work = p->effort ? SIZE_MAX : DEFAULT_WORK;
    state_init(&s.state, m, &scratch);
    s.bounder = bounder_new(m, &scratch);
    s.gain = arena_alloc(&scratch, m->n, sizeof *s.gain);
    s.row_count = arena_zalloc(&scratch, m->n_rows, sizeof *s.row_count);
    bool proven, possible = begin(&s, &proven);
    if (possible || !proven) {
        s.nodes = arena_alloc(&scratch, m->most + 3, sizeof *s.nodes);
        for (uint32_t d = 0; d < m->most + 3; d++) node_init(&s.nodes[d], m, &scratch);
        for (uint32_t i = 0; i < m->n; i++)
            if (s.state.status[i] == DECISION_FREE) s.nodes[0].free[s.nodes[0].n_free++] = i;
        search(&s);
    }
    *out = (struct compose_solution){.feasible = s.best > -INFINITY,
                                     .optimal = !s.exhausted || s.open <= s.best,
                                     .nodes = s.n_nodes};
    if (out->feasible) out->objective = s.best / (10 * m->scale);
    out->bound = out->objective;
    if (!out->optimal) out->bound = MAX(out->bound, s.open / (10 * m->scale));
    write_out(&s, p, arena, out);
    arena_free(&scratch);
}
