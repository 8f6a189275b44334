/* The solver against brute force on small problems, and what must hold on all. */
#include "base/base.h"

#include "base/arena.h"
#include "base/mem.h"
#include "matcher/compose.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { N = 64, T = 12, DEMANDS = 3, CONFLICTS = 24, AVOIDED = 8 };

/* A problem that owns what it consists of. */
struct made {
    struct compose_problem p;
    struct compose_candidate candidates[N];
    float score[N][T];
    char key[N][12];
    double weight[T];
    struct compose_demand demands[DEMANDS];
    struct compose_conflict conflicts[CONFLICTS];
    struct compose_avoid avoid;
    uint32_t avoided[AVOIDED];
};

struct random {
    uint64_t state;
};

static double uniform(struct random *r)
{
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(r->state >> 33) + 0.5) / 2147483648.0;
}

static uint32_t below(struct random *r, uint32_t n)
{
    return (uint32_t)(uniform(r) * n);
}

/* How scores come out. */
enum kind { SMOOTH, SPARSE, NEAR_TIES, FEW_VALUES, KINDS };

static float score(struct random *r, enum kind kind)
{
    switch (kind) {
    case SMOOTH: return (float)uniform(r);
    case SPARSE: return uniform(r) < 0.6 ? 0 : (float)(1 / (1 + exp(4 - 8 * uniform(r))));
    case NEAR_TIES: return (float)(0.5 + 1e-6 * uniform(r));
    default: return (float)below(r, 4) / 4;
    }
}

static void make(struct made *m, struct random *r, size_t n, size_t n_subtopics, enum kind kind)
{
    memset(m, 0, sizeof *m);
    m->p = (struct compose_problem){.n_subtopics = n_subtopics,
                                    .n = n,
                                    .weight = m->weight,
                                    .candidates = m->candidates,
                                    .demands = m->demands,
                                    .conflicts = m->conflicts,
                                    .avoids = &m->avoid,
                                    .most = 1 + below(r, 5)};
    for (size_t t = 0; t < n_subtopics; t++)
        m->weight[t] = (0.2 + uniform(r)) / (double)n_subtopics;
    uint32_t load = 1 + below(r, (uint32_t)n_subtopics);
    for (size_t i = 0; i < n; i++) {
        for (size_t t = 0; t < n_subtopics; t++) m->score[i][t] = score(r, kind);
        snprintf(m->key[i], sizeof m->key[i], "org-%05u", (unsigned)(i * 7919 % 10007));
        m->candidates[i] = (struct compose_candidate){.score = m->score[i],
                                                      .cost = 0.1 * uniform(r) - 0.02,
                                                      .classes = 1u << below(r, 4),
                                                      .load = load,
                                                      .key = m->key[i]};
    }
}

static void constrain(struct made *m, struct random *r)
{
    uint32_t n = (uint32_t)m->p.n;
    m->p.n_demands = below(r, DEMANDS + 1);
    for (size_t d = 0; d < m->p.n_demands; d++)
        m->demands[d] = (struct compose_demand){1u << below(r, 4) | 1u << below(r, 4), below(r, 3)};
    m->p.n_conflicts = below(r, n < CONFLICTS ? n : CONFLICTS);
    for (size_t c = 0; c < m->p.n_conflicts; c++)
        m->conflicts[c] = (struct compose_conflict){below(r, n), below(r, n)};
    for (uint32_t i = 0; i < n; i++) {
        if (uniform(r) < 0.4) m->candidates[i].group = 1 + below(r, 4);
        m->candidates[i].locked = uniform(r) < 0.08;
        if (uniform(r) < 0.2) m->candidates[i].load = below(r, 3);
    }
    if (n < 3 || uniform(r) < 0.5) return;
    m->p.n_avoids = 1;
    uint32_t first = below(r, n - 2);
    for (uint32_t i = 0; i < 3; i++) m->avoided[i] = first + i;
    m->avoid = (struct compose_avoid){m->avoided, 3, below(r, 3)};
}

/* ---- brute force -------------------------------------------------------------------------------
 */

static const double worth[COMPOSE_SEATS] = {1, 0.3, 0.1};

/* What those in the set, a bit for each member, are worth on a subtopic: best score first. */
static double subtopic_worth(const struct compose_problem *p, const uint32_t *members, unsigned set,
                             size_t t)
{
    double sum = 0, last = INFINITY;
    for (int k = 0; set; k++) {
        int best = -1;
        for (int i = 0; set >> i; i++)
            if (set >> i & 1 && (best < 0 || p->candidates[members[i]].score[t] >
                                                 p->candidates[members[best]].score[t]))
                best = i;
        double s = (double)p->candidates[members[best]].score[t];
        assert_true(s <= last);
        last = s;
        sum += worth[k] * s;
        set &= ~(1u << best);
    }
    return p->weight[t] * sum;
}

/* The best seats by trying all sets on each subtopic. left: the load of each member. */
static double fill(const struct compose_problem *p, const uint32_t *members, size_t n, size_t t,
                   uint32_t *left)
{
    if (t == p->n_subtopics) return 0;
    double best = 0;
    for (unsigned set = 0; set < 1u << n; set++) {
        bool fits = __builtin_popcount(set) <= COMPOSE_SEATS;
        for (size_t i = 0; i < n; i++) fits = fits && (!(set >> i & 1) || left[i] > 0);
        if (!fits) continue;
        for (size_t i = 0; i < n; i++) left[i] -= set >> i & 1;
        double v = subtopic_worth(p, members, set, t) + fill(p, members, n, t + 1, left);
        for (size_t i = 0; i < n; i++) left[i] += set >> i & 1;
        best = MAX(best, v);
    }
    return best;
}

/* Constraints, numbered; those with a bit in `off` do not count. Demands, then conflicts, then
 * groups, the cap, locks. The brute force of relaxations needs few of them. */
struct constraint {
    enum compose_block block;
    uint32_t a, b;
};

static size_t constraints(const struct compose_problem *p, struct constraint *out)
{
    size_t n = 0;
    for (uint32_t d = 0; d < p->n_demands; d++)
        if (p->demands[d].least) out[n++] = (struct constraint){BLOCK_DEMAND, d, 0};
    for (uint32_t i = 0; i < p->n; i++)
        for (uint32_t j = i + 1; j < p->n; j++) {
            for (size_t c = 0; c < p->n_conflicts; c++) {
                uint32_t a = p->conflicts[c].a, b = p->conflicts[c].b;
                if ((a == i && b == j) || (a == j && b == i)) {
                    out[n++] = (struct constraint){BLOCK_CONFLICT, i, j};
                    break;
                }
            }
            if (p->candidates[i].group && p->candidates[i].group == p->candidates[j].group)
                out[n++] = (struct constraint){BLOCK_GROUP, i, j};
        }
    out[n++] = (struct constraint){BLOCK_MOST, 0, 0};
    for (uint32_t i = 0; i < p->n; i++)
        if (p->candidates[i].locked) out[n++] = (struct constraint){BLOCK_LOCK, i, 0};
    return n;
}

static bool holds(const struct compose_problem *p, const struct constraint *c, uint64_t set)
{
    size_t n = 0;
    switch (c->block) {
    case BLOCK_LOCK: return set >> c->a & 1;
    case BLOCK_DEMAND:
        for (size_t i = 0; i < p->n; i++)
            n += set >> i & 1 && p->candidates[i].classes & p->demands[c->a].classes;
        return n >= p->demands[c->a].least;
    case BLOCK_CONFLICT:
    case BLOCK_GROUP: return !(set >> c->a & 1 && set >> c->b & 1);
    default: return (size_t)__builtin_popcountll(set) <= (p->most ? p->most : COMPOSE_MEMBERS);
    }
}

static bool fits(const struct compose_problem *p, const struct constraint *c, size_t n_constraints,
                 const bool *off, uint64_t set)
{
    for (size_t k = 0; k < n_constraints; k++)
        if (!(off && off[k]) && !holds(p, &c[k], set)) return false;
    for (size_t d = 0; d < p->n_avoids; d++) {
        size_t n = 0;
        for (size_t i = 0; i < p->avoids[d].n; i++) n += set >> p->avoids[d].members[i] & 1;
        if (n > p->avoids[d].most) return false;
    }
    return true;
}

static double set_worth(const struct compose_problem *p, const uint32_t *members, size_t n)
{
    uint32_t left[COMPOSE_MEMBERS];
    double cost = 0;
    for (size_t i = 0; i < n; i++) {
        left[i] = p->candidates[members[i]].load;
        cost += p->candidates[members[i]].cost;
    }
    return fill(p, members, n, 0, left) - cost;
}

/* -INFINITY: nothing is feasible. */
static double brute_force(const struct compose_problem *p)
{
    struct constraint c[N];
    size_t n_constraints = constraints(p, c);
    double best = -INFINITY;
    assert_true(n_constraints <= N);
    for (uint64_t set = 0; set < UINT64_C(1) << p->n; set++) {
        uint32_t members[COMPOSE_MEMBERS];
        size_t n = 0;
        if (!fits(p, c, n_constraints, NULL, set)) continue;
        for (uint32_t i = 0; i < p->n; i++)
            if (set >> i & 1) members[n++] = i;
        best = MAX(best, set_worth(p, members, n));
    }
    return best;
}

/* ---- what is checked of a solution -------------------------------------------------------------
 */

static void near(double a, double b)
{
    if (fabs(a - b) > 1e-9) fail_msg("%.12f is not %.12f", a, b);
}

static uint64_t set_of(const struct compose_solution *s)
{
    uint64_t set = 0;
    for (size_t k = 0; k < s->n_members; k++) set |= UINT64_C(1) << s->members[k];
    return set;
}

/* Obeys every constraint, and its seats are worth what it says. */
static void check_solution(const struct compose_problem *p, const struct compose_solution *s)
{
    struct constraint c[4 * N];
    size_t n_constraints = constraints(p, c);
    assert_true(n_constraints <= ARRAY_LEN(c));
    assert_true(s->objective <= s->bound);
    if (s->optimal && s->feasible) assert_true(s->objective == s->bound);
    if (!s->feasible) return;
    assert_true(fits(p, c, n_constraints, NULL, set_of(s)));
    double sum = 0;
    uint32_t used[N] = {0};
    for (size_t k = 0; k < s->n_members; k++) {
        const struct compose_candidate *member = &p->candidates[s->members[k]];
        sum -= member->cost;
        if (k) assert_true(strcmp(p->candidates[s->members[k - 1]].key, member->key) < 0);
    }
    for (size_t t = 0; t < p->n_subtopics; t++)
        for (int k = 0; k < COMPOSE_SEATS; k++) {
            const struct compose_seat *seat = &s->seats[t][k];
            if (seat->candidate == UINT32_MAX) continue;
            assert_true(set_of(s) >> seat->candidate & 1);
            assert_true(seat->score == p->candidates[seat->candidate].score[t] && seat->score > 0);
            for (int j = 0; j < k; j++) {
                assert_true(s->seats[t][j].candidate != UINT32_MAX);
                assert_true(s->seats[t][j].candidate != seat->candidate);
                assert_true(s->seats[t][j].score >= seat->score);
            }
            used[seat->candidate]++;
            sum += p->weight[t] * worth[k] * (double)seat->score;
        }
    for (size_t i = 0; i < p->n; i++) assert_true(used[i] <= p->candidates[i].load);
    near(sum, s->objective);
}

/* ---- tests -------------------------------------------------------------------------------------
 */

static void as_good_as_brute_force(void **state)
{
    (void)state;
    struct made m;
    struct random r = {1};
    struct arena arena;
    arena_init(&arena);
    size_t infeasible = 0;
    for (int round = 0; round < 600; round++) {
        make(&m, &r, 1 + below(&r, 9), 1 + below(&r, 3), (enum kind)(round % KINDS));
        if (round % 3) constrain(&m, &r);
        struct compose_solution s;
        compose_solve(&m.p, &arena, &s);
        check_solution(&m.p, &s);
        double best = brute_force(&m.p);
        assert_true(s.optimal);
        assert_int_equal(s.feasible, best > -INFINITY);
        if (s.feasible) near(s.objective, best);
        infeasible += !s.feasible;
        m.p.effort = 1 + below(&r, 3); /* cut short: the gap must hold what is missing */
        compose_solve(&m.p, &arena, &s);
        check_solution(&m.p, &s);
        if (best > -INFINITY) assert_true(s.bound >= best - 1e-9);
        if (s.feasible) assert_true(s.objective <= best + 1e-9);
        if (s.optimal && s.feasible) near(s.objective, best);
        arena_reset(&arena);
    }
    assert_in_range(infeasible, 20, 400);
    arena_free(&arena);
}

static size_t smallest_relaxation(const struct compose_problem *p, const struct constraint *c,
                                  size_t n)
{
    size_t best = SIZE_MAX;
    for (uint64_t set = 0; set < UINT64_C(1) << p->n; set++) {
        size_t broken = 0;
        bool off[N];
        memset(off, 1, sizeof off);
        if (!fits(p, c, n, off, set)) continue; /* an avoided set, which cannot be dropped */
        for (size_t k = 0; k < n; k++) broken += !holds(p, &c[k], set);
        best = MIN(best, broken);
    }
    return best;
}

static bool enough_dropped(const struct compose_problem *p, const struct compose_relaxation *drop,
                           size_t n_drop)
{
    struct constraint c[N];
    bool off[N] = {false};
    size_t n = constraints(p, c);
    struct compose_problem wider = *p;
    for (size_t d = 0; d < n_drop; d++) {
        size_t found = 0;
        for (size_t k = 0; k < n; k++) {
            bool same = c[k].block == drop[d].block;
            if (c[k].block == BLOCK_MOST)
                same = same && drop[d].a > p->most;
            else if (c[k].block == BLOCK_LOCK || c[k].block == BLOCK_DEMAND)
                same = same && c[k].a == drop[d].a;
            else
                same = same && ((c[k].a == drop[d].a && c[k].b == drop[d].b) ||
                                (c[k].a == drop[d].b && c[k].b == drop[d].a));
            off[k] |= same && c[k].block != BLOCK_MOST;
            found += same;
        }
        assert_int_equal(found, 1);
        if (drop[d].block == BLOCK_MOST) wider.most = drop[d].a;
    }
    for (uint64_t set = 0; set < UINT64_C(1) << p->n; set++)
        if (fits(&wider, c, n, off, set)) return true;
    return false;
}

static void relaxations_are_smallest(void **state)
{
    (void)state;
    struct made m;
    struct random r = {2};
    struct arena arena;
    arena_init(&arena);
    size_t sizes[4] = {0};
    for (int round = 0; round < 1500; round++) {
        make(&m, &r, 1 + below(&r, 8), 1, SMOOTH);
        constrain(&m, &r);
        for (size_t i = 0; i < m.p.n; i++) m.candidates[i].locked = uniform(&r) < 0.35;
        struct constraint c[N];
        size_t n = constraints(&m.p, c), smallest = smallest_relaxation(&m.p, c, n);
        struct compose_relaxation *drop;
        size_t n_drop = compose_relax(&m.p, &arena, &drop);
        assert_int_equal(n_drop, smallest);
        assert_true(enough_dropped(&m.p, drop, n_drop));
        sizes[MIN(n_drop, 3u)]++;
        arena_reset(&arena);
    }
    for (int k = 0; k < 4; k++) assert_true(sizes[k] > 20);
    arena_free(&arena);
}

static void shuffle(struct made *m, const struct made *of, struct random *r, uint32_t *to)
{
    uint32_t n = (uint32_t)of->p.n;
    *m = *of;
    m->p.weight = m->weight;
    m->p.candidates = m->candidates;
    m->p.demands = m->demands;
    m->p.conflicts = m->conflicts;
    m->p.avoids = &m->avoid;
    m->avoid.members = m->avoided;
    for (uint32_t i = 0; i < n; i++) to[i] = i;
    for (uint32_t i = n; i-- > 1;) {
        uint32_t j = below(r, i + 1), swap = to[i];
        to[i] = to[j];
        to[j] = swap;
    }
    for (uint32_t i = 0; i < n; i++) {
        m->candidates[to[i]] = of->candidates[i];
        memcpy(m->score[to[i]], of->score[i], sizeof of->score[i]);
        memcpy(m->key[to[i]], of->key[i], sizeof of->key[i]);
    }
    for (uint32_t i = 0; i < n; i++) {
        m->candidates[i].score = m->score[i];
        m->candidates[i].key = m->key[i];
    }
    size_t last = of->p.n_conflicts;
    for (size_t c = 0; c < last; c++)
        m->conflicts[last - 1 - c] =
            (struct compose_conflict){to[of->conflicts[c].b], to[of->conflicts[c].a]};
    for (size_t i = 0; i < of->avoid.n; i++) m->avoided[i] = to[of->avoided[i]];
}

static void order_does_not_matter(void **state)
{
    (void)state;
    struct made m, other;
    struct random r = {3};
    struct arena arena;
    arena_init(&arena);
    for (int round = 0; round < 200; round++) {
        make(&m, &r, 30 + below(&r, 30), 4 + below(&r, 8), (enum kind)(round % KINDS));
        m.p.most = 3 + below(&r, 5);
        if (round % 2) constrain(&m, &r);
        if (round % 4 == 3) m.p.effort = 3;
        uint32_t to[N];
        shuffle(&other, &m, &r, to);
        struct compose_solution a, b;
        compose_solve(&m.p, &arena, &a);
        compose_solve(&other.p, &arena, &b);
        check_solution(&m.p, &a);
        check_solution(&other.p, &b);
        assert_int_equal(a.n_members, b.n_members);
        assert_int_equal(a.nodes, b.nodes);
        assert_true(a.objective == b.objective && a.bound == b.bound && a.optimal == b.optimal);
        for (size_t k = 0; k < a.n_members; k++) assert_int_equal(to[a.members[k]], b.members[k]);
        for (size_t t = 0; t < m.p.n_subtopics; t++)
            for (int k = 0; k < COMPOSE_SEATS; k++) {
                uint32_t x = a.seats[t][k].candidate, y = b.seats[t][k].candidate;
                assert_int_equal(x == UINT32_MAX ? x : to[x], y);
            }
        arena_reset(&arena);
    }
    arena_free(&arena);
}

static void more_candidates_are_never_worse(void **state)
{
    (void)state;
    struct made m;
    struct random r = {4};
    struct arena arena;
    arena_init(&arena);
    for (int round = 0; round < 60; round++) {
        make(&m, &r, 40, 3 + below(&r, 6), (enum kind)(round % KINDS));
        m.p.most = 2 + below(&r, 5);
        if (round % 2) constrain(&m, &r);
        m.p.n_conflicts = m.p.n_avoids = 0;
        for (uint32_t i = 20; i < 40; i++) m.candidates[i].locked = false;
        double before = -INFINITY;
        for (m.p.n = 20; m.p.n <= 40; m.p.n += 4) {
            struct compose_solution s;
            compose_solve(&m.p, &arena, &s);
            check_solution(&m.p, &s);
            assert_true(s.optimal);
            double now = s.feasible ? s.objective : -INFINITY;
            if (now < before - 1e-9) fail_msg("%.12f with more, %.12f before", now, before);
            before = now;
        }
        arena_reset(&arena);
    }
    arena_free(&arena);
}

static void bad_input(void **state)
{
    (void)state;
    struct made m;
    struct random r = {5};
    struct arena arena;
    struct compose_solution s;
    struct compose_relaxation *drop;
    arena_init(&arena);

    make(&m, &r, 0, 3, SMOOTH); /* no candidates */
    compose_solve(&m.p, &arena, &s);
    assert_true(s.feasible && s.optimal && s.n_members == 0 && s.objective == 0);
    for (int k = 0; k < COMPOSE_SEATS; k++) assert_int_equal(s.seats[2][k].candidate, UINT32_MAX);
    m.p.n_demands = 1;
    m.demands[0] = (struct compose_demand){1, 1};
    compose_solve(&m.p, &arena, &s);
    assert_true(!s.feasible && s.optimal);
    assert_int_equal(compose_relax(&m.p, &arena, &drop), 1);
    assert_int_equal(drop[0].block, BLOCK_DEMAND);

    make(&m, &r, 1, 3, SMOOTH); /* one */
    m.candidates[0].cost = 0;
    compose_solve(&m.p, &arena, &s);
    assert_true(s.feasible && s.optimal && s.n_members == 1);
    make(&m, &r, 5, 0, SMOOTH); /* no subtopics */
    compose_solve(&m.p, &arena, &s);
    check_solution(&m.p, &s);

    make(&m, &r, 20, 4, SMOOTH); /* nobody is good for anything */
    memset(m.score, 0, sizeof m.score);
    for (int i = 0; i < 20; i++) m.candidates[i].cost = 0.01;
    compose_solve(&m.p, &arena, &s);
    assert_true(s.feasible && s.optimal && s.n_members == 0 && s.objective == 0);
    memset(m.weight, 0, sizeof m.weight); /* nor anything worth a thing */
    for (int i = 0; i < 20; i++) m.candidates[i].cost = 0;
    compose_solve(&m.p, &arena, &s);
    assert_true(s.feasible && s.optimal && s.objective == 0);

    make(&m, &r, 20, 4, SMOOTH); /* two that are locked exclude each other */
    m.p.most = 6;
    m.candidates[3].locked = m.candidates[8].locked = true;
    m.conflicts[0] = (struct compose_conflict){8, 3};
    m.p.n_conflicts = 1;
    compose_solve(&m.p, &arena, &s);
    assert_true(!s.feasible && s.optimal && s.n_members == 0);
    assert_int_equal(compose_relax(&m.p, &arena, &drop), 1);
    assert_int_equal(drop[0].block, BLOCK_CONFLICT);
    assert_int_equal(drop[0].a + drop[0].b, 11);

    make(&m, &r, 20, 4, SMOOTH); /* more are locked than there is room for */
    m.p.most = 6;
    for (int i = 0; i < 9; i++) m.candidates[i].locked = true;
    assert_int_equal(compose_relax(&m.p, &arena, &drop), 1);
    assert_int_equal(drop[0].block, BLOCK_MOST);
    assert_int_equal(drop[0].a, 9);

    make(&m, &r, 12, 4, SMOOTH); /* everybody against the next, in a circle, and itself */
    m.p.most = 8;
    for (uint32_t i = 0; i < 12; i++) m.conflicts[i] = (struct compose_conflict){i, (i + 1) % 12};
    m.conflicts[12] = (struct compose_conflict){5, 5};
    m.p.n_conflicts = 13;
    m.p.n_demands = 1;
    m.demands[0] = (struct compose_demand){15, 6};
    compose_solve(&m.p, &arena, &s);
    check_solution(&m.p, &s);
    assert_true(s.feasible && s.optimal && s.n_members == 6);
    m.demands[0].least = 7;
    compose_solve(&m.p, &arena, &s);
    assert_true(!s.feasible && s.optimal);
    assert_int_equal(compose_relax(&m.p, &arena, &drop), 1);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_good_as_brute_force),
        cmocka_unit_test(relaxations_are_smallest),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(more_candidates_are_never_worse),
        cmocka_unit_test(bad_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
