#include "base/base.h"

#include "matcher/partner.h"
#include "matcher/place.h"

#include <math.h>

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
