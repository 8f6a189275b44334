#include "base/base.h"

#include "base/mem.h"
#include "index/vector_scan.h"
#include "matcher/candidate.h"

#include <math.h>
#include <string.h>

/* Of the query's words on the whole text, those are looked at first that stand in so many documents
 * together: hundreds of terms are cut to some dozens that weigh most. */
enum { ROUGH_POSTINGS = 1000000 };

/* Documents with the best titles by words stay, whatever else is said of them: level.h looks at the
 * best of those that may be offered. */
enum { TITLES = 32 };

static const enum feature words_of[PART_COUNT] = {FEATURE_TITLE_WORDS, FEATURE_TEXT_WORDS};
static const enum feature meaning_of[PART_COUNT] = {FEATURE_TITLE_MEANING, FEATURE_TEXT_MEANING};

struct search {
    const struct snapshot *s;
    enum kind kind;
    bool offers;
    const struct query_side *q;
    struct arena *arena;
    float *words[PART_COUNT]; /* of every document; those of the text may be a few of them */
    bool few_words;           /* they are */
    /* The documents that are left, ordinals ascending: their columns have rows like these. */
    uint32_t *ordinals;
    uint8_t *sampled, *stays;
    struct columns *c;
};

/* ---- the best of many ------------------------------------------------------------------------ */

/* The upper half of a float's bits, as a number that orders as floats do. */
static uint32_t step_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & 0x80000000u ? ~bits : bits | 0x80000000u) >> 16;
}

/* A score that at least `most` of n documents reach, and not many more: scores are told apart to
 * one part in 128. None is NaN. */
static float threshold(const float *score, size_t n, size_t most)
{
    enum { STEPS = 1 << 16 };
    if (n <= most) return -INFINITY;
    uint32_t *count = mem_zalloc(STEPS, sizeof *count);
    for (size_t i = 0; i < n; i++) count[step_of(score[i])]++;
    size_t reached = 0;
    uint32_t step = STEPS;
    while (step > 0 && reached < most) reached += count[--step];
    free(count);
    uint32_t ordered = step << 16, bits = ordered & 0x80000000u ? ordered & 0x7FFFFFFFu : ~ordered;
    float least;
    memcpy(&least, &bits, sizeof least);
    return isnan(least) ? -INFINITY : least;
}

/* ---- every document, roughly ----------------------------------------------------------------- */

/* What raw measures of some features contribute to the score; NaN is an ordinary one. */
struct rough {
    const struct weights *weights;
    size_t n;
    enum feature feature[4];
    const float *raw[4];
};

static void rough_add(struct rough *r, enum feature f, const float *raw)
{
    r->feature[r->n] = f;
    r->raw[r->n++] = raw;
}

/* Block by block, so that the sums stay in the first cache. */
static void rough_sum(const struct rough *r, size_t n, float *sum)
{
    enum { BLOCK = 4096 };
    for (size_t from = 0; from < n; from += BLOCK) {
        size_t end = MIN(n, from + BLOCK);
        for (size_t k = 0; k < r->n; k++) {
            float by = r->weights->of[r->feature[k]].weight / r->weights->of[r->feature[k]].scale;
            float mean = r->weights->of[r->feature[k]].mean;
            const float *raw = r->raw[k];
            for (size_t i = from; i < end; i++) {
                float value = (raw[i] - mean) * by;
                sum[i] += value == value ? value : 0;
            }
        }
    }
}

/* The words of the titles are few, and all are looked at; those of the text, seen from the side of
 * a capability, are scored whole too. */
static void measure_words(struct search *x)
{
    size_t n = snapshot_size(x->s, x->kind);
    for (int i = 0; i < PART_COUNT; i++) {
        enum part part = (enum part)i;
        float *score = x->words[part] = arena_alloc(x->arena, n, sizeof *score);
        const struct bag *bag = &x->q->bag[part];
        if (!x->offers)
            snapshot_words_reverse(x->s, x->kind, KIND_CAPABILITY, part, bag, score);
        else if (part == PART_ALL && x->few_words)
            snapshot_words_about(x->s, x->kind, part, bag, ROUGH_POSTINGS, score);
        else
            snapshot_words(x->s, x->kind, part, bag, score);
    }
}

/* Sets the best titles by words above all else. */
static void lift_titles(const struct search *x, float *score)
{
    struct vector_hit hits[TITLES];
    struct vector_top top = {.most = TITLES, .hits = hits};
    vector_top_scan(&top, x->words[PART_TITLE], snapshot_size(x->s, x->kind), 0, NULL);
    for (size_t i = 0; i < top.n; i++)
        if (hits[i].score > 0) score[hits[i].row] = INFINITY;
}

static float *rough_scores(struct search *x)
{
    size_t n = snapshot_size(x->s, x->kind);
    float *score = arena_zalloc(x->arena, n, sizeof *score);
    struct rough rough = {.weights = x->c->weights};
    measure_words(x);
    for (int part = 0; part < PART_COUNT; part++) {
        rough_add(&rough, words_of[part], x->words[part]);
        if (!x->q->vector[part]) continue;
        float *cos = arena_alloc(x->arena, n, sizeof *cos);
        snapshot_cosine_about(x->s, x->kind, (enum part)part, x->q->vector[part], cos);
        rough_add(&rough, meaning_of[part], cos);
    }
    rough_sum(&rough, n, score);
    return score;
}

static uint8_t came_by(bool by_lot, bool found)
{
    return !by_lot ? ROW_FOUND : found ? ROW_FOUND_BY_LOT : ROW_BY_LOT;
}

/* The rows to begin with: what may be near, and what stays. */
static void begin(struct search *x, struct candidate_limits limits)
{
    size_t size = snapshot_size(x->s, x->kind), n = 0, drawn, k = 0;
    float *score = rough_scores(x), least = threshold(score, size, limits.rough);
    uint32_t *sample, *found;
    lift_titles(x, score);
    drawn = snapshot_sample(x->s, x->kind, limits.sample, x->arena, &sample);
    for (size_t i = 0; i < size; i++) n += score[i] >= least;
    found = arena_alloc(x->arena, n + 1, sizeof *found);
    x->ordinals = arena_alloc(x->arena, n + drawn, sizeof *x->ordinals);
    x->sampled = arena_alloc(x->arena, n + drawn, sizeof *x->sampled);
    x->stays = arena_alloc(x->arena, n + drawn, sizeof *x->stays);
    n = 0;
    for (uint32_t i = 0; i < size; i++) { /* no branches */
        found[n] = i;
        n += score[i] >= least;
    }
    size_t n_found = n, f = n = 0;
    while (f < n_found || k < drawn) {
        uint32_t ord = k == drawn || (f < n_found && found[f] < sample[k]) ? found[f] : sample[k];
        bool by_lot = k < drawn && sample[k] == ord, is_found = f < n_found && found[f] == ord;
        k += by_lot;
        f += is_found;
        if (!by_lot && !snapshot_has(x->s, x->kind, ord)) continue;
        x->ordinals[n] = ord;
        x->stays[n] = by_lot || score[ord] == INFINITY;
        x->sampled[n++] = came_by(by_lot, is_found);
    }
    x->c->n = n;
}

/* ---- fewer and fewer ------------------------------------------------------------------------- */

static void measure_meaning(const struct search *x)
{
    for (int i = 0; i < PART_COUNT; i++) {
        enum part part = (enum part)i;
        float *column = columns_add(x->c, meaning_of[part], x->arena);
        if (!x->q->vector[part]) continue; /* every pair is an ordinary one */
        snapshot_cosine_of(x->s, x->kind, part, x->q->vector[part], x->ordinals, x->c->n, column);
        columns_standardise(x->c, meaning_of[part]);
    }
}

/* Of the words known of all documents, those of the rows. */
static void take_words(const struct search *x, enum part part)
{
    float *column = columns_add(x->c, words_of[part], x->arena);
    for (size_t row = 0; row < x->c->n; row++) column[row] = x->words[part][x->ordinals[row]];
    columns_standardise(x->c, words_of[part]);
}

static void measure_all_words(const struct search *x)
{
    if (!x->few_words) return;
    float *column = columns_add(x->c, FEATURE_TEXT_WORDS, x->arena);
    snapshot_words_of(x->s, x->kind, PART_ALL, &x->q->bag[PART_ALL], x->ordinals, x->c->n, column);
    columns_standardise(x->c, FEATURE_TEXT_WORDS);
}

static void measure_covers(const struct search *x)
{
    float *capability = columns_add(x->c, FEATURE_CAPABILITY_TITLE, x->arena);
    float *need = columns_add(x->c, FEATURE_NEED_TITLE, x->arena);
    snapshot_cover_of(x->s, x->kind, x->offers, x->q->text[PART_TITLE], x->q->text[PART_ALL],
                      x->ordinals, x->c->n, capability, need);
    columns_standardise(x->c, FEATURE_CAPABILITY_TITLE);
    columns_standardise(x->c, FEATURE_NEED_TITLE);
}

/* Leaves the best rows by what is measured so far, `most` or a few more, and those that stay. */
static void narrow(struct search *x, size_t most)
{
    struct columns *c = x->c;
    columns_add_up(c, x->arena);
    float least = threshold(c->score, c->n, most);
    size_t n = 0;
    for (size_t row = 0; row < c->n; row++) {
        bool by_lot = x->sampled[row] != ROW_FOUND, found = c->score[row] >= least;
        if (!x->stays[row] && !found) continue;
        x->ordinals[n] = x->ordinals[row];
        x->stays[n] = x->stays[row];
        x->sampled[n] = came_by(by_lot, found);
        for (int f = 0; f < FEATURE_COUNT; f++)
            if (c->value[f]) c->value[f][n] = c->value[f][row];
        n++;
    }
    c->n = n;
}

/* Mean and variance of the words of all titles, as they are standardised; what may not be offered
 * is among them, of a large pool next to nothing. */
static const struct moments *title_words(const struct search *x)
{
    enum { LANES = 32 };
    const float *score = x->words[PART_TITLE];
    const struct weights *w = x->c->weights;
    size_t n = snapshot_size(x->s, x->kind);
    double sum = 0, squares = 0, live = (double)snapshot_live(x->s, x->kind);
    for (size_t from = 0; from < n; from += LANES) { /* 0 where nobody is */
        float some = 0, their_squares = 0;
        for (size_t i = from; i < MIN(n, from + LANES); i++) {
            some += score[i];
            their_squares += score[i] * score[i];
        }
        sum += (double)some;
        squares += (double)their_squares;
    }
    double mean = sum / live, by = (double)w->of[FEATURE_TITLE_WORDS].scale;
    struct moments *m = arena_alloc(x->arena, 1, sizeof *m);
    *m = (struct moments){(mean - (double)w->of[FEATURE_TITLE_WORDS].mean) / by,
                          (squares / live - mean * mean) / (by * by)};
    return m;
}

void columns_of_candidates(const struct snapshot *s, enum kind kind, bool offers,
                           const struct query_side *q, const struct weights *w,
                           struct candidate_limits limits, struct arena *arena, struct columns *out)
{
    struct search x = {.s = s, .kind = kind, .offers = offers, .q = q, .arena = arena, .c = out};
    *out = (struct columns){.weights = w};
    x.few_words = offers && q->vector[PART_ALL]; /* without meaning, words must tell all */
    begin(&x, limits);
    take_words(&x, PART_TITLE);
    take_words(&x, PART_ALL);
    measure_meaning(&x);
    narrow(&x, limits.near);
    measure_all_words(&x);
    narrow(&x, limits.top);
    measure_covers(&x);
    out->title_words = title_words(&x);
    out->ordinals = x.ordinals;
    out->sampled = x.sampled;
    columns_add_up(out, arena);
}
