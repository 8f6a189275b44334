#include "base/base.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "matcher/propose_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a membership costs, on the scale of the objective, where a consortium that covers every
 * subtopic perfectly with one seat each reaches 1. With four subtopics a member is worth its place
 * for the second seat of one (0.3 / 4 of a good score), not for a third. */
static const double COST = 0.03;

/* Preferences: small beside any difference in score that means something, and together less than
 * COST, so that nobody joins for being preferred. */
static const double REGION = 0.006;  /* of the region asked for */
static const double HISTORY = 0.008; /* by history_closeness with the owner or a locked member */
static const double NEWCOMER = 0.5;  /* the closeness that one piece of common work gives: what
                                        newcomers, to whom history is closed, get as well */
static const double CHAIN = 0.004;   /* of the challenge's industry chain */
static const double NEAR = 0.004;    /* who fits no subtopic and may only fill a demand: times
                                        1 / (1 + E), the nearest first */

/* Organisations without a score that may fill a demand, of each kind of demand: the preferred ones.
 * More than a consortium has places, so that conflicts and groups leave some over. */
enum { FILLERS = COMPOSE_MEMBERS };

/* ---- roles ----------------------------------------------------------------------------------- */

const char *member_role_name(enum member_role role)
{
    static const char *const names[MEMBER_ROLES] = {"lead",      "sme",      "university",
                                                    "institute", "platform", "other"};
    return names[role];
}

static bool is_code(const struct record *r, enum field f, const char *code)
{
    return r->value[f] && strcmp(r->value[f], code) == 0;
}

enum member_role propose_role(const struct record *org)
{
    if (is_code(org, FIELD_KIND, "enterprise"))
        return is_code(org, FIELD_TIER, "lead") ? MEMBER_LEAD : MEMBER_SME;
    if (is_code(org, FIELD_KIND, "university")) return MEMBER_UNIVERSITY;
    if (is_code(org, FIELD_KIND, "institute")) return MEMBER_INSTITUTE;
    if (is_code(org, FIELD_KIND, "platform")) return MEMBER_PLATFORM;
    return MEMBER_OTHER;
}

bool propose_may_lead(const struct record *org)
{
    return is_code(org, FIELD_KIND, "enterprise") && !is_code(org, FIELD_TIER, "sme");
}

static unsigned bit(enum member_role role)
{
    return 1u << role;
}

static unsigned classes_of(const struct record *org)
{
    return bit(propose_role(org)) | (propose_may_lead(org) ? bit(MEMBER_LEAD) : 0);
}

/* ---- candidates ------------------------------------------------------------------------------ */

struct hopeful {
    uint32_t org;
    double worth; /* the more the sooner */
    const char *uid;
};

static int by_worth(const void *a, const void *b)
{
    const struct hopeful *x = a, *y = b;
    if (x->worth != y->worth) return x->worth > y->worth ? -1 : 1;
    return strcmp(x->uid, y->uid);
}

static const struct record *org_at(const struct proposing *p, uint32_t org)
{
    return snapshot_record(p->snapshot, KIND_ORG, org);
}

static float best_score(const struct proposing *p, uint32_t org)
{
    float best = 0;
    for (size_t t = 0; t < p->n_topics; t++) best = MAX(best, p->standing[t][org].score);
    return best;
}

/* How near it comes to any subtopic, in [0, 1], however far that is. */
static double nearness(const struct proposing *p, uint32_t org)
{
    double least = INFINITY;
    for (size_t t = 0; t < p->n_topics; t++)
        least = MIN(least, (double)p->standing[t][org].expected);
    return 1 / (1 + least);
}

static bool of_region(const struct record *org, const char *region)
{
    static const enum field said[] = {FIELD_REGION, FIELD_TOWN};
    for (size_t i = 0; i < ARRAY_LEN(said); i++)
        if (org->value[said[i]] && strstr(org->value[said[i]], region)) return true;
    return false;
}

/* The closest to it of those that are members anyway. */
static double closest(const struct proposing *p, uint32_t org)
{
    double best = history_newcomer(p->history, p->snapshot, org) ? NEWCOMER : 0;
    for (size_t i = 0; i < p->n_settled; i++)
        best = MAX(best, (double)history_closeness(p->history, org, p->settled[i]));
    return best;
}

static double preference(const struct proposing *p, uint32_t org)
{
    const struct record *r = org_at(p, org);
    const char *chain = p->request->challenge->value[FIELD_CHAIN];
    double sum = HISTORY * closest(p, org);
    if (p->request->region && of_region(r, p->request->region)) sum += REGION;
    if (chain && is_code(r, FIELD_CHAIN, chain)) sum += CHAIN;
    if (best_score(p, org) <= 0) sum += NEAR * nearness(p, org);
    return sum;
}

/* Organisations that are to be candidates, each once. */
struct gathering {
    const struct proposing *p;
    uint8_t *in; /* by ordinal */
    VEC(uint32_t) orgs;
    VEC(struct hopeful) hopefuls; /* scratch */
};

static void gather(struct gathering *g, uint32_t org)
{
    if (g->in[org]) return;
    g->in[org] = 1;
    vec_push(&g->orgs, org);
}

static bool is_open(const struct proposing *p, uint32_t org)
{
    return org_at(p, org) && !(p->marks[org] & ORG_BANNED);
}

/* The most worthy hopefuls, at most `most`. */
static void gather_best(struct gathering *g, size_t most)
{
    if (g->hopefuls.len) qsort(g->hopefuls.at, g->hopefuls.len, sizeof *g->hopefuls.at, by_worth);
    for (size_t i = 0; i < MIN(g->hopefuls.len, most); i++) gather(g, g->hopefuls.at[i].org);
    g->hopefuls.len = 0;
}

/* Those with a score: all, or where that is more than the solver takes the best on each subtopic.
 */
static void gather_scored(struct gathering *g)
{
    const struct proposing *p = g->p;
    size_t n = 0, room = COMPOSE_CANDIDATES - p->n_settled - (size_t)(2 * FILLERS);
    for (uint32_t org = 0; org < p->n_orgs; org++)
        if (is_open(p, org) && best_score(p, org) > 0) n++;
    p->out->candidates = n;
    size_t most = n <= room ? n : room / p->n_topics;
    for (size_t t = 0; t < p->n_topics; t++) {
        for (uint32_t org = 0; org < p->n_orgs; org++)
            if (is_open(p, org) && p->standing[t][org].score > 0)
                vec_push(&g->hopefuls, (struct hopeful){org, (double)p->standing[t][org].score,
                                                        org_at(p, org)->uid});
        gather_best(g, most);
    }
}

/* Those that fit no subtopic but could fill a demand. They have to be of the challenge's industry
 * chain: a team with a gap is worth more to people than one filled up with strangers. */
static void gather_fillers(struct gathering *g, unsigned classes)
{
    const struct proposing *p = g->p;
    const char *chain = p->request->challenge->value[FIELD_CHAIN];
    for (uint32_t org = 0; chain && org < p->n_orgs; org++)
        if (!g->in[org] && is_open(p, org) && is_code(org_at(p, org), FIELD_CHAIN, chain) &&
            (classes_of(org_at(p, org)) & classes))
            vec_push(&g->hopefuls, (struct hopeful){org, preference(p, org), org_at(p, org)->uid});
    gather_best(g, FILLERS);
}

/* ---- the problem ----------------------------------------------------------------------------- */

static bool is_out(const struct compose_problem *problem, uint32_t candidate)
{
    for (size_t a = 0; a < problem->n_avoids; a++)
        for (size_t i = 0; i < problem->avoids[a].n; i++)
            if (problem->avoids[a].members[i] == candidate) return true;
    return false;
}

/* A lead enterprise, and a university or institute, there must be; the city wants smaller
 * enterprises to take part as well ("a lead enterprise, with small and medium ones, and
 * universities and institutes"), which is asked for where one has something to give: it is never a
 * reason to propose nobody (propose.c). */
static void set_demands(const struct proposing *p, struct compose_problem *problem)
{
    struct compose_demand *d = arena_alloc(p->arena, PROPOSE_DEMANDS, sizeof *d);
    d[0] = (struct compose_demand){bit(MEMBER_LEAD), 1};
    d[1] = (struct compose_demand){bit(MEMBER_UNIVERSITY) | bit(MEMBER_INSTITUTE), 1};
    d[2] = (struct compose_demand){bit(MEMBER_SME), 1};
    /* One whose tier is unknown may lead or be an SME: not both at once. */
    d[3] = (struct compose_demand){bit(MEMBER_LEAD) | bit(MEMBER_SME), 2};
    size_t enterprises = 0;
    bool sme = false;
    for (uint32_t i = 0; i < problem->n; i++) {
        if (is_out(problem, i)) continue;
        if (best_score(p, p->candidates[i]) <= 0 && !problem->candidates[i].locked) continue;
        unsigned classes = problem->candidates[i].classes;
        enterprises += (classes & d[3].classes) != 0;
        sme = sme || (classes & d[2].classes);
    }
    problem->demands = d;
    problem->n_demands = PROPOSE_MUSTS;
    if (sme) problem->n_demands = enterprises > 1 ? PROPOSE_DEMANDS : PROPOSE_DEMANDS - 1;
}

static void set_conflicts(struct proposing *p, const uint32_t *number)
{
    const struct propose_request *q = p->request;
    struct compose_conflict *c = arena_alloc(p->arena, q->n_apart, sizeof *c);
    size_t n = 0;
    for (size_t i = 0; i < q->n_apart; i++) {
        uint32_t a = number[snapshot_find(p->snapshot, KIND_ORG, q->apart[i][0])];
        uint32_t b = number[snapshot_find(p->snapshot, KIND_ORG, q->apart[i][1])];
        if (a != UINT32_MAX && b != UINT32_MAX && a != b) c[n++] = (struct compose_conflict){a, b};
    }
    p->problem.conflicts = c;
    p->problem.n_conflicts = n;
}

static struct compose_candidate candidate_of(const struct proposing *p, uint32_t org,
                                             struct map *groups)
{
    const struct record *r = org_at(p, org);
    float *score = arena_alloc(p->arena, p->n_topics, sizeof *score);
    for (size_t t = 0; t < p->n_topics; t++) score[t] = p->standing[t][org].score;
    const char *group = r->value[FIELD_GROUP];
    return (struct compose_candidate){
        .score = score,
        .cost = COST - preference(p, org),
        .classes = classes_of(r),
        .group = group ? map_add(groups, group, strlen(group), (uint32_t)map_count(groups) + 1) : 0,
        .load = (uint32_t)(p->request->load ? p->request->load : (size_t)PROPOSE_LOAD),
        .locked = (p->marks[org] & (ORG_LOCKED | ORG_OWNER)) != 0,
        .key = r->uid,
    };
}

static int by_uid(const void *a, const void *b)
{
    const struct hopeful *x = a, *y = b;
    return strcmp(x->uid, y->uid);
}

/* By uid, so that nothing depends on the order in which records came. */
static void number_candidates(struct proposing *p, struct gathering *g)
{
    size_t n = g->orgs.len;
    for (size_t i = 0; i < n; i++)
        vec_push(&g->hopefuls, (struct hopeful){g->orgs.at[i], 0, org_at(p, g->orgs.at[i])->uid});
    if (n) qsort(g->hopefuls.at, n, sizeof *g->hopefuls.at, by_uid);
    uint32_t *number = arena_alloc(p->arena, p->n_orgs, sizeof *number);
    memset(number, 0xff, p->n_orgs * sizeof *number);
    p->candidates = arena_alloc(p->arena, n, sizeof *p->candidates);
    struct compose_candidate *c = arena_alloc(p->arena, n, sizeof *c);
    struct map *groups = map_new();
    for (size_t i = 0; i < n; i++) {
        p->candidates[i] = g->hopefuls.at[i].org;
        number[p->candidates[i]] = (uint32_t)i;
        c[i] = candidate_of(p, p->candidates[i], groups);
    }
    map_free(groups);
    p->problem.candidates = c;
    p->problem.n = n;
    set_conflicts(p, number);
}

void propose_problem(struct proposing *p)
{
    struct gathering g = {.p = p, .in = mem_zalloc(p->n_orgs, 1)};
    for (size_t i = 0; i < p->n_settled; i++) gather(&g, p->settled[i]);
    gather_scored(&g);
    if (g.orgs.len > p->n_settled) { /* who would join where nobody has anything to give? */
        gather_fillers(&g, bit(MEMBER_LEAD));
        gather_fillers(&g, bit(MEMBER_UNIVERSITY) | bit(MEMBER_INSTITUTE));
    }
    p->problem = (struct compose_problem){
        .n_subtopics = p->n_topics,
        .weight = p->weight,
        .most = p->request->max_members ? p->request->max_members : (size_t)PROPOSE_MEMBERS,
    };
    number_candidates(p, &g);
    set_demands(p, &p->problem);
    vec_free(&g.orgs);
    vec_free(&g.hopefuls);
    free(g.in);
}

void propose_without(const struct proposing *p, uint32_t candidate, struct compose_problem *out,
                     struct compose_avoid *avoid)
{
    size_t n = p->problem.n;
    uint32_t *gone = arena_alloc(p->arena, n, sizeof *gone);
    struct compose_candidate *candidates = arena_alloc(p->arena, n, sizeof *candidates);
    memcpy(candidates, p->problem.candidates, n * sizeof *candidates);
    candidates[candidate].locked = false;
    *avoid = (struct compose_avoid){.members = gone, .n = 1};
    gone[0] = candidate;
    /* Where it alone has something to give, nobody would join for a role (propose_problem). */
    bool others = false;
    for (uint32_t i = 0; i < n && !others; i++)
        others = i != candidate && !candidates[i].locked && best_score(p, p->candidates[i]) > 0;
    for (uint32_t i = 0; i < n && !others; i++)
        if (i != candidate && !candidates[i].locked) gone[avoid->n++] = i;
    *out = p->problem;
    out->candidates = candidates;
    out->avoids = avoid;
    out->n_avoids = 1;
    /* Of a team that is shown although a role is missing, that role is asked for no more. */
    if (p->out->feasible) set_demands(p, out);
}
