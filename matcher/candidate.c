#include "base/base.h"

#include "base/mem.h"
#include "index/vector_scan.h"
#include "matcher/candidate.h"

#include <string.h>

/* Marks on the documents of the kind. */
enum { FOUND = 1, BY_LOT = 2 };

struct search {
    const struct snapshot *s;
    enum kind kind;
    const struct query_side *q;
    struct candidate_limits limits;
    struct arena *arena;
    uint8_t *marks;
    float *words[PART_COUNT]; /* of every document */
};

static void mark_top(struct search *x, const struct scored *top, size_t n)
{
    for (size_t i = 0; i < n; i++) x->marks[top[i].ord] |= FOUND;
}

/* Words are scored whole: of the thousands that are wanted next to nothing can be passed over, and
 * looking the others up one by one took longer than all of it (a need has hundreds of words). */
static void search_words(struct search *x, bool offers, enum part part)
{
    size_t n = snapshot_size(x->s, x->kind);
    float *score = x->words[part] = arena_alloc(x->arena, n, sizeof *score);
    if (offers)
        snapshot_words(x->s, x->kind, part, &x->q->bag[part], score);
    else
        snapshot_words_reverse(x->s, x->kind, KIND_CAPABILITY, part, &x->q->bag[part], score);
    struct vector_top top = {.most = x->limits.top};
    top.hits = arena_alloc(x->arena, top.most, sizeof *top.hits);
    vector_top_scan(&top, score, n, 0, NULL);
    for (size_t i = 0; i < top.n; i++)
        if (top.hits[i].score > 0) x->marks[top.hits[i].row] |= FOUND;
}

static void search(struct search *x, bool offers)
{
    struct scored *top = arena_alloc(x->arena, x->limits.top, sizeof *top);
    for (int i = 0; i < PART_COUNT; i++) {
        enum part part = (enum part)i;
        search_words(x, offers, part);
        if (x->q->vector[part])
            mark_top(x, top,
                     snapshot_cosine_top(x->s, x->kind, part, x->q->vector[part], x->limits.top,
                                         NULL, top));
    }
    uint32_t *sample;
    size_t n = snapshot_sample(x->s, x->kind, x->limits.sample, x->arena, &sample);
    for (size_t i = 0; i < n; i++) x->marks[sample[i]] |= BY_LOT;
}

/* Rows out of marks; what is gone is no candidate. */
static void list(const struct search *x, struct columns *out)
{
    size_t size = snapshot_size(x->s, x->kind), n = 0;
    for (size_t i = 0; i < size; i++) n += x->marks[i] != 0;
    uint32_t *ordinals = arena_alloc(x->arena, n, sizeof *ordinals);
    uint8_t *sampled = arena_alloc(x->arena, n, sizeof *sampled);
    n = 0;
    for (uint32_t i = 0; i < size; i++) {
        if (!x->marks[i] || !snapshot_record(x->s, x->kind, i)) continue;
        static const uint8_t by[] = {0, ROW_FOUND, ROW_BY_LOT, ROW_FOUND_BY_LOT};
        sampled[n] = by[x->marks[i]];
        ordinals[n++] = i;
    }
    out->n = n;
    out->ordinals = ordinals;
    out->sampled = sampled;
}

/* Mean and variance of the words of all titles, as they are standardised; what may not be offered
 * is among them, of a large pool next to nothing. */
static const struct moments *title_words(const struct search *x, const struct weights *w)
{
    const float *score = x->words[PART_TITLE];
    size_t n = snapshot_size(x->s, x->kind);
    double sum = 0, squares = 0, live = (double)snapshot_live(x->s, x->kind);
    for (size_t i = 0; i < n; i++) { /* 0 where nobody is */
        sum += (double)score[i];
        squares += (double)score[i] * (double)score[i];
    }
    double mean = sum / live, by = (double)w->of[FEATURE_TITLE_WORDS].scale;
    struct moments *m = arena_alloc(x->arena, 1, sizeof *m);
    *m = (struct moments){(mean - (double)w->of[FEATURE_TITLE_WORDS].mean) / by,
                          (squares / live - mean * mean) / (by * by)};
    return m;
}

static void measure(const struct search *x, bool offers, struct columns *c)
{
    static const enum feature words[] = {FEATURE_TITLE_WORDS, FEATURE_TEXT_WORDS};
    static const enum feature meaning[] = {FEATURE_TITLE_MEANING, FEATURE_TEXT_MEANING};
    for (int i = 0; i < PART_COUNT; i++) {
        enum part part = (enum part)i;
        float *column = columns_add(c, words[part], x->arena);
        for (size_t row = 0; row < c->n; row++) column[row] = x->words[part][c->ordinals[row]];
        columns_standardise(c, words[part]);
        column = columns_add(c, meaning[part], x->arena);
        if (!x->q->vector[part]) continue; /* every pair is an ordinary one */
        snapshot_cosine_of(x->s, x->kind, part, x->q->vector[part], c->ordinals, c->n, column);
        columns_standardise(c, meaning[part]);
    }
    float *capability = columns_add(c, FEATURE_CAPABILITY_TITLE, x->arena);
    float *need = columns_add(c, FEATURE_NEED_TITLE, x->arena);
    snapshot_cover_of(x->s, x->kind, offers, x->q->text[PART_TITLE], x->q->text[PART_ALL],
                      c->ordinals, c->n, capability, need);
    columns_standardise(c, FEATURE_CAPABILITY_TITLE);
    columns_standardise(c, FEATURE_NEED_TITLE);
    columns_add_up(c, x->arena);
}

void columns_of_candidates(const struct snapshot *s, enum kind kind, bool offers,
                           const struct query_side *q, const struct weights *w,
                           struct candidate_limits limits, struct arena *arena, struct columns *out)
{
    struct search x = {.s = s, .kind = kind, .q = q, .limits = limits, .arena = arena};
    x.marks = arena_zalloc(arena, snapshot_size(s, kind), sizeof *x.marks);
    *out = (struct columns){.weights = w};
    search(&x, offers);
    list(&x, out);
    out->title_words = title_words(&x, w);
    measure(&x, offers, out);
}
