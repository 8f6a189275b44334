#include "base/base.h"

#include "base/mem.h"
#include "matcher/indicator_table.h"
#include "matcher/level.h"
#include "matcher/propose_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct record *org_of(const struct proposing *p, uint32_t candidate)
{
    return snapshot_record(p->snapshot, KIND_ORG, p->candidates[candidate]);
}

static const struct standing *standing_on(const struct proposing *p, size_t topic,
                                          uint32_t candidate)
{
    return &p->standing[topic][p->candidates[candidate]];
}

static bool covers(const struct proposing *p, const struct compose_solution *s, size_t topic)
{
    uint32_t first = s->seats[topic][0].candidate;
    return first != UINT32_MAX && standing_on(p, topic, first)->level >= LEVEL_GOOD;
}

static double coverage_of(const struct proposing *p, const struct compose_solution *s)
{
    double sum = 0;
    for (size_t t = 0; t < p->n_topics; t++)
        if (covers(p, s, t)) sum += p->weight[t];
    return MIN(sum, 1.0);
}

/* ---- seats ----------------------------------------------------------------------------------- */

static struct proposal_seat seat_of(const struct proposing *p, size_t topic, uint32_t org)
{
    const struct standing *s = &p->standing[topic][org];
    struct proposal_seat seat = {.org = snapshot_record(p->snapshot, KIND_ORG, org),
                                 .score = (double)s->score,
                                 .expected_by_chance = (double)s->expected,
                                 .level = (enum match_level)s->level};
    if (s->capability != UINT32_MAX)
        seat.capability = snapshot_record(p->snapshot, KIND_CAPABILITY, s->capability);
    return seat;
}

/* Does a stand better than b on the subtopic? Of equal ones the one whose uid is smaller. */
static bool stands_before(const struct proposing *p, size_t topic, uint32_t a, uint32_t b)
{
    const struct standing *x = &p->standing[topic][a], *y = &p->standing[topic][b];
    if (x->score != y->score) return x->score > y->score;
    if (x->expected != y->expected) return x->expected < y->expected;
    return strcmp(snapshot_record(p->snapshot, KIND_ORG, a)->uid,
                  snapshot_record(p->snapshot, KIND_ORG, b)->uid) < 0;
}

/* The best that is no member; where nobody sits, the nearest miss will do. UINT32_MAX: nobody. */
static uint32_t next_best(const struct proposing *p, size_t topic, bool seated)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t org = 0; org < p->n_orgs; org++) {
        const struct standing *s = &p->standing[topic][org];
        if (s->score <= 0 && (seated || !s->near)) continue;
        if (p->marks[org] & (ORG_BANNED | ORG_MEMBER)) continue;
        if (!snapshot_record(p->snapshot, KIND_ORG, org)) continue;
        if (best == UINT32_MAX || stands_before(p, topic, org, best)) best = org;
    }
    return best;
}

static void say_seats(struct proposing *p)
{
    const struct compose_solution *s = &p->solution;
    for (size_t i = 0; i < s->n_members; i++) p->marks[p->candidates[s->members[i]]] |= ORG_MEMBER;
    for (size_t t = 0; t < p->n_topics; t++) {
        struct proposal_subtopic *topic = &p->out->subtopics[t];
        for (int k = 0; s->feasible && k < COMPOSE_SEATS; k++) {
            uint32_t candidate = s->seats[t][k].candidate;
            if (candidate == UINT32_MAX) break;
            topic->seats[topic->n_seats++] = seat_of(p, t, p->candidates[candidate]);
        }
        topic->covered = s->feasible && covers(p, s, t);
        uint32_t next = next_best(p, t, topic->n_seats > 0);
        if (next != UINT32_MAX) topic->next = seat_of(p, t, next);
    }
}

/* Quotes from the subtopic, or, where its words are not for this reader, from the challenge's
 * title; and its indicators beside those of the capability. */
struct reasons {
    const struct proposing *p;
    struct explainer *explainer;
    struct indicator_statement *required;
    size_t n_required;
};

static void say_reasons(struct reasons *r, struct proposal_seat *seat)
{
    const struct proposing *p = r->p;
    if (!seat->capability) return;
    struct explain_source offer = {.record = seat->capability};
    offer.title_only = !p->request->see_all && !record_is_public(seat->capability);
    seat->n_evidence = explainer_pair(r->explainer, &offer, p->arena, &seat->evidence);
    if (!r->n_required) return;
    struct indicator_statement *stated;
    size_t n = indicator_statements(p->analyzer, &offer, false, p->arena, &stated);
    seat->n_indicators =
        indicator_table(r->required, r->n_required, stated, n, p->arena, &seat->indicators);
}

static void say_evidence(struct proposing *p)
{
    for (size_t t = 0; t < p->n_topics; t++) {
        struct proposal_subtopic *topic = &p->out->subtopics[t];
        struct explain_source need = {.record = p->topics[t]};
        if (p->out->sealed)
            need = (struct explain_source){.record = p->request->challenge, .title_only = true};
        struct reasons r = {.p = p};
        r.explainer =
            explainer_new(p->snapshot, p->analyzer, KIND_CAPABILITY, &need, true, p->arena);
        r.n_required = indicator_statements(p->analyzer, &need, true, p->arena, &r.required);
        for (size_t k = 0; k < topic->n_seats; k++) say_reasons(&r, &topic->seats[k]);
        if (topic->next.org) say_reasons(&r, &topic->next);
        explainer_free(r.explainer);
    }
}

/* ---- what else could be -----------------------------------------------------------------------
 */

/* A proposal asks up to a dozen times what else could be: each may look at so many nodes, where one
 * alone may at many more. A city's proposals take a few. */
enum { WHAT_IF_NODES = 1000 };

static void what_if(const struct proposing *p, const struct compose_avoid *avoids, size_t n,
                    struct compose_solution *out)
{
    struct compose_problem problem = p->problem;
    problem.avoids = avoids;
    problem.n_avoids = n;
    problem.effort = WHAT_IF_NODES;
    compose_solve(&problem, p->arena, out);
}

/* ---- members --------------------------------------------------------------------------------- */

/* A member while it is put in order. */
struct draft {
    struct proposal_member member;
    uint32_t candidate;
    double given; /* what its seats give to the objective */
};

static void say_seats_of(const struct proposing *p, struct draft *d)
{
    struct proposal_member *m = &d->member;
    m->subtopics = arena_alloc(p->arena, p->n_topics, sizeof *m->subtopics);
    for (size_t t = 0; t < p->n_topics; t++)
        for (size_t k = 0; k < COMPOSE_SEATS; k++) {
            const struct compose_seat *seat = &p->solution.seats[t][k];
            if (seat->candidate != d->candidate) continue;
            m->subtopics[m->n_subtopics++] = (uint32_t)t;
            d->given += p->weight[t] * compose_seat_worth(k) * (double)seat->score;
        }
}

/* The lead first, then by role, by seats and what they give, by uid. */
static int by_role(const void *a, const void *b)
{
    const struct draft *x = a, *y = b;
    if (x->member.role != y->member.role) return x->member.role < y->member.role ? -1 : 1;
    if (x->member.n_subtopics != y->member.n_subtopics)
        return x->member.n_subtopics > y->member.n_subtopics ? -1 : 1;
    if (x->given != y->given) return x->given > y->given ? -1 : 1;
    return strcmp(x->member.org->uid, y->member.org->uid);
}

/* Would x lead rather than y? The owner of the need poses the task and leads where it can; then one
 * that is known as a lead enterprise. */
static bool leads_before(const struct draft *x, const struct draft *y)
{
    if (x->member.owner != y->member.owner) return x->member.owner;
    bool known_x = propose_role(x->member.org) == MEMBER_LEAD;
    bool known_y = propose_role(y->member.org) == MEMBER_LEAD;
    if (known_x != known_y) return known_x;
    if (x->given != y->given) return x->given > y->given;
    return strcmp(x->member.org->uid, y->member.org->uid) < 0;
}

static struct draft *lead_of(struct draft *drafts, size_t n)
{
    struct draft *lead = NULL;
    for (size_t i = 0; i < n; i++)
        if (propose_may_lead(drafts[i].member.org) && (!lead || leads_before(&drafts[i], lead)))
            lead = &drafts[i];
    return lead;
}

/* What the consortium would be without a member: solved anew. */
static void say_worth(const struct proposing *p, struct draft *d)
{
    struct proposal_member *m = &d->member;
    struct compose_problem without;
    struct compose_avoid avoid;
    struct compose_solution s;
    propose_without(p, d->candidate, &without, &avoid);
    without.effort = WHAT_IF_NODES;
    propose_solve(p, &without, &s);
    m->marginal = s.feasible ? p->solution.objective - s.objective : INFINITY;
    m->irreplaceable = !s.feasible;
    m->lost = arena_alloc(p->arena, p->n_topics, sizeof *m->lost);
    for (size_t t = 0; t < p->n_topics; t++) {
        if (!p->out->subtopics[t].covered) continue;
        bool covered = s.feasible && covers(p, &s, t);
        for (uint32_t i = 0; !s.feasible && !covered && i < p->problem.n; i++)
            covered = i != d->candidate && standing_on(p, t, i)->level >= LEVEL_GOOD;
        if (!covered) m->lost[m->n_lost++] = (uint32_t)t;
    }
    m->irreplaceable = m->irreplaceable || m->n_lost;
}

static void say_members(struct proposing *p)
{
    const struct compose_solution *s = &p->solution;
    size_t n = s->n_members;
    struct draft *drafts = mem_zalloc(n, sizeof *drafts);
    for (size_t i = 0; i < n; i++) {
        struct draft *d = &drafts[i];
        uint8_t marks = p->marks[p->candidates[s->members[i]]];
        d->candidate = s->members[i];
        d->member = (struct proposal_member){.org = org_of(p, d->candidate),
                                             .marginal = NAN,
                                             .locked = marks & ORG_LOCKED,
                                             .owner = marks & ORG_OWNER};
        d->member.role = propose_role(d->member.org);
        say_seats_of(p, d);
    }
    struct draft *lead = lead_of(drafts, n);
    if (lead) lead->member.role = MEMBER_LEAD;
    if (lead && lead != drafts) {
        struct draft first = *lead;
        memmove(drafts + 1, drafts, (size_t)(lead - drafts) * sizeof *drafts);
        drafts[0] = first;
    }
    size_t behind = lead ? 1 : 0;
    if (n > behind) qsort(drafts + behind, n - behind, sizeof *drafts, by_role);
    p->out->members = arena_alloc(p->arena, n, sizeof *p->out->members);
    p->out->n_members = n;
    for (size_t i = 0; i < n; i++) {
        if (!p->request->brief) say_worth(p, &drafts[i]);
        p->out->members[i] = drafts[i].member;
    }
    free(drafts);
}

static void say_ties(struct proposing *p)
{
    size_t n = p->out->n_members;
    struct proposal_member *members = p->out->members;
    p->out->ties = arena_alloc(p->arena, n * n, sizeof *p->out->ties);
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t b = a + 1; b < n; b++) {
            size_t joint =
                history_joint(p->history, snapshot_find(p->snapshot, KIND_ORG, members[a].org->uid),
                              snapshot_find(p->snapshot, KIND_ORG, members[b].org->uid));
            if (!joint) continue;
            p->out->ties[p->out->n_ties++] = (struct proposal_tie){a, b, joint};
            members[a].joint++;
            members[b].joint++;
        }
}

/* ---- shared resources ------------------------------------------------------------------------ */

/* Who offers it: a member before others, the main owner before others. org NULL: nobody known;
 * false: only those that were ruled out. */
static bool owner_of_resource(const struct proposing *p, struct proposal_resource *r,
                              uint32_t capability)
{
    const uint32_t *owners;
    size_t n = snapshot_owners(p->snapshot, KIND_CAPABILITY, capability, &owners);
    for (size_t i = 0; i < n; i++) {
        if (p->marks[owners[i]] & ORG_BANNED) continue;
        const struct record *org = snapshot_record(p->snapshot, KIND_ORG, owners[i]);
        for (size_t k = 0; k < p->out->n_members && !r->of_member; k++)
            if (p->out->members[k].org == org) {
                r->org = org;
                r->of_member = true;
            }
        if (!r->org) r->org = org;
    }
    return r->org || n == 0;
}

/* Does another subtopic want it more? Then it is shown there. */
static bool wanted_more(const struct proposing *p, size_t topic, const struct offered_resource *o)
{
    for (size_t t = 0; t < p->n_topics; t++)
        for (size_t i = 0; i < p->resources[t].n; i++) {
            const struct offered_resource *other = &p->resources[t].at[i];
            if (other->capability != o->capability) continue;
            if (other->expected < o->expected || (other->expected == o->expected && t < topic))
                return true;
        }
    return false;
}

/* By its seat it is among the reasons for a member already. */
static bool is_seated(const struct proposal_subtopic *topic, const struct record *capability)
{
    for (size_t k = 0; k < topic->n_seats; k++)
        if (topic->seats[k].capability == capability) return true;
    return false;
}

static void say_resources(struct proposing *p)
{
    struct proposal *out = p->out;
    out->resources = arena_alloc(p->arena, p->n_topics * RESOURCES_MAX, sizeof *out->resources);
    for (size_t t = 0; t < p->n_topics; t++)
        for (size_t i = 0; i < p->resources[t].n; i++) {
            const struct offered_resource *o = &p->resources[t].at[i];
            struct proposal_resource r = {
                .capability = snapshot_record(p->snapshot, KIND_CAPABILITY, o->capability),
                .subtopic = (uint32_t)t,
                .level = level_of((double)o->expected),
                .expected_by_chance = (double)o->expected};
            if (is_seated(&out->subtopics[t], r.capability) || wanted_more(p, t, o)) continue;
            if (owner_of_resource(p, &r, o->capability)) out->resources[out->n_resources++] = r;
        }
}

/* ---- other ways ------------------------------------------------------------------------------ */

/* At least this share of the members differs, and at least so many of those that are free to. */
static const double DIFFER = 1.0 / 3;
static const double WORTH = 0.5; /* of the best objective: less is no alternative */
enum { DIFFER_LEAST = 2 };

/* Forbids what is too like a solution; false where nobody in it could be another. */
static bool avoid(const struct proposing *p, const struct compose_solution *s,
                  struct compose_avoid *out)
{
    uint32_t *open = arena_alloc(p->arena, s->n_members, sizeof *open);
    size_t n = 0;
    for (size_t i = 0; i < s->n_members; i++)
        if (!p->problem.candidates[s->members[i]].locked) open[n++] = s->members[i];
    size_t differ = MAX((size_t)ceil(DIFFER * (double)s->n_members), (size_t)DIFFER_LEAST);
    *out = (struct compose_avoid){.members = open, .n = n, .most = n - MIN(n, differ)};
    return n > 0;
}

static void say_alternatives(struct proposing *p)
{
    struct compose_avoid avoids[PROPOSE_ALTERNATIVES];
    struct compose_solution last = p->solution;
    struct proposal *out = p->out;
    out->alternatives = arena_alloc(p->arena, PROPOSE_ALTERNATIVES, sizeof *out->alternatives);
    for (size_t n = 0; n < PROPOSE_ALTERNATIVES && avoid(p, &last, &avoids[n]); n++) {
        what_if(p, avoids, n + 1, &last);
        if (!last.feasible || last.objective < WORTH * p->solution.objective || last.objective <= 0)
            return;
        struct proposal_alternative *a = &out->alternatives[out->n_alternatives++];
        *a = (struct proposal_alternative){.n_members = last.n_members,
                                           .objective = last.objective,
                                           .coverage = coverage_of(p, &last),
                                           .optimal = last.optimal};
        a->members = arena_alloc(p->arena, last.n_members, sizeof *a->members);
        for (size_t i = 0; i < last.n_members; i++) a->members[i] = org_of(p, last.members[i]);
    }
}

static void say_relaxations(struct proposing *p)
{
    const struct compose_relaxation *steps = p->steps;
    struct proposal *out = p->out;
    out->relaxations = arena_zalloc(p->arena, p->n_steps, sizeof *out->relaxations);
    out->n_relaxations = p->n_steps;
    for (size_t i = 0; i < p->n_steps; i++) {
        struct proposal_relaxation *r = &out->relaxations[i];
        r->block = steps[i].block;
        switch (r->block) {
        case BLOCK_LOCK: r->a = org_of(p, steps[i].a); break;
        case BLOCK_DEMAND: r->roles = p->problem.demands[steps[i].a].classes; break;
        case BLOCK_CONFLICT:
        case BLOCK_GROUP:
            r->a = org_of(p, steps[i].a);
            r->b = org_of(p, steps[i].b);
            break;
        case BLOCK_MOST: r->most = steps[i].a; break;
        }
    }
}

void propose_say(struct proposing *p)
{
    const struct compose_solution *s = &p->solution;
    struct proposal *out = p->out;
    out->optimal = s->optimal;
    say_relaxations(p);
    say_seats(p);
    if (!s->feasible) {
        say_resources(p);
        if (!p->request->brief) say_evidence(p); /* of who would be nearest */
        return;
    }
    out->objective = s->objective;
    out->bound = s->bound;
    out->coverage = coverage_of(p, s);
    say_members(p);
    say_ties(p);
    say_resources(p);
    if (p->request->brief) return;
    say_evidence(p);
    say_alternatives(p);
}
