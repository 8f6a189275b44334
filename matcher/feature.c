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

void columns_standardise(const struct columns *c, enum feature f)
{
    float *column = c->value[f], mean = c->weights->of[f].mean,
          scale = 1.0f / c->weights->of[f].scale;
    for (size_t i = 0; i < c->n; i++)
        column[i] = isnan(column[i]) ? 0.0f : (column[i] - mean) * scale;
}

void columns_add_up(struct columns *c, struct arena *arena)
{
    c->score = arena_zalloc(arena, c->n, sizeof *c->score);
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (!c->value[f]) continue;
        for (size_t i = 0; i < c->n; i++) c->score[i] += c->weights->of[f].weight * c->value[f][i];
    }
}

float *columns_add(struct columns *c, enum feature f, struct arena *arena)
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
        float *column = columns_add(c, f, arena);
        if (!q->vector[part]) continue; /* no model: every pair is an ordinary one */
        snapshot_cosine(s, kind, (enum part)part, q->vector[part], column);
        columns_standardise(c, f);
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
        float *column = columns_add(out, f, arena);
        if (offers)
            snapshot_words(s, kind, part, &q->bag[part], column);
        else
            snapshot_words_reverse(s, kind, KIND_CAPABILITY, part, &q->bag[part], column);
        columns_standardise(out, f);
    }
    meaning(s, kind, q, arena, out);
    float *capability = columns_add(out, FEATURE_CAPABILITY_TITLE, arena);
    float *need = columns_add(out, FEATURE_NEED_TITLE, arena);
    snapshot_cover(s, kind, offers, q->text[PART_TITLE], q->text[PART_ALL], capability, need);
    columns_standardise(out, FEATURE_CAPABILITY_TITLE);
    columns_standardise(out, FEATURE_NEED_TITLE);
    columns_add_up(out, arena);
}

/* ---- organisations --------------------------------------------------------------------------- */

void profiles_of(const struct snapshot *s, const struct columns *capabilities, struct arena *arena,
                 struct profiles *out)
{
    *out = (struct profiles){.snapshot = s};
    if (!capabilities->ordinals) return;
    size_t orgs = snapshot_size(s, KIND_ORG), total = 0;
    uint32_t *offsets = arena_zalloc(arena, orgs + 2, sizeof *offsets);
    const uint32_t *owners;
    for (size_t row = 0; row < capabilities->n; row++) {
        size_t n = snapshot_owners(s, KIND_CAPABILITY, capabilities->ordinals[row], &owners);
        for (size_t i = 0; i < n; i++) offsets[owners[i] + 2]++;
        total += n;
    }
    for (size_t org = 0; org < orgs; org++) offsets[org + 2] += offsets[org + 1];
    uint32_t *rows = arena_alloc(arena, total, sizeof *rows);
    for (size_t row = 0; row < capabilities->n; row++) {
        size_t n = snapshot_owners(s, KIND_CAPABILITY, capabilities->ordinals[row], &owners);
        for (size_t i = 0; i < n; i++) rows[offsets[owners[i] + 1]++] = (uint32_t)row;
    }
    out->offsets = offsets;
    out->rows = rows;
}

struct profile profile_at(const struct profiles *p, uint32_t org)
{
    struct profile out;
    out.n = out.owned = snapshot_owned(p->snapshot, org, &out.rows);
    if (p->offsets) {
        out.rows = p->rows + p->offsets[org];
        out.n = p->offsets[org + 1] - p->offsets[org];
    }
    return out;
}

static size_t best_row(const struct profile *p, const float *score)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < p->n; i++)
        if (best == SIZE_MAX || score[p->rows[i]] > score[best]) best = p->rows[i];
    return best;
}

size_t profile_best(const struct profiles *p, uint32_t org, const float *score)
{
    struct profile profile = profile_at(p, org);
    return best_row(&profile, score);
}

/* A soft maximum: the log of the mean exponential. */
static const float TEMPERATURE = 0.5f;

/* What is known of the capabilities that were not compared: none of them is among the best by any
 * signal, and otherwise they are like those drawn by lot that are not either. */
struct rest {
    float score;  /* their soft maximum */
    float *words; /* words of the text, ascending, of those drawn by lot */
    size_t n;
};

static int by_size(const void *x, const void *y)
{
    float a = *(const float *)x, b = *(const float *)y;
    return (a > b) - (a < b);
}

static struct rest rest_of(const struct columns *c, struct arena *arena)
{
    struct rest rest = {.words = arena_alloc(arena, c->n + 1, sizeof(float))};
    double sum = 0;
    for (size_t row = 0; c->sampled && row < c->n; row++) {
        if (c->sampled[row] != ROW_BY_LOT || c->score[row] == -INFINITY) continue;
        sum += exp((double)c->score[row] / (double)TEMPERATURE);
        rest.words[rest.n++] = c->value[FEATURE_TEXT_WORDS][row];
    }
    rest.score = rest.n ? TEMPERATURE * (float)log(sum / (double)rest.n) : -INFINITY;
    qsort(rest.words, rest.n, sizeof *rest.words, by_size);
    return rest;
}

/* The organisation's best capability, less for those that have little to do with the query: a soft
 * maximum, so that sheer volume is not rewarded. NaN: none. */
static float soft_best(const struct profile *p, const float *score, const struct rest *rest)
{
    size_t best = best_row(p, score), others = p->owned - p->n;
    float top = best == SIZE_MAX ? -INFINITY : score[best];
    if (others && rest->score > top) top = rest->score;
    if (top == -INFINITY) return NAN;
    float sum = 0;
    for (size_t i = 0; i < p->n; i++) sum += expf((score[p->rows[i]] - top) / TEMPERATURE);
    if (others) sum += (float)others * expf((rest->score - top) / TEMPERATURE);
    return top + TEMPERATURE * logf(sum / (float)p->owned);
}

/* The best of the organisation's capabilities by words of the text; NaN: none. Of so many that were
 * not compared the best is about as good as the best of as many drawn by lot. */
static float best_words_of(const struct profile *p, const float *words, const struct rest *rest)
{
    float best = NAN;
    for (size_t i = 0; i < p->n; i++) best = fmaxf(best, words[p->rows[i]]);
    size_t others = p->owned - p->n;
    if (others && rest->n) best = fmaxf(best, rest->words[rest->n * others / (others + 1)]);
    return best;
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

void columns_of_orgs(const struct profiles *p, const struct query_side *q,
                     const struct columns *capabilities, struct arena *arena, struct columns *out)
{
    const struct snapshot *s = p->snapshot;
    *out = (struct columns){.n = snapshot_size(s, KIND_ORG), .weights = capabilities->weights};
    float *words = columns_add(out, FEATURE_PROFILE_WORDS, arena);
    float *best = columns_add(out, FEATURE_BEST_CAPABILITY, arena);
    float *best_words = columns_add(out, FEATURE_BEST_WORDS, arena);
    float *mean = columns_add(out, FEATURE_PROFILE_MEANING, arena);
    struct rest rest = rest_of(capabilities, arena);
    snapshot_words_orgs(s, &q->bag[PART_ALL], words);
    float *sum = arena_alloc(arena, (size_t)snapshot_dim(s), sizeof *sum);
    for (uint32_t org = 0; org < out->n; org++) {
        struct profile profile = profile_at(p, org);
        best[org] = soft_best(&profile, capabilities->score, &rest);
        best_words[org] = best_words_of(&profile, capabilities->value[FEATURE_TEXT_WORDS], &rest);
        mean[org] = q->vector[PART_ALL] ? mean_cosine(s, org, q->vector[PART_ALL], sum) : NAN;
        if (isnan(best[org])) words[org] = NAN; /* nothing to be matched by */
    }
    for (int f = 0; f < FEATURE_COUNT; f++) {
        if (!out->value[f]) continue;
        standardise_in_pool(out->value[f], out->n);
        columns_standardise(out, (enum feature)f);
    }
    columns_add_up(out, arena);
}

double columns_explain(const struct columns *c, size_t row, struct feature_value out[FEATURE_COUNT])
{
    double sum = 0;
    for (int f = 0; f < FEATURE_COUNT; f++) {
        out[f] = (struct feature_value){0};
        if (!c->value[f]) continue;
        float value = c->value[f][row], weight = c->weights->of[f].weight;
        out[f] = (struct feature_value){value, weight, value * weight};
        sum += (double)out[f].contribution;
    }
    return sum;
}
