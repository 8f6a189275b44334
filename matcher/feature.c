#include "base/base.h"

#include "base/mem.h"
#include "matcher/feature.h"

#include <math.h>
#include <string.h>

enum scope { SCOPE_PAIR, SCOPE_ORG };

struct feature_info {
    const char *name;
    enum scope scope;
};

static const struct feature_info features[FEATURE_COUNT] = {
#define FEATURE(id, name, scope, mean, scale, weight) {name, scope},
#include "matcher/features.def"
#undef FEATURE
};

const char *feature_name(enum feature f)
{
    return features[f].name;
}

bool feature_of_target(enum feature f, enum kind target)
{
    return features[f].scope == (target == KIND_ORG ? SCOPE_ORG : SCOPE_PAIR);
}

/* Raw measures to standard ones, in place. NaN, the mark of a missing vector, becomes 0. */
static void standardise(const struct columns *c, enum feature f)
{
    float *column = c->value[f], mean = c->weights->of[f].mean,
          scale = 1.0f / c->weights->of[f].scale;
    for (size_t i = 0; i < c->n; i++)
        column[i] = isnan(column[i]) ? 0.0f : (column[i] - mean) * scale;
}

static void add_up(struct columns *c, struct arena *arena)
{
    c->score = arena_zalloc(arena, c->n, sizeof *c->score);
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (!c->value[f]) continue;
        for (size_t i = 0; i < c->n; i++) c->score[i] += c->weights->of[f].weight * c->value[f][i];
    }
}

static float *new_column(struct columns *c, enum feature f, struct arena *arena)
{
    return c->value[f] = arena_zalloc(arena, c->n, sizeof(float));
}

static const enum feature words_feature[PART_COUNT] = {FEATURE_TITLE_WORDS, FEATURE_TEXT_WORDS};
static const enum feature meaning_feature[PART_COUNT] = {FEATURE_TITLE_MEANING,
                                                         FEATURE_TEXT_MEANING};

/* The two cosines; a cosine is the same from either side. */
static void meaning(const struct snapshot *s, enum kind kind, const struct query_side *q,
                    struct arena *arena, struct columns *c)
{
    for (int part = 0; part < PART_COUNT; part++) {
        enum feature f = meaning_feature[part];
        float *column = new_column(c, f, arena);
        if (!q->vector[part]) continue; /* no model: every pair is an ordinary one */
        snapshot_cosine(s, kind, (enum part)part, q->vector[part], column);
        standardise(c, f);
    }
}

void columns_of_pairs(const struct snapshot *s, enum kind kind, bool offers,
                      const struct query_side *q, const struct weights *w, struct arena *arena,
                      struct columns *out)
{
    *out = (struct columns){.n = snapshot_size(s, kind), .weights = w};
    for (int i = 0; i < PART_COUNT; i++) {
        enum part part = (enum part)i;
        enum feature f = words_feature[part];
        float *column = new_column(out, f, arena);
        if (offers)
            snapshot_words(s, kind, part, &q->bag[part], column);
        else
            snapshot_words_reverse(s, kind, KIND_CAPABILITY, part, &q->bag[part], column);
        standardise(out, f);
    }
    meaning(s, kind, q, arena, out);
    float *capability = new_column(out, FEATURE_CAPABILITY_TITLE, arena);
    float *need = new_column(out, FEATURE_NEED_TITLE, arena);
    snapshot_cover(s, kind, offers, q->text[PART_TITLE], q->text[PART_ALL], capability, need);
    standardise(out, FEATURE_CAPABILITY_TITLE);
    standardise(out, FEATURE_NEED_TITLE);
    add_up(out, arena);
}

uint32_t best_owned(const struct snapshot *s, uint32_t org, const float *score)
{
    const uint32_t *owned;
    size_t n = snapshot_owned(s, org, &owned);
    uint32_t best = UINT32_MAX;
    for (size_t i = 0; i < n; i++)
        if (best == UINT32_MAX || score[owned[i]] > score[best]) best = owned[i];
    return best;
}

/* The organisation's best capability, less for those that have little to do with the query: a soft
 * maximum (log of the mean exponential), so that sheer volume is not rewarded. NaN: none. */
static float soft_best(const struct snapshot *s, uint32_t org, const float *score)
{
    static const float TEMPERATURE = 0.5f;
    uint32_t top = best_owned(s, org, score);
    if (top == UINT32_MAX || score[top] == -INFINITY) return NAN;
    const uint32_t *owned;
    size_t n = snapshot_owned(s, org, &owned);
    float sum = 0;
    for (size_t i = 0; i < n; i++) sum += expf((score[owned[i]] - score[top]) / TEMPERATURE);
    return score[top] + TEMPERATURE * logf(sum / (float)n);
}

/* Cosine of q with the mean vector of the organisation's capabilities; NaN where none has one.
 * Averages speak of what an organisation does most, and do not grow with the number of records. */
static float mean_cosine(const struct snapshot *s, uint32_t org, const float *q, float *mean)
{
    const uint32_t *owned;
    size_t n = snapshot_owned(s, org, &owned), dim = (size_t)snapshot_dim(s), found = 0;
    memset(mean, 0, dim * sizeof *mean);
    for (size_t i = 0; i < n; i++) {
        const float *v = snapshot_vector(s, KIND_CAPABILITY, PART_ALL, owned[i]);
        if (!v) continue;
        for (size_t d = 0; d < dim; d++) mean[d] += v[d];
        found++;
    }
    if (!found) return NAN;
    float dot = 0, norm = 0;
    for (size_t d = 0; d < dim; d++) {
        dot += q[d] * mean[d];
        norm += mean[d] * mean[d];
    }
    return norm > 0 ? dot / sqrtf(norm) : NAN;
}

/* The best of the organisation's capabilities in one feature; NaN: none. */
static float best_of(const struct snapshot *s, uint32_t org, const struct columns *capabilities,
                     enum feature f)
{
    const uint32_t *owned;
    size_t n = snapshot_owned(s, org, &owned);
    float best = NAN;
    for (size_t i = 0; i < n; i++) best = fmaxf(best, capabilities->value[f][owned[i]]);
    return best;
}

/* Raw values to standard deviations from the mean of the organisations that have one (not NaN):
 * sums over a profile and maxima of few or many mean something only beside those of others. */
static void standardise_in_pool(float *column, size_t n)
{
    double sum = 0, squares = 0, count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(column[i])) continue;
        sum += (double)column[i];
        squares += (double)column[i] * (double)column[i];
        count++;
    }
    double mean = count > 0 ? sum / count : 0;
    double variance = count > 0 ? squares / count - mean * mean : 0;
    double by = variance > 1e-9 ? 1 / sqrt(variance) : 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(column[i])) column[i] = (float)(((double)column[i] - mean) * by);
}

void columns_of_orgs(const struct snapshot *s, const struct query_side *q,
                     const struct columns *capabilities, struct arena *arena, struct columns *out)
{
    *out = (struct columns){.n = snapshot_size(s, KIND_ORG), .weights = capabilities->weights};
    float *words = new_column(out, FEATURE_PROFILE_WORDS, arena);
    float *best = new_column(out, FEATURE_BEST_CAPABILITY, arena);
    float *best_words = new_column(out, FEATURE_BEST_WORDS, arena);
    float *mean = new_column(out, FEATURE_PROFILE_MEANING, arena);
    snapshot_words_orgs(s, &q->bag[PART_ALL], words);
    float *sum = arena_alloc(arena, (size_t)snapshot_dim(s), sizeof *sum);
    for (uint32_t org = 0; org < out->n; org++) {
        best[org] = soft_best(s, org, capabilities->score);
        best_words[org] = best_of(s, org, capabilities, FEATURE_TEXT_WORDS);
        mean[org] = q->vector[PART_ALL] ? mean_cosine(s, org, q->vector[PART_ALL], sum) : NAN;
        if (isnan(best[org])) words[org] = NAN; /* nothing to be matched by */
    }
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (!out->value[f]) continue;
        standardise_in_pool(out->value[f], out->n);
        standardise(out, (enum feature)f);
    }
    add_up(out, arena);
}

double columns_explain(const struct columns *c, uint32_t ord,
                       struct feature_value out[FEATURE_COUNT])
{
    double sum = 0;
    for (int f = 0; f < FEATURE_COUNT; f++) {
        out[f] = (struct feature_value){0};
        if (!c->value[f]) continue;
        float value = c->value[f][ord], weight = c->weights->of[f].weight;
        out[f] = (struct feature_value){value, weight, value * weight};
        sum += (double)out[f].contribution;
    }
    return sum;
}
