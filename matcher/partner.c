#include "base/base.h"

#include "matcher/level.h"
#include "matcher/partner.h"
#include "matcher/place.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct partner_info {
    const char *name;
    float weight;
} partner_info[PARTNER_COUNT] = {
#define PARTNER(id, name, weight) {name, weight},
#include "matcher/partners.def"
#undef PARTNER
};

struct partners {
    const struct snapshot *s;
    const struct history *history;
    size_t n; /* organisations, snapshot_size */
    enum place *place;
    float *experience;
};

const char *partner_feature_name(enum partner_feature f)
{
    return partner_info[f].name;
}

float partner_weight(enum partner_feature f)
{
    return partner_info[f].weight;
}

const struct partners *partners_of(const struct snapshot *s, struct arena *arena)
{
    static const float NEWCOMER = 0.5f, HALFWAY = 2;
    struct partners *p = arena_zalloc(arena, 1, sizeof *p);
    *p =
        (struct partners){.s = s, .history = history_of(s, arena), .n = snapshot_size(s, KIND_ORG)};
    p->place = arena_zalloc(arena, p->n, sizeof *p->place);
    p->experience = arena_zalloc(arena, p->n, sizeof *p->experience);
    for (uint32_t org = 0; org < p->n; org++) {
        const struct record *r = snapshot_record(s, KIND_ORG, org);
        if (!r) continue;
        float work = (float)history_experience(p->history, org);
        p->place[org] = place_of_org(r);
        p->experience[org] =
            history_newcomer(p->history, s, org) ? NEWCOMER : work / (work + HALFWAY);
    }
    return p;
}

const struct history *partners_history(const struct partners *p)
{
    return p->history;
}

/* Scores as standard deviations from their mean; who has none is level with the worst. */
static void standardise_text(const float *text, size_t n, float *out)
{
    double sum = 0, squares = 0, count = 0, worst = INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (isinf(text[i])) continue;
        sum += (double)text[i];
        squares += (double)text[i] * (double)text[i];
        worst = MIN(worst, (double)text[i]);
        count++;
    }
    double mean = count > 0 ? sum / count : 0;
    double variance = count > 0 ? squares / count - mean * mean : 0;
    double by = variance > 1e-9 ? 1 / sqrt(variance) : 0;
    for (size_t i = 0; i < n; i++) {
        double raw = isinf(text[i]) ? worst : (double)text[i];
        out[i] = count > 0 ? (float)((raw - mean) * by) : 0.0f;
    }
}

static void add_members(const struct partners *p, const uint32_t *members, size_t n,
                        struct partner_scores *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct history_tie *ties;
        size_t n_ties = history_ties(p->history, members[i], &ties);
        for (size_t k = 0; k < n_ties; k++)
            out->value[PARTNER_JOINT][ties[k].org] += (float)ties[k].joint;
        enum place place = p->place[members[i]];
        for (size_t org = 0; place != PLACE_UNKNOWN && org < p->n; org++)
            if (p->place[org] == place) out->value[PARTNER_REGION][org] = 1;
    }
    for (size_t org = 0; org < p->n; org++)
        out->value[PARTNER_JOINT][org] = log1pf(out->value[PARTNER_JOINT][org]);
}

void partner_scores(const struct partners *p, const float *text, const uint32_t *members, size_t n,
                    struct arena *arena, struct partner_scores *out)
{
    *out = (struct partner_scores){.n = p->n};
    out->score = arena_zalloc(arena, p->n, sizeof *out->score);
    for (int f = 0; f < PARTNER_COUNT; f++)
        out->value[f] = arena_zalloc(arena, p->n, sizeof(float));
    standardise_text(text, p->n, out->value[PARTNER_TEXT]);
    add_members(p, members, n, out);
    for (uint32_t org = 0; org < p->n; org++) {
        out->value[PARTNER_EXPERIENCE][org] = p->experience[org];
        for (int f = 0; f < PARTNER_COUNT; f++)
            out->score[org] += partner_info[f].weight * out->value[f][org];
        bool known = !isinf(text[org]) || history_experience(p->history, org) > 0;
        if (!known || !snapshot_record(p->s, KIND_ORG, org)) out->score[org] = -INFINITY;
    }
    for (size_t i = 0; i < n; i++) out->score[members[i]] = -INFINITY;
}

/* ---- the best -------------------------------------------------------------------------------- */

static int compare_partners(const void *a, const void *b)
{
    const struct partner *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return strcmp(x->org->uid, y->org->uid);
}

/* The given members and the owner of the challenge. */
static size_t all_members(const struct snapshot *s, const struct record *challenge,
                          const uint32_t *given, size_t n, struct arena *arena, uint32_t **members)
{
    size_t owners = challenge ? challenge->n_owners : 0;
    *members = arena_alloc(arena, n + owners, sizeof **members);
    memcpy(*members, given, n * sizeof *given);
    for (size_t i = 0; i < owners; i++) {
        uint32_t org = snapshot_find(s, KIND_ORG, challenge->owners[i]);
        bool known = org == UINT32_MAX;
        for (size_t k = 0; k < n && !known; k++) known = (*members)[k] == org;
        if (!known) (*members)[n++] = org;
    }
    return n;
}

static void describe(const struct partners *p, const struct partner_scores *scores,
                     const struct match_scores *matches, const uint32_t *members, size_t n,
                     uint32_t org, struct partner *out)
{
    *out = (struct partner){.org = snapshot_record(p->s, KIND_ORG, org),
                            .score = (double)scores->score[org],
                            .expected_by_chance = INFINITY};
    for (int f = 0; f < PARTNER_COUNT; f++) {
        float value = scores->value[f][org], weight = partner_info[f].weight;
        out->features[f] = (struct feature_value){value, weight, value * weight};
    }
    for (size_t i = 0; i < n; i++) out->joint += history_joint(p->history, members[i], org);
    if (!matches->closeness || isinf(matches->closeness[org])) return;
    out->expected_by_chance = level_expected((double)matches->closeness[org], matches->pool);
    out->level = level_of(out->expected_by_chance);
}

int partner_run(struct matcher *m, const struct snapshot *s, struct analyzer *a,
                const struct record *challenge, const uint32_t *members, size_t n, size_t top,
                struct arena *arena, struct partner_list *out, struct err *err)
{
    const struct match_query q = {.from = challenge, .target = KIND_ORG};
    struct match_scores matches = {0};
    struct partner_scores scores;
    uint32_t *all;
    *out = (struct partner_list){0};
    if (challenge && matcher_scores(m, s, a, &q, arena, &matches, err)) return -1;
    out->lexical_only = matches.lexical_only;
    const struct partners *p = partners_of(s, arena);
    float *text = matches.score;
    if (!challenge) {
        text = arena_alloc(arena, p->n, sizeof *text);
        for (size_t i = 0; i < p->n; i++) text[i] = -INFINITY;
    }
    n = all_members(s, challenge, members, n, arena, &all);
    partner_scores(p, text, all, n, arena, &scores);
    out->partners = arena_alloc(arena, p->n, sizeof *out->partners);
    for (uint32_t org = 0; org < p->n; org++)
        if (!isinf(scores.score[org]))
            describe(p, &scores, &matches, all, n, org, &out->partners[out->pool++]);
    if (out->pool) qsort(out->partners, out->pool, sizeof *out->partners, compare_partners);
    out->n = MIN(out->pool, top);
    for (size_t i = 0; i < out->n; i++) out->partners[i].rank = i + 1;
    return 0;
}
