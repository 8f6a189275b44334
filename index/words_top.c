#include "base/base.h"

#include "base/mem.h"
#include "base/pool.h"
#include "base/vec.h"
#include "index/words.h"

#include <math.h>
#include <string.h>

/* The best documents without scoring all of them: MaxScore (Turtle & Flood 1995) over windows of
 * documents, with the peaks of blocks as bounds (Ding & Suel 2011).
 *
 * A query of hundreds of terms has many that are in a great part of all documents and weigh next to
 * nothing. Within a window, as many of those as can not bring a document over the threshold (the
 * k-th best so far) by themselves are set aside: the others are added up, list by list; and only
 * documents which then still may pass the threshold are looked up in what was set aside, list by
 * list, until they can not any more. */

enum { WINDOW = 16384 /* documents; its sums stay in the second cache */ };

/* Of the threshold: how much may be set aside. The rest must come from the lists that are added up,
 * so the lower it is, the fewer documents are looked up one by one. Measured. */
#define ASIDE 0.5

enum { LOOK_UP = 16 /* one document is looked up in the time that so many postings are added */ };

/* ---- one term's list in one segment ---------------------------------------------------------- */

struct cursor {
    struct postings postings;
    float weight;
    float rest_peak; /* as postings_peak, of the block behind the full ones */
    double bound;    /* what it may add to a document of the window */
    uint32_t block;  /* the first one that reaches into the window */
    uint32_t blocks; /* how many do */
    uint32_t loaded, n;
    uint32_t doc[POSTINGS_BLOCK], tf[POSTINGS_BLOCK]; /* the loaded block */
};

static void load(struct cursor *c, uint32_t block)
{
    if (c->loaded == block) return;
    c->n = postings_read(&c->postings, block, c->doc, c->tf);
    c->loaded = block;
}

/* The last document that a block may hold. */
static uint32_t last_of(const struct cursor *c, uint32_t block)
{
    return block < c->postings.n_blocks ? postings_last(&c->postings, block) : UINT32_MAX - 1;
}

/* Moves to the first block whose last document is not before doc. */
static void seek(struct cursor *c, uint32_t doc)
{
    while (last_of(c, c->block) < doc) c->block++;
}

/* The same over a long way. */
static void seek_far(struct cursor *c, uint32_t doc)
{
    c->block = postings_seek(&c->postings, c->block, doc);
}

/* Where doc is in the loaded block, or POSTINGS_BLOCK. */
static uint32_t find(const struct cursor *c, uint32_t doc)
{
    uint32_t at = 0;
    for (uint32_t half = POSTINGS_BLOCK / 2; half; half /= 2)
        at += at + half <= c->n && c->doc[at + half - 1] < doc ? half : 0;
    return at < c->n && c->doc[at] == doc ? at : POSTINGS_BLOCK;
}

static double value_of(const struct words_query *q, const struct cursor *c, uint32_t at,
                       const uint32_t *length)
{
    return (double)(c->weight * saturated(q->norm, (float)(int32_t)c->tf[at],
                                          (float)(int32_t)length[c->doc[at]]));
}

/* ---- bounds ---------------------------------------------------------------------------------- */

/* A peak is tf / D with D = flat + slope * length of the segment by itself. With another slope D
 * shrinks at most as the slope does, so tf / D grows at most by `stretch`. */
struct bounds {
    double stretch;
};

static struct bounds bounds_of(const struct words_query *q, const struct lexical *x)
{
    double then = (double)lexical_slope(x, q->part), now = (double)q->norm.slope;
    return (struct bounds){now > 0 && then > now ? then / now : 1.0};
}

/* What a posting with this peak may add; a hair more, since a bound is made in other steps. */
static double bound_of(struct bounds b, float weight, float peak)
{
    double ratio = (double)peak * b.stretch;
    return (double)weight * ((double)BM25_K1 + 1.0) * ratio / (1.0 + ratio) * 1.000001;
}

static void cursor_init(struct cursor *c, struct postings p, float weight,
                        const struct words_query *q, const struct lexical *x)
{
    *c = (struct cursor){.postings = p, .weight = weight};
    const uint32_t *length = lexical_lengths(x, q->part);
    float slope = lexical_slope(x, q->part);
    c->loaded = UINT32_MAX;
    load(c, p.n_blocks);
    for (uint32_t i = 0; i < c->n; i++) {
        float ratio = (float)c->tf[i] / (q->norm.flat + slope * (float)length[c->doc[i]]);
        c->rest_peak = ratio > c->rest_peak ? ratio : c->rest_peak;
    }
}

/* Moves to the window [from, to) and bounds what the list may add there. */
static void cursor_enter(struct cursor *c, uint32_t from, uint32_t to, struct bounds b)
{
    seek(c, from);
    float peak = 0;
    uint32_t block = c->block;
    for (;; block++) {
        float p = block < c->postings.n_blocks ? postings_peak(&c->postings, block) : c->rest_peak;
        peak = p > peak ? p : peak;
        if (last_of(c, block) >= to - 1) break;
    }
    c->blocks = block - c->block + 1;
    c->bound = peak > 0 ? bound_of(b, c->weight, peak) : 0.0;
}

/* ---- the best so far ------------------------------------------------------------------------- */

struct found {
    double sum;
    uint32_t ord;
};

struct best {
    size_t k, n; /* n <= k sums in the heap, the least on top */
    double *heap;
    double slack; /* relative: sums this close may be equal when rounded to a score */
    VEC(struct found) found;
};

/* A document with less can not be among the k best. */
static double threshold(const struct best *b)
{
    return b->n == b->k ? b->heap[0] * (1.0 - b->slack) : 0.0;
}

static void heap_push(struct best *b, double sum)
{
    size_t at;
    if (b->n < b->k) {
        for (at = b->n++; at && b->heap[(at - 1) / 2] > sum; at = (at - 1) / 2)
            b->heap[at] = b->heap[(at - 1) / 2];
    } else if (sum > b->heap[0]) {
        for (at = 0;;) {
            size_t child = 2 * at + 1;
            if (child >= b->n) break;
            if (child + 1 < b->n && b->heap[child + 1] < b->heap[child]) child++;
            if (b->heap[child] >= sum) break;
            b->heap[at] = b->heap[child];
            at = child;
        }
    } else {
        return;
    }
    b->heap[at] = sum;
}

static void offer(struct best *b, double sum, uint32_t ord)
{
    if (sum < threshold(b)) return;
    heap_push(b, sum);
    vec_push(&b->found, (struct found){sum, ord});
}

static int by_score(const void *x, const void *y)
{
    const struct scored *a = x, *b = y;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return (a->ord > b->ord) - (a->ord < b->ord);
}

/* ---- a window -------------------------------------------------------------------------------- */

struct sweep {
    const struct words_query *query;
    const struct lexical *lexical;
    const uint32_t *length;
    const uint8_t *live, *allowed; /* of the segment's documents; allowed may be NULL */
    uint32_t first;                /* the segment's first ordinal */
    struct bounds bounds;
    size_t n;
    struct cursor *cursors; /* those that weigh least for their length first */
    struct cursor **aside;
    double *sum;    /* WINDOW */
    uint32_t *docs; /* WINDOW: those that may still be among the best */
};

/* Sets lists aside that together can not reach the threshold; returns how many, and their bounds'
 * sum. The rest of them is added up. */
static size_t set_aside(struct sweep *w, double limit, double *aside_sum)
{
    size_t n = 0;
    *aside_sum = 0;
    for (size_t i = 0; i < w->n; i++) {
        struct cursor *c = &w->cursors[i];
        if (c->bound == 0.0 || *aside_sum + c->bound >= limit) continue;
        *aside_sum += c->bound;
        c->bound = -c->bound; /* marks it */
        w->aside[n++] = c;
    }
    return n;
}

/* Adds a list's postings in [from, to). */
static void add_up(struct sweep *w, struct cursor *c, uint32_t from, uint32_t to)
{
    double value[POSTINGS_BLOCK];
    for (uint32_t block = c->block; block <= c->postings.n_blocks; block++) {
        load(c, block);
        uint32_t begin = 0, end = c->n;
        while (begin < end && c->doc[begin] < from) begin++;
        while (end > begin && c->doc[end - 1] >= to) end--;
        words_values(c->doc + begin, c->tf + begin, end - begin, c->weight, w->query->norm,
                     w->length, value);
        for (uint32_t k = begin; k < end; k++) w->sum[c->doc[k] - from] += value[k - begin];
        if (last_of(c, block) >= to - 1) break;
    }
}

/* The documents of the window with at least `least`. */
static size_t collect(struct sweep *w, uint32_t from, uint32_t to, double least)
{
    size_t n = 0;
    for (uint32_t i = 0; i < to - from; i++) {
        w->docs[n] = from + i;
        n += w->sum[i] >= least && w->sum[i] > 0.0;
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        w->docs[kept] = w->docs[i];
        kept += w->live[w->docs[i]] && (!w->allowed || w->allowed[w->docs[i]]);
    }
    return kept;
}

/* Adds a list that was set aside to the documents that are left. */
static void look_up(struct sweep *w, struct cursor *c, size_t n, uint32_t from)
{
    uint32_t window_block = c->block;
    for (size_t i = 0; i < n; i++) {
        uint32_t doc = w->docs[i];
        seek_far(c, doc);
        load(c, c->block);
        uint32_t at = find(c, doc);
        if (at < POSTINGS_BLOCK) w->sum[doc - from] += value_of(w->query, c, at, w->length);
    }
    c->block = window_block;
}

static void sweep_window(struct sweep *w, uint32_t from, uint32_t to, struct best *best)
{
    for (size_t i = 0; i < w->n; i++) cursor_enter(&w->cursors[i], from, to, w->bounds);
    double aside_sum, limit = threshold(best);
    size_t aside = set_aside(w, limit * ASIDE, &aside_sum);
    memset(w->sum, 0, (to - from) * sizeof *w->sum);
    for (size_t i = 0; i < w->n; i++)
        if (w->cursors[i].bound > 0.0) add_up(w, &w->cursors[i], from, to);
    size_t n = collect(w, from, to, limit - aside_sum);
    while (aside > 0 && n > 0) { /* the heaviest first: they decide soonest */
        struct cursor *c = w->aside[--aside];
        aside_sum += c->bound; /* which is negative */
        if ((uint64_t)c->blocks * POSTINGS_BLOCK < LOOK_UP * (uint64_t)n)
            add_up(w, c, from, to); /* what it adds to other documents does no harm */
        else
            look_up(w, c, n, from);
        size_t kept = 0;
        for (size_t i = 0; i < n; i++) {
            w->docs[kept] = w->docs[i];
            kept += w->sum[w->docs[i] - from] + aside_sum >= limit;
        }
        n = kept;
    }
    for (size_t i = 0; i < n; i++) offer(best, w->sum[w->docs[i] - from], w->first + w->docs[i]);
}

static int lightest_first(const void *x, const void *y)
{
    const struct cursor *a = x, *b = y;
    double p = (double)a->weight / (double)a->postings.n;
    double q = (double)b->weight / (double)b->postings.n;
    return (p > q) - (p < q);
}

/* ---- all of it ------------------------------------------------------------------------------- */

enum {
    STRETCH = 8 * WINDOW,   /* documents that one thread goes through at a time */
    POOL_ROWS = 4 * STRETCH /* below that the pool is left to others */
};

struct stretch {
    size_t segment;
    uint32_t from, to; /* rows */
};

struct hunt {
    const struct words_query *query;
    const uint8_t *allowed;
    struct stretch *stretches;
    size_t n;
    struct sweep *sweeps; /* one of each for each worker */
    struct best *bests;
    float *score; /* of all, by ordinal */
};

/* Takes a worker to a stretch of documents. */
static struct sweep *enter_stretch(const struct hunt *h, size_t i, int worker)
{
    const struct words_query *q = h->query;
    struct stretch at = h->stretches[i];
    struct sweep *w = &h->sweeps[worker];
    const struct segment *s = q->shelf->segments[at.segment];
    w->lexical = s->lexical;
    w->length = lexical_lengths(s->lexical, q->part);
    w->first = q->shelf->first[at.segment];
    w->live = q->shelf->live + w->first;
    w->allowed = h->allowed ? h->allowed + w->first : NULL;
    w->bounds = bounds_of(q, s->lexical);
    w->n = 0;
    for (size_t t = 0; t < q->n; t++) {
        struct cursor *c = &w->cursors[w->n];
        if (!q->words[t].postings[at.segment].n) continue;
        cursor_init(c, q->words[t].postings[at.segment], q->weights[t], q, s->lexical);
        seek_far(c, at.from);
        w->n++;
    }
    return w;
}

static void sweep_stretch(void *ctx, size_t i, int worker)
{
    const struct hunt *h = ctx;
    struct stretch at = h->stretches[i];
    struct sweep *w = enter_stretch(h, i, worker);
    qsort(w->cursors, w->n, sizeof *w->cursors, lightest_first);
    for (uint32_t from = at.from; from < at.to; from += WINDOW)
        sweep_window(w, from, MIN(from + WINDOW, at.to), &h->bests[worker]);
}

/* The scores of all documents of a stretch. */
static void score_stretch(void *ctx, size_t i, int worker)
{
    const struct hunt *h = ctx;
    struct stretch at = h->stretches[i];
    struct sweep *w = enter_stretch(h, i, worker);
    for (uint32_t from = at.from; from < at.to; from += WINDOW) {
        uint32_t to = MIN(from + WINDOW, at.to);
        memset(w->sum, 0, (to - from) * sizeof *w->sum);
        for (size_t t = 0; t < w->n; t++) {
            seek_far(&w->cursors[t], from);
            add_up(w, &w->cursors[t], from, to);
        }
        float *score = h->score + w->first;
        for (uint32_t doc = from; doc < to; doc++)
            score[doc] = w->live[doc] ? (float)w->sum[doc - from] * h->query->scale : 0.0f;
    }
}

static void cut_up(struct hunt *h)
{
    const struct shelf *shelf = h->query->shelf;
    size_t size = shelf->first[shelf->n_segments];
    h->stretches = mem_alloc(size / STRETCH + SHELF_SEGMENTS, sizeof *h->stretches);
    for (size_t i = 0; i < shelf->n_segments; i++) {
        uint32_t rows = shelf->segments[i]->rows;
        for (uint32_t from = 0; from < rows; from += STRETCH)
            h->stretches[h->n++] = (struct stretch){i, from, MIN(from + STRETCH, rows)};
    }
}

/* The k best of what the workers found. */
static size_t gather_best(const struct hunt *h, int threads, size_t k, struct scored *out)
{
    double least = 0; /* k documents of one worker reach it */
    size_t found = 0, n = 0;
    for (int w = 0; w < threads; w++) {
        least = MAX(least, threshold(&h->bests[w]));
        found += h->bests[w].found.len;
    }
    struct scored *all = mem_alloc(found, sizeof *all);
    for (int w = 0; w < threads; w++) {
        const struct best *b = &h->bests[w];
        for (size_t i = 0; i < b->found.len; i++)
            if (b->found.at[i].sum >= least)
                all[n++] = (struct scored){b->found.at[i].ord,
                                           (float)b->found.at[i].sum * h->query->scale};
    }
    qsort(all, n, sizeof *all, by_score);
    n = MIN(n, k);
    memcpy(out, all, n * sizeof *out);
    free(all);
    return n;
}

/* k: of how many best; 0: none. */
static void hunt_init(struct hunt *h, const struct words_query *q, int threads, size_t k)
{
    *h = (struct hunt){.query = q};
    h->sweeps = mem_zalloc((size_t)threads, sizeof *h->sweeps);
    h->bests = mem_zalloc((size_t)threads, sizeof *h->bests);
    for (int i = 0; i < threads; i++) {
        h->sweeps[i] = (struct sweep){.query = q,
                                      .cursors = mem_alloc(q->n, sizeof(struct cursor)),
                                      .aside = mem_alloc(q->n, sizeof(struct cursor *)),
                                      .sum = mem_alloc(WINDOW, sizeof(double)),
                                      .docs = mem_alloc(WINDOW, sizeof(uint32_t))};
        /* a score is a float: 6e-8, twice rounded */
        h->bests[i] = (struct best){.k = k, .heap = mem_alloc(k, sizeof(double)), .slack = 1e-6};
    }
    cut_up(h);
}

static void hunt_free(struct hunt *h, int threads)
{
    for (int i = 0; i < threads; i++) {
        vec_free(&h->bests[i].found);
        free(h->bests[i].heap);
        free(h->sweeps[i].cursors);
        free(h->sweeps[i].aside);
        free(h->sweeps[i].sum);
        free(h->sweeps[i].docs);
    }
    free(h->stretches);
    free(h->sweeps);
    free(h->bests);
}

static void hunt_run(struct hunt *h, struct pool *pool, void (*one)(void *, size_t, int))
{
    if (pool)
        pool_run(pool, h->n, one, h);
    else
        for (size_t i = 0; i < h->n; i++) one(h, i, 0);
}

static struct pool *pool_for(const struct snapshot *s, const struct words_query *q)
{
    return q->shelf->first[q->shelf->n_segments] > POOL_ROWS ? s->pool : NULL;
}

size_t snapshot_words_top(const struct snapshot *s, enum kind kind, enum part part,
                          const struct bag *bag, size_t k, const uint8_t *allowed,
                          struct scored *out)
{
    struct words_query q;
    struct hunt h;
    if (!k) return 0;
    words_query_init(&q, s, kind, part, bag);
    struct pool *pool = pool_for(s, &q);
    int threads = pool ? pool_threads(pool) : 1;
    hunt_init(&h, &q, threads, k);
    h.allowed = allowed;
    hunt_run(&h, pool, sweep_stretch);
    size_t n = gather_best(&h, threads, k, out);
    hunt_free(&h, threads);
    words_query_free(&q);
    return n;
}

static void score_all(const struct snapshot *s, const struct words_query *q, float *score)
{
    struct hunt h;
    struct pool *pool = pool_for(s, q);
    int threads = pool ? pool_threads(pool) : 1;
    hunt_init(&h, q, threads, 0);
    h.score = score;
    hunt_run(&h, pool, score_stretch);
    hunt_free(&h, threads);
}

void snapshot_words(const struct snapshot *s, enum kind kind, enum part part, const struct bag *bag,
                    float *score)
{
    struct words_query q;
    words_query_init(&q, s, kind, part, bag);
    score_all(s, &q, score);
    words_query_free(&q);
}

void snapshot_words_about(const struct snapshot *s, enum kind kind, enum part part,
                          const struct bag *bag, uint64_t postings, float *score)
{
    struct words_query q;
    words_query_init(&q, s, kind, part, bag);
    words_query_lighten(&q, postings);
    score_all(s, &q, score);
    words_query_free(&q);
}
