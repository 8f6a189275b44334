/* compose.h - who should form a consortium: the exact solver, in numbers alone (design §6).
 *
 * Candidates i have scores s[i][t] in [0, 1] on subtopics t of weight w[t]. Chosen are members M
 * and who of them sits on which seat of which subtopic, so as to
 *
 *   maximise  sum over t of w[t] (s1 + 0.3 s2 + 0.1 s3)  -  sum over members i of cost[i]
 *
 * where s1 >= s2 >= s3 are the scores of those seated on t. Returns diminish, and yet the sum is
 * linear in seat variables, so a MILP solver can check it (tests/compose). A member needs no seat:
 * it may be there because it is locked or demanded. A seat of score 0 stays empty.
 *
 * Solved by branch and bound (compose_impl.h says what does what). Values are rounded to about
 * eleven digits and from there on exact, so that "proven" is not a matter of tolerance. Equal input
 * gives equal output: effort is counted in nodes, not in seconds, and the order of candidates makes
 * no difference, only their keys do where there are ties. Thread-safe; nothing is kept between
 * calls. */
#ifndef HN_MATCHER_COMPOSE_H
#define HN_MATCHER_COMPOSE_H

#include "base/arena.h"
#include "base/base.h"

enum {
    COMPOSE_SEATS = 3,        /* on a subtopic */
    COMPOSE_SUBTOPICS = 64,   /* at most */
    COMPOSE_MEMBERS = 32,     /* at most */
    COMPOSE_CANDIDATES = 8192 /* at most */
};

struct compose_candidate {
    const float *score; /* n_subtopics of them */
    double cost;        /* of its membership; may be negative, a preference */
    unsigned classes;   /* a bit for each class it belongs to, see compose_demand */
    uint32_t group;     /* 0: none; of those with the same one at most one may be a member */
    uint32_t load;      /* seats it takes at most; 0: none, a member all the same */
    bool locked;        /* must be a member */
    const char *key;    /* its name among candidates, no name twice: settles ties */
};

/* At least `least` members of these classes, e.g. one university or institute. */
struct compose_demand {
    unsigned classes;
    size_t least;
};
/* These two may not both be members. */
struct compose_conflict {
    uint32_t a, b;
};
/* Of these candidates at most `most` may be members together: how alternatives are told to differ.
 */
struct compose_avoid {
    const uint32_t *members;
    size_t n, most;
};

struct compose_problem {
    size_t n_subtopics, n; /* candidates */
    const double *weight;  /* of subtopics, >= 0 */
    const struct compose_candidate *candidates;
    const struct compose_demand *demands;
    size_t n_demands;
    const struct compose_conflict *conflicts;
    size_t n_conflicts;
    const struct compose_avoid *avoids;
    size_t n_avoids;
    size_t most;   /* members at most; 0: COMPOSE_MEMBERS */
    size_t effort; /* nodes to look at; 0: a default that takes a second or two at worst */
};

struct compose_seat {
    uint32_t candidate; /* UINT32_MAX: empty */
    float score;
};

struct compose_solution {
    bool feasible;           /* false: nothing satisfies the constraints; proven if optimal */
    bool optimal;            /* proven; else bound - objective may still be gained */
    double objective, bound; /* objective <= bound; nothing feasible known: objective is 0 */
    uint32_t *members;       /* ascending by key */
    size_t n_members;
    struct compose_seat (*seats)[COMPOSE_SEATS]; /* of each subtopic, best first */
    size_t nodes;
};

/* The limits above are the caller's to keep (asserted). The solution lives in arena; scratch memory
 * does not. */
void compose_solve(const struct compose_problem *p, struct arena *arena,
                   struct compose_solution *out);

/* What the score of who sits on a seat counts for: 1, 0.3, 0.1; seat < COMPOSE_SEATS. */
double compose_seat_worth(size_t seat);

/* One thing that stands in the way. */
enum compose_block { BLOCK_LOCK, BLOCK_DEMAND, BLOCK_CONFLICT, BLOCK_GROUP, BLOCK_MOST };
struct compose_relaxation {
    enum compose_block block;
    uint32_t a, b; /* LOCK: candidate a; DEMAND: number a; CONFLICT, GROUP: candidates a and b;
                      MOST: members a would be enough */
};
/* Of a problem that is infeasible the smallest set of constraints without which it is not (no
 * smaller one will do). Of equally small ones the first: conflicts, groups, the cap, locks,
 * demands, each by key. Avoided sets stay. In arena; returns how many, 0 when the problem is
 * feasible or not known not to be. Where more than a dozen stand in the way, or a tangle of
 * thousands of conflicts, the set will do but may not be the smallest. */
size_t compose_relax(const struct compose_problem *p, struct arena *arena,
                     struct compose_relaxation **out);

#endif
