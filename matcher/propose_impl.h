/* propose_impl.h - the parts of a proposal's making: propose.c runs them in this order.
 *
 *   propose_score.c  how every organisation stands on every subtopic
 *   propose_pool.c   who is a candidate, what a membership costs, what is demanded: the problem
 *   propose_say.c    the solution in words: seats, evidence, what each member is worth, resources
 *
 * Private to matcher/. */
#ifndef HN_MATCHER_PROPOSE_IMPL_H
#define HN_MATCHER_PROPOSE_IMPL_H

#include "matcher/history.h"
#include "matcher/propose.h"

/* How an organisation stands on a subtopic, by its best capability there. */
struct standing {
    float score;         /* 0: nothing that stands out; what compose.h is given */
    float expected;      /* by chance; INFINITY: it has nothing to be judged by */
    uint32_t capability; /* ordinal; UINT32_MAX: none */
    uint8_t level;       /* enum match_level, musts that are stated otherwise considered */
    bool near;           /* a near miss at least */
};

enum { RESOURCES_MAX = 3 /* on a subtopic */ };

/* A capability that others may use, and how near it is to the subtopic. */
struct offered_resource {
    uint32_t capability;
    float expected;
};
struct offered_resources {
    struct offered_resource at[RESOURCES_MAX]; /* best first */
    size_t n;
};

enum { ORG_LOCKED = 1, ORG_BANNED = 2, ORG_OWNER = 4, ORG_MEMBER = 8 /* as it turned out */ };

/* Demands: the first two must be met, the others where that is possible. */
enum { PROPOSE_MUSTS = 2, PROPOSE_DEMANDS = 4 };

/* One run: what every part needs. */
struct proposing {
    struct matcher *matcher;
    const struct snapshot *snapshot;
    struct analyzer *analyzer;
    const struct propose_request *request;
    struct arena *arena;
    struct proposal *out;

    size_t n_topics;
    const struct record **topics; /* the subtopics as needs */
    double *weight;               /* of subtopics; they sum to 1 */

    size_t n_orgs;     /* ordinals there are */
    uint8_t *marks;    /* ORG_*, by ordinal */
    uint8_t *tried;    /* by ordinal of capability: introduced to this very need in vain */
    uint32_t *settled; /* ordinals of those locked and the owner: members anyway */
    size_t n_settled;
    struct standing **standing;          /* [topic][ordinal of organisation] */
    struct offered_resources *resources; /* by topic */

    const struct history *history;
    struct compose_problem problem;
    uint32_t *candidates;             /* their ordinals, as the problem numbers them */
    struct compose_solution solution; /* where only demands stand in the way, of the problem
                                         without these */
    struct compose_relaxation *steps; /* of a problem that is not feasible */
    size_t n_steps;
};

/* standing and resources. -1 with err when the embedder fails. */
int propose_score(struct proposing *p, struct err *err);

/* candidates and problem. */
void propose_problem(struct proposing *p);
/* The problem as it would be if that candidate were banned: numbered as before, who may not be in
 * is in *avoid, which *out names. In p->arena. */
void propose_without(const struct proposing *p, uint32_t candidate, struct compose_problem *out,
                     struct compose_avoid *avoid);
/* Smaller enterprises are asked for where that is possible and gives them something to do: where it
 * is not, the problem is left without that demand. */
void propose_solve(const struct proposing *p, struct compose_problem *problem,
                   struct compose_solution *out);
/* The role an organisation has by its kind and tier; an enterprise without a tier is an SME. */
enum member_role propose_role(const struct record *org);
/* Can it lead? An enterprise whose tier is not recorded may. */
bool propose_may_lead(const struct record *org);

/* out, from problem and solution. */
void propose_say(struct proposing *p);

#endif
