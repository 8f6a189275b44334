#include "base/base.h"

#include "base/mem.h"
#include "matcher/messages.h"
#include "matcher/propose_impl.h"

#include <math.h>
#include <string.h>

/* ---- what is asked for ----------------------------------------------------------------------- */

/* Marks the organisations of a list. */
static int mark(struct proposing *p, const char *const *uids, size_t n, uint8_t with,
                struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t ord = snapshot_find(p->snapshot, KIND_ORG, uids[i]);
        if (ord == UINT32_MAX) return err_set(err, ERR_INVALID, MSG_PROPOSE_ORG, uids[i]);
        p->marks[ord] |= with;
        if ((p->marks[ord] & ORG_LOCKED) && (p->marks[ord] & ORG_BANNED))
            return err_set(err, ERR_INVALID, MSG_PROPOSE_LOCK_BAN, uids[i]);
    }
    return 0;
}

static void settle(struct proposing *p)
{
    const struct record *challenge = p->request->challenge;
    uint32_t owner = challenge->n_owners
                         ? snapshot_find(p->snapshot, KIND_ORG, challenge->owners[0])
                         : UINT32_MAX;
    if (owner != UINT32_MAX && !(p->marks[owner] & ORG_BANNED)) p->marks[owner] |= ORG_OWNER;
    p->settled = arena_alloc(p->arena, p->request->n_lock + 1, sizeof *p->settled);
    for (uint32_t org = 0; org < p->n_orgs; org++)
        if (p->marks[org] & (ORG_LOCKED | ORG_OWNER)) p->settled[p->n_settled++] = org;
}

static int read_request(struct proposing *p, struct err *err)
{
    const struct propose_request *q = p->request;
    if (q->max_members > COMPOSE_MEMBERS)
        return err_set(err, ERR_INVALID, MSG_PROPOSE_MEMBERS, q->max_members,
                       (size_t)COMPOSE_MEMBERS);
    p->n_orgs = snapshot_size(p->snapshot, KIND_ORG);
    p->marks = arena_zalloc(p->arena, p->n_orgs, 1);
    p->out->pool = snapshot_live(p->snapshot, KIND_ORG);
    if (mark(p, q->lock, q->n_lock, ORG_LOCKED, err) || mark(p, q->ban, q->n_ban, ORG_BANNED, err))
        return -1;
    for (size_t i = 0; i < q->n_apart; i++)
        if (mark(p, q->apart[i], 2, 0, err)) return -1;
    settle(p);
    return 0;
}

/* ---- subtopics ------------------------------------------------------------------------------- */

static int check_subtopics(const struct propose_request *q, struct err *err)
{
    if (q->n_subtopics == 0 || q->n_subtopics > COMPOSE_SUBTOPICS)
        return err_set(err, ERR_INVALID, MSG_PROPOSE_SUBTOPICS, q->n_subtopics,
                       (size_t)COMPOSE_SUBTOPICS);
    for (size_t i = 0; i < q->n_subtopics; i++) {
        const struct subtopic *t = &q->subtopics[i];
        if (!t->title || !*t->title) return err_set(err, ERR_INVALID, MSG_PROPOSE_TITLE, i + 1);
        if (!(t->weight > 0) || isinf(t->weight))
            return err_set(err, ERR_INVALID, MSG_PROPOSE_WEIGHT, i + 1);
        for (size_t k = 0; k < i; k++)
            if (strcmp(t->id, q->subtopics[k].id) == 0)
                return err_set(err, ERR_INVALID, MSG_PROPOSE_TWICE, t->id);
    }
    return 0;
}

/* The subtopics asked for, or those of the split, and what they are matched as. */
static int read_subtopics(struct proposing *p, struct err *err)
{
    const struct propose_request *q = p->request;
    const struct subtopic *given = q->subtopics;
    struct subtopic *split = NULL;
    p->n_topics = q->n_subtopics;
    if (given) {
        if (check_subtopics(q, err)) return -1;
    } else {
        if (subtopics_split(q->challenge, p->analyzer, matcher_embedder(p->matcher), p->arena,
                            &split, &p->n_topics, err))
            return -1;
        given = split;
    }
    p->topics = arena_alloc(p->arena, p->n_topics, sizeof *p->topics);
    p->weight = arena_alloc(p->arena, p->n_topics, sizeof *p->weight);
    p->out->subtopics = arena_zalloc(p->arena, p->n_topics, sizeof *p->out->subtopics);
    p->out->n_subtopics = p->n_topics;
    double sum = 0;
    for (size_t t = 0; t < p->n_topics; t++) sum += given[t].weight;
    for (size_t t = 0; t < p->n_topics; t++) {
        struct record *r = subtopic_record(&given[t], p->arena);
        /* Found by no uid: its words are its own. Vectors of what a stored record says are kept
         * (match.c), of what people type they are not. */
        r->uid = "";
        r->rev = split ? q->challenge->rev : 0;
        p->topics[t] = r;
        p->weight[t] = given[t].weight / sum;
        p->out->subtopics[t].subtopic = given[t];
    }
    p->out->sealed = split && !q->see_all && !record_is_public(q->challenge);
    return 0;
}

/* ---- the solver ------------------------------------------------------------------------------ */

/* Does everybody who is there of his own have a seat, but for those a role cannot do without? */
static bool all_are_of_use(const struct proposing *p, const struct compose_problem *problem,
                           const struct compose_solution *s)
{
    for (size_t i = 0; i < s->n_members; i++) {
        const struct compose_candidate *c = &problem->candidates[s->members[i]];
        bool seated = c->locked || !(c->classes & problem->demands[PROPOSE_MUSTS].classes);
        for (size_t t = 0; t < p->n_topics && !seated; t++)
            for (int k = 0; k < COMPOSE_SEATS; k++)
                seated = seated || s->seats[t][k].candidate == s->members[i];
        if (!seated) return false;
    }
    return true;
}

void propose_solve(const struct proposing *p, struct compose_problem *problem,
                   struct compose_solution *out)
{
    compose_solve(problem, p->arena, out);
    if (problem->n_demands == PROPOSE_MUSTS) return;
    if (out->feasible && all_are_of_use(p, problem, out)) return;
    problem->n_demands = PROPOSE_MUSTS;
    compose_solve(problem, p->arena, out);
}

/* What stands in the way. Where that is only that nobody here fills a role, the team without it is
 * shown: people know whom to ask. */
static void relax(struct proposing *p)
{
    p->n_steps = compose_relax(&p->problem, p->arena, &p->steps);
    struct compose_demand *kept = mem_dup(p->problem.demands, p->problem.n_demands * sizeof *kept);
    bool only_demands = p->n_steps > 0;
    for (size_t i = 0; i < p->n_steps; i++) {
        only_demands = only_demands && p->steps[i].block == BLOCK_DEMAND;
        if (only_demands) kept[p->steps[i].a].least = 0;
    }
    if (only_demands) {
        p->problem.demands = memcpy(arena_alloc(p->arena, p->problem.n_demands, sizeof *kept), kept,
                                    p->problem.n_demands * sizeof *kept);
        compose_solve(&p->problem, p->arena, &p->solution);
    }
    free(kept);
}

int propose_run(struct matcher *m, const struct snapshot *s, struct analyzer *a,
                const struct propose_request *q, struct arena *arena, struct proposal *out,
                struct err *err)
{
    *out = (struct proposal){.challenge = q->challenge};
    struct proposing p = {
        .matcher = m, .snapshot = s, .analyzer = a, .request = q, .arena = arena, .out = out};
    if (read_request(&p, err) || read_subtopics(&p, err) || propose_score(&p, err)) return -1;
    p.history = history_of(s, arena);
    propose_problem(&p);
    propose_solve(&p, &p.problem, &p.solution);
    out->feasible = p.solution.feasible;
    if (!out->feasible) relax(&p);
    propose_say(&p);
    return 0;
}
