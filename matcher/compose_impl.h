/* compose_impl.h - what the parts of the solver share; compose.h is for everybody else.
 *
 *   compose_model.c     the problem in whole numbers and by key; decisions and what they imply
 *   compose_seats.c     members given: who sits where (a transportation problem)
 *   compose_bound.c     an upper bound from prices on seats and constraints (Lagrange)
 *   compose_bundle.c    how prices are found that make it low
 *   compose_feasible.c  is there any consortium at all
 *   compose.c           the search
 *   compose_relax.c     what stands in the way
 *
 * Values are whole numbers kept in doubles: a sum below 2^53 is exact, so bounds and ties are exact
 * too, and two doubles fit one vector register. A score s on a subtopic of weight w is
 * u = round(s w scale) units, and its seats are worth 10 u, 3 u and u. scale is a power of two such
 * that the weights (or a cost, if greater) come to at most 2^36: about eleven digits, while scores
 * are floats of seven. */
#ifndef HN_MATCHER_COMPOSE_IMPL_H
#define HN_MATCHER_COMPOSE_IMPL_H

#include "matcher/compose.h"

/* One linear constraint on the number of members out of a list. */
struct row {
    enum compose_block block; /* BLOCK_MOST: an avoided set */
    bool at_least;            /* else at most */
    uint32_t bound, a, b;     /* a, b: as in compose_relaxation, in the problem's numbers */
    const uint32_t *members;
    uint32_t n;
};

struct model {
    uint32_t n, n_subtopics, stride; /* stride: n_subtopics made even, the rest zeros */
    uint32_t most;
    double scale;           /* units of one */
    const uint32_t *origin; /* number in the problem, by number in the model; ascending by key */
    const double *unit;     /* [n][stride] */
    const double *cost;
    const uint32_t *load;
    const bool *locked;
    const struct row *rows;
    uint32_t n_rows;
    const uint32_t *row_start, *row_of; /* rows of i: row_of[row_start[i] .. row_start[i + 1]) */
};

/* In arena. With pairs, a group of n becomes n (n - 1) / 2 rows of two. */
const struct model *model_new(const struct compose_problem *p, bool pairs, struct arena *arena);

/* In every constraint, i may stand where j stood. */
bool model_row_dominates(const struct model *m, uint32_t i, uint32_t j);

enum decision { DECISION_FREE, DECISION_IN, DECISION_OUT };

/* Which candidates are decided, and in which order, so that it can be taken back. */
struct state {
    const struct model *m;
    uint32_t least, most; /* members */
    uint8_t *status;      /* enum decision */
    bool *off;            /* rows that do not count */
    uint32_t *in;         /* those that are in */
    uint32_t n_in;
    uint32_t *row_in, *row_free;
    uint32_t *trail, n_trail;
};

/* All free. In arena. */
void state_init(struct state *s, const struct model *m, struct arena *arena);
/* What the constraints alone imply, and the locks. False: nothing is feasible. */
bool state_start(struct state *s, const bool *unlocked);
/* Decides i and what follows from it. False: not possible; take back to where it was before. */
bool state_decide(struct state *s, uint32_t i, enum decision d);
void state_undo(struct state *s, uint32_t n_trail);

/* Members and the seats that they fill best. A plain value: a copy is another one. */
struct seating {
    const struct model *m;
    uint32_t members[COMPOSE_MEMBERS], n;
    uint64_t on[COMPOSE_MEMBERS];                  /* bits of the subtopics that a member is on */
    uint8_t at[COMPOSE_SUBTOPICS * COMPOSE_SEATS]; /* which of them sits there; UINT8_MAX: nobody */
};

void seating_init(struct seating *s, const struct model *m);
/* One more member: returns what the seats are worth more, in units, its cost left out. */
double seating_add(struct seating *s, uint32_t candidate);
/* n_subtopics times COMPOSE_SEATS numbers of candidates, best first, UINT32_MAX where empty. */
void seating_read(struct seating *s, uint32_t *seat);
/* What seats would be worth if there were no limits to load. */
double seats_at_most(const struct model *m, const uint32_t *members, uint32_t n);

enum verdict { VERDICT_NO, VERDICT_YES, VERDICT_UNKNOWN };
/* Can the state be completed? YES leaves it so (those still free may stay out), else it is as it
 * was. *effort is counted down; UNKNOWN when it is used up. */
enum verdict feasible(struct state *s, size_t *effort);

/* ---- the bound --------------------------------------------------------------------------------
 */

/* Each seat has a price, so has each row. A candidate then takes, by itself, the seats that pay;
 * the prices of all seats and rows, and what the best candidates gain, bound what any consortium
 * can be worth. compose_bound.c. */
struct prices {
    double *seat; /* COMPOSE_SEATS times stride */
    double *row;
};

/* What is still open at a node of the search, and what is known of it. */
struct node {
    struct prices prices; /* the best so far */
    double bound;         /* units; at these prices or at others */
    uint64_t sizes;       /* at the root: bits of the sizes that a better one may have */
    uint32_t *free, n_free;
    uint32_t chosen[COMPOSE_MEMBERS], n_chosen; /* of the free ones, at the best prices; by gain */
};

struct bounder;
struct bounder *bounder_new(const struct model *m, struct arena *arena);
void node_init(struct node *n, const struct model *m, struct arena *arena);
/* Lowers n->bound by changing prices, `rounds` times at most, and decides in the state whoever
 * cannot be part, or must be part, of anything better than `least`. n->free holds, and keeps
 * holding, those that are free. again: goes on where the last call, for the same node, left off.
 * False: there is nothing better than `least` here. */
bool bound_tighten(struct bounder *b, struct state *s, struct node *n, double least, int rounds,
                   bool again);
/* As bundle_shares, of the node that was tightened last. */
void bound_shares(const struct bounder *b, double *share);
/* What has been done so far, in candidates times subtopics priced, roughly. */
size_t bound_work(const struct bounder *b);
/* What i gains at the node's prices. */
double bound_gain(const struct bounder *b, const struct node *n, uint32_t i);
/* What prices alone come to: with the gains of some members added, a bound for them. */
double bound_base(const struct bounder *b, const struct node *n);

/* Minimises a convex function of prices, none below 0, that is known where it has been evaluated.
 */
struct bundle;
/* What is known at some prices: the bound, a subgradient, which of the free candidates it took. */
struct point {
    double value;
    const double *slope;
    uint32_t set[COMPOSE_MEMBERS], n_set;
};
struct bundle *bundle_new(size_t n_prices, struct arena *arena);
void bundle_clear(struct bundle *b);
/* Learns what is known at `price`, writes there, in whole numbers, where to look next and returns
 * by how much the value may fall there. target: what one hopes for. */
double bundle_next(struct bundle *b, double *price, const struct point *p, double target);
/* Adds to share[i], for each candidate, how far it is in where the weights of what was learnt lead:
 * near the minimum, its part in the linear relaxation. */
void bundle_shares(const struct bundle *b, double *share);

#endif
